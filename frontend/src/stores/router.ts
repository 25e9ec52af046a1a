import { signal } from "@preact/signals";

export type Route =
  | { page: "home" }
  | { page: "sign-in" }
  | { page: "register" }
  | { page: "room"; name: string }
  | { page: "direct"; username: string };

function read(): Route {
  const [, page = "", rest = ""] = location.pathname.split("/");
  const name = safeDecode(rest);
  if (page === "room" && name) return { page: "room", name };
  if (page === "direct" && name) return { page: "direct", username: name };
  if (page === "sign-in" || page === "register") return { page };
  return { page: "home" };
}

export const route = signal<Route>(read());

export const roomPath = (name: string) => `/room/${encodeURIComponent(name)}`;
export const directPath = (username: string) => `/direct/${encodeURIComponent(username)}`;

export function go(path: string, { replace = false } = {}): void {
  if (path !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", path);
  route.value = read();
}

/** Links stay plain links; only an ordinary click is taken over. */
export function watchRouter(): void {
  addEventListener("popstate", () => (route.value = read()));
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    const special = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
    if (!link || special || link.target || link.origin !== location.origin) return;
    if (link.hasAttribute("download") || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.pathname);
  });
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
