import type { History, LogEvent, Message, Pk } from "./types";

/**
 * A window of a room's messages, in order of seq. It may end at the head (then new messages join
 * it) or lie somewhere in the past. Every way by which a message can come in (history, event,
 * acknowledgement) ends here and may come twice or in any order.
 */
export class Timeline {
  messages: Message[] = [];
  hasBefore = false;
  hasAfter = false;
  /** The last seq of the room that is known, shown or not. */
  head = 0;
  /** Up to which seq of the log each message's state is known. */
  private asOf = new Map<Pk, number>();
  private byPk = new Map<Pk, Message>();

  get(pk: Pk): Message | undefined {
    return this.byPk.get(pk);
  }

  get first(): Message | undefined {
    return this.messages[0];
  }

  get last(): Message | undefined {
    return this.messages[this.messages.length - 1];
  }

  /** Replaces the window. */
  reset(history: History): void {
    this.messages = [];
    this.byPk.clear();
    this.asOf.clear();
    this.hasBefore = history.has_before;
    this.hasAfter = history.has_after;
    this.merge(history);
  }

  addOlder(history: History): void {
    this.hasBefore = history.has_before;
    this.merge(history);
  }

  addNewer(history: History): void {
    this.hasAfter = history.has_after;
    this.merge(history);
  }

  /** Forgets the oldest beyond `keep`; they can be loaded again. */
  trim(keep: number): void {
    for (const { pk } of this.messages.slice(0, -keep)) {
      this.byPk.delete(pk);
      this.asOf.delete(pk);
      this.hasBefore = true;
    }
    this.messages = this.messages.slice(-keep);
  }

  /** Applies one event of the log; says whether anything that is shown changed. */
  apply(event: LogEvent): boolean {
    this.head = Math.max(this.head, event.seq);
    if (!isMessageEvent(event)) return false;
    const message = event.data;
    if (!this.byPk.has(message.pk)) {
      if (event.event !== "message.created" || this.hasAfter) return false;
    } else if (event.seq <= (this.asOf.get(message.pk) ?? 0)) {
      return false;
    }
    this.asOf.set(message.pk, event.seq);
    this.put(message);
    return true;
  }

  /** Takes a message as a reply gave it: an acknowledged send, edit or reaction. */
  settle(message: Message): void {
    const known = this.byPk.get(message.pk);
    if (known && (known.version > message.version || (known.deleted_at && !message.deleted_at))) {
      return;
    }
    if (known || !this.hasAfter) this.put(message);
  }

  private merge(history: History): void {
    this.head = Math.max(this.head, history.head_seq);
    for (const message of history.results) {
      if ((this.asOf.get(message.pk) ?? 0) > history.head_seq) continue;
      this.asOf.set(message.pk, history.head_seq);
      this.put(message);
    }
  }

  private put(message: Message): void {
    const known = this.byPk.has(message.pk);
    this.byPk.set(message.pk, message);
    // A new array each time: whoever draws it sees by identity that it changed.
    const next = this.messages.slice();
    let at = next.length;
    while (at > 0 && next[at - 1]!.seq > message.seq) at -= 1;
    if (known && at > 0 && next[at - 1]!.pk === message.pk) next[at - 1] = message;
    else next.splice(at, 0, message);
    this.messages = next;
  }
}

export function isMessageEvent(event: LogEvent): event is Extract<LogEvent, { data: Message }> {
  return event.event.startsWith("message.") || event.event.startsWith("reaction.");
}
