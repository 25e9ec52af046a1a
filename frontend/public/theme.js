// Runs before the first paint, so that a chosen theme does not flash; a file, because the
// Content-Security-Policy allows no inline script.
try {
  const theme = localStorage.getItem("parley:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's preference decides.
}
