import { type Signal, useSignal } from "@preact/signals";
import { type RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { OpenRoom } from "../stores/room";

const AT_BOTTOM_PX = 60;
const LOAD_WITHIN_PX = 600;

interface Anchor {
  row: HTMLElement;
  /** Where its lower edge was in the log's content; scrolling does not change it, insertions do. */
  bottom: number;
}

interface LogScroll {
  logRef: RefObject<HTMLDivElement | null>;
  listRef: RefObject<HTMLDivElement | null>;
  /** Whether the reader has scrolled away from the newest message. */
  away: Signal<boolean>;
}

/**
 * Keeps what is read where it is. At the bottom the log follows new messages; anywhere else the
 * first visible message is an anchor, and whatever changes above it (older messages, a row that gets
 * its real height) is evened out before it is painted.
 */
export function useLogScroll(open: OpenRoom): LogScroll {
  const logRef = useRef<HTMLDivElement>(null);
  const listRef = useRef<HTMLDivElement>(null);
  const away = useSignal(false);
  const anchor = useRef<Anchor | null>(null);
  const placed = useRef(false);

  const evenOut = () => {
    const log = logRef.current!;
    if (!anchor.current?.row.isConnected) return;
    const { row, bottom } = anchor.current;
    const now = bottomOf(row, log);
    if (Math.abs(now - bottom) < 1) return;
    anchor.current.bottom = now;
    log.scrollTop += now - bottom;
  };

  const settle = () => {
    const log = logRef.current!;
    if (open.atBottom) log.scrollTop = log.scrollHeight;
    else evenOut();
  };

  const look = () => {
    const log = logRef.current!;
    // What has changed since the last frame would be lost with the old anchor.
    evenOut();
    const below = log.scrollHeight - log.scrollTop - log.clientHeight;
    open.atBottom = below < AT_BOTTOM_PX && !open.hasAfter.value;
    away.value = below > log.clientHeight / 2;
    anchor.current = open.atBottom ? null : firstVisible(log, listRef.current!);
    if (!placed.current) return;
    if (open.atBottom && document.hasFocus()) open.markRead();
    if (log.scrollTop < LOAD_WITHIN_PX && open.hasBefore.value) {
      open.session.loadOlder().catch(() => undefined);
    }
    if (below < LOAD_WITHIN_PX && open.hasAfter.value) {
      open.session.loadNewer().catch(() => undefined);
    }
  };

  useLayoutEffect(() => {
    const log = logRef.current!;
    const observer = new ResizeObserver(settle);
    observer.observe(log);
    observer.observe(listRef.current!);
    log.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      log.removeEventListener("scroll", look);
      open.atBottom = true;
    };
  }, [open]);

  // Read here, so that setting it draws the log again.
  const target = open.target.value;

  // After each drawing of the log.
  useLayoutEffect(() => {
    const log = logRef.current!;
    if (target) {
      open.target.value = null;
      placed.current = true;
      open.atBottom = target.seq === Infinity;
      const row = log.querySelector<HTMLElement>(`[data-seq="${target.seq}"]`);
      if (row) {
        row.scrollIntoView({ block: "center" });
        flash(row);
        anchor.current = firstVisible(log, listRef.current!);
        return;
      }
    } else if (!placed.current && open.loaded.value) {
      placed.current = true;
      const line = log.querySelector<HTMLElement>(".new-line");
      if (line && line.offsetTop < log.scrollHeight - log.clientHeight) {
        open.atBottom = false;
        log.scrollTop = line.offsetTop - log.clientHeight / 4;
        look();
        return;
      }
    }
    settle();
    look();
  });

  return { logRef, listRef, away };
}

/** By halving: the rows stand in order, and asking each for its place would be slow. */
function firstVisible(log: HTMLElement, list: HTMLElement): Anchor | null {
  const edge = log.getBoundingClientRect().top;
  const rows = list.children;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.getBoundingClientRect().bottom > edge) high = middle;
    else low = middle + 1;
  }
  while (low < rows.length - 1 && !isSteady(rows[low]!)) low++;
  const row = rows[low] as HTMLElement | undefined;
  return row ? { row, bottom: bottomOf(row, log) } : null;
}

/**
 * A line between messages may stay while older messages come in below it, and a row that came in
 * just now gets its real height in the next frame, and would push what is read below it.
 */
function isSteady(row: Element): boolean {
  const inside = row.matches(".message") && row.firstElementChild;
  return !!inside && inside.checkVisibility({ contentVisibilityAuto: true });
}

/** Not the top: the first message of a page loses its head when older ones join its group. */
function bottomOf(row: HTMLElement, log: HTMLElement): number {
  return row.getBoundingClientRect().bottom - log.getBoundingClientRect().top + log.scrollTop;
}

function flash(row: HTMLElement): void {
  row.classList.remove("flash");
  requestAnimationFrame(() => row.classList.add("flash"));
  setTimeout(() => row.classList.remove("flash"), 2_500);
}
