import { computed, signal } from "@preact/signals";
import type { ConnectionState } from "../client";
import { parley } from "../parley";

export const connection = signal<ConnectionState>(parley.connection.state);
/** Bumped when the server turns out not to know an action; see `supports`. */
const known = signal(0);
/** A cut that is mended at once is not worth a word: trouble is shown after a moment. */
const shownState = signal<ConnectionState>(parley.connection.state);

const CALM_MS = 800;
let timer: ReturnType<typeof setTimeout> | undefined;

export function watchConnection(): void {
  parley.connection.on("state", (state) => {
    connection.value = state;
    const brief = state.kind === "reconnecting" && shownState.value.kind === "live";
    if (!brief) {
      clearTimeout(timer);
      timer = undefined;
      shownState.value = state;
      return;
    }
    timer ??= setTimeout(() => {
      timer = undefined;
      shownState.value = connection.value;
    }, CALM_MS);
  });
}

export const displayed = computed(() => shownState.value);

/** Whether to offer what needs this action; true until the server has said otherwise. */
export function supports(action: string): boolean {
  return known.value >= 0 && parley.connection.supports(action);
}

export function noteUnsupported(): void {
  known.value += 1;
}
