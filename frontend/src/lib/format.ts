const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dateWithYear = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export const timeOf = (iso: string) => clock.format(new Date(iso));
export const fullTime = (iso: string) => full.format(new Date(iso));

export const dayKey = (iso: string) => new Date(iso).toDateString();

export function dayLabel(iso: string, now = new Date()): string {
  const day = new Date(iso);
  if (day.toDateString() === now.toDateString()) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day.toDateString() === yesterday.toDateString()) return "Yesterday";
  return (day.getFullYear() === now.getFullYear() ? date : dateWithYear).format(day);
}

/** For the room list: the time when it was today, else the day. */
export function briefTime(iso: string, now = new Date()): string {
  const then = new Date(iso);
  return then.toDateString() === now.toDateString() ? clock.format(then) : short.format(then);
}

export function listNames(names: string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length > 3) return `${names.length} people`;
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** As the server compares names: whatever the case, in any script. */
export const foldName = (name: string) => name.normalize("NFKC").toLowerCase().trim();
