import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Panel = "members" | "search" | "settings" | "room" | null;
export type Dialog = "new-room" | "new-direct" | null;

export const panel = signal<Panel>(null);
export const dialog = signal<Dialog>(null);
/** What the room finder was asked for when "make it" was chosen. */
export const newRoomName = signal("");

export function togglePanel(which: Panel): void {
  panel.value = panel.value === which ? null : which;
}

// Notices: short messages at the edge of the page, some with an action.

export interface Notice {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

export const notices = signal<Notice[]>([]);
let counter = 0;

export function notify(text: string, action?: Notice["action"], ms = 5_000): number {
  const id = ++counter;
  notices.value = [
    ...notices.value.filter((one) => one.action || one.text !== text),
    { id, text, action },
  ];
  setTimeout(() => dismiss(id), ms);
  return id;
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** What screen readers are told about; drawn by the Announcer. */
export const announcement = signal("");

// Theme

const KEY = "parley:theme";

export const theme = signal<Theme>(
  (document.documentElement.dataset.theme as Theme | undefined) ?? "system",
);

export function setTheme(next: Theme): void {
  theme.value = next;
  try {
    if (next === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Kept until the page is reloaded.
  }
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
