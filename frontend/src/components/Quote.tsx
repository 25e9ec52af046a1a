import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import type { Message, Pk } from "../client";
import { parley } from "../parley";
import type { OpenRoom } from "../stores/room";
import { nameOf } from "./Avatar";

/** Messages that were answered and are not in the window: fetched once each. */
const fetched = signal<ReadonlyMap<Pk, Message | null>>(new Map());
const asked = new Set<Pk>();

export function Quote({ pk, open }: { pk: Pk; open: OpenRoom }) {
  const message = open.session.timeline.get(pk) ?? fetched.value.get(pk);
  useEffect(() => {
    if (message || asked.has(pk)) return;
    asked.add(pk);
    parley.rest.get<Message>(`messages/${pk}/`).then(
      (one) => (fetched.value = new Map(fetched.value).set(pk, one)),
      () => asked.delete(pk),
    );
  }, [pk, !message]);

  if (!message) return <div class="quote muted">…</div>;
  return (
    <button type="button" class="quote" onClick={() => void open.jumpTo(message.seq)}>
      <strong>{nameOf(message.user)}</strong>{" "}
      <span>{message.deleted_at ? "Message deleted" : message.text}</span>
    </button>
  );
}
