import { useEffect } from "preact/hooks";
import { useLogScroll } from "../lib/scroll";
import { rowsOf } from "../lib/rows";
import type { OpenRoom } from "../stores/room";
import { me } from "../stores/session";
import { dayLabel } from "../lib/format";
import { DraftRow } from "./DraftRow";
import { Icon } from "./Icon";
import { MessageRow } from "./MessageRow";

export function MessageLog({ open }: { open: OpenRoom }) {
  const rows = rowsOf({
    messages: open.messages.value,
    drafts: open.drafts.value,
    vanishing: open.deletions.hidden.value,
    unreadAfter: open.unreadAfter.value,
    me: me.value?.pk,
  });
  const { logRef, listRef, away } = useLogScroll(open);
  const newer = open.hasAfter.value || away.value;

  useEffect(() => {
    const onFocus = () => open.atBottom && open.markRead();
    const onBlur = () => {
      // What comes while the person looks elsewhere is new when he looks back.
      if (open.atBottom) open.unreadAfter.value = null;
    };
    addEventListener("focus", onFocus);
    addEventListener("blur", onBlur);
    return () => {
      removeEventListener("focus", onFocus);
      removeEventListener("blur", onBlur);
    };
  }, [open]);

  return (
    <div class="log-frame">
      <div
        class="log"
        role="log"
        aria-label="Messages"
        aria-live="off"
        aria-busy={!open.loaded.value}
        tabIndex={0}
        ref={logRef}
        onKeyDown={walk}
      >
        <div class="rows" ref={listRef}>
          {open.loaded.value && !open.hasBefore.value && (
            <p class="beginning muted">
              {rows.length ? "This is where it begins." : "Nothing here yet. Say hello."}
            </p>
          )}
          {rows.map((row) => {
            if (row.kind === "day") {
              return (
                <div class="day" key={row.key}>
                  <span>{dayLabel(row.at)}</span>
                </div>
              );
            }
            if (row.kind === "new") {
              return (
                <div class="new-line" key={row.key}>
                  <span>New messages</span>
                </div>
              );
            }
            if (row.kind === "draft") return <DraftRow {...row} />;
            return (
              <MessageRow key={row.key} message={row.message} grouped={row.grouped} open={open} />
            );
          })}
        </div>
      </div>
      {newer && (
        <button
          type="button"
          class="to-newest"
          onClick={() => {
            open.session.jumpToNewest().then(
              () => (open.target.value = { seq: Infinity }),
              () => undefined,
            );
          }}
        >
          <Icon name="down" /> Jump to newest
        </button>
      )}
    </div>
  );
}

/** Arrow keys walk over the messages once the log or a message has the focus. */
function walk(event: KeyboardEvent): void {
  const log = event.currentTarget as HTMLElement;
  const at = event.target as HTMLElement;
  if (at !== log && !at.matches(".message")) return;
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const messages = [...log.querySelectorAll<HTMLElement>(".message")];
  const index = messages.indexOf(at);
  const up = event.key === "ArrowUp";
  const next = index < 0 ? (up ? messages.length - 1 : -1) : index + (up ? -1 : 1);
  if (!messages[next]) return;
  event.preventDefault();
  messages[next].focus();
}
