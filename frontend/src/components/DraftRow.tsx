import type { Draft } from "../client";
import { explainCode } from "../lib/errors";
import { parley } from "../parley";
import { connection } from "../stores/connection";
import { me } from "../stores/session";
import { Avatar, nameOf } from "./Avatar";
import { MessageText } from "./MessageText";

/** A message that is on its way, or was refused. */
export function DraftRow({ draft, grouped }: { draft: Draft; grouped: boolean }) {
  const failed = draft.state === "failed";
  const user = me.value;
  if (!user) return null;
  return (
    <article
      class="message draft"
      data-grouped={grouped}
      data-state={draft.state}
      aria-label={`${nameOf(user)}, ${failed ? "not sent" : "sending"}`}
      tabIndex={-1}
    >
      {grouped ? <span class="gutter-time" /> : <Avatar user={user} />}
      <div class="body">
        {!grouped && (
          <div class="by">
            <strong>{nameOf(user)}</strong>
          </div>
        )}
        <MessageText text={draft.text} />
        {failed ? (
          <p class="problem">
            Not sent. {explainCode(draft.error)}{" "}
            <button
              type="button"
              class="link-button"
              onClick={() => parley.outbox.retry(draft.client_id)}
            >
              Try again
            </button>{" "}
            <button
              type="button"
              class="link-button"
              onClick={() => parley.outbox.discard(draft.client_id)}
            >
              Discard
            </button>
          </p>
        ) : (
          <p class="sending muted">
            {connection.value.kind === "live" ? "Sending…" : "Waiting for the connection…"}
          </p>
        )}
      </div>
    </article>
  );
}
