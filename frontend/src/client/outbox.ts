import { backoffMs } from "./backoff";
import type { Connection } from "./connection";
import { Emitter } from "./emitter";
import { ParleyError } from "./errors";
import { newClientId, readJson, type Store } from "./storage";
import type { Message, Pk } from "./types";

/** A message on its way: written here, not yet known to be stored. */
export interface Draft {
  client_id: string;
  room: Pk;
  text: string;
  reply_to: Pk | null;
  created_at: string;
  state: "sending" | "failed";
  error: string | null;
}

type Events = { change: Pk; settled: Message };

const MAX_TRIES_WHILE_LIVE = 5;

/**
 * Sends messages in the order in which they were written, one at a time per room, until each is
 * acknowledged or refused. An entry lies in storage under its own `client_id`, so a reload (or a
 * second tab, which may send it too) changes nothing: the server makes one message of it.
 */
export class Outbox extends Emitter<Events> {
  private drafts = new Map<string, Draft>();
  private busy = new Set<Pk>();
  private prefix = "";

  constructor(
    private readonly connection: Connection,
    private readonly store: Store,
  ) {
    super();
    connection.on("hello", () => this.flush());
  }

  /** Takes up what this person left unsent; each has an outbox of his own. */
  open(user: Pk): void {
    this.prefix = `parley:outbox:${user}:`;
    this.drafts.clear();
    for (const key of this.store.keys(this.prefix)) {
      const draft = readJson<Draft>(this.store, key);
      if (draft) this.drafts.set(draft.client_id, draft);
    }
    for (const room of new Set([...this.drafts.values()].map((draft) => draft.room))) {
      this.emit("change", room);
    }
    this.flush();
  }

  in(room: Pk): Draft[] {
    return [...this.drafts.values()]
      .filter((draft) => draft.room === room)
      .sort((a, b) => (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : 0));
  }

  get size(): number {
    return this.drafts.size;
  }

  send(room: Pk, text: string, replyTo: Pk | null = null): Draft {
    const draft: Draft = {
      client_id: newClientId(),
      room,
      text,
      reply_to: replyTo,
      created_at: this.timestamp(),
      state: "sending",
      error: null,
    };
    this.put(draft);
    void this.pump(room);
    return draft;
  }

  retry(clientId: string): void {
    const draft = this.drafts.get(clientId);
    if (draft) this.put({ ...draft, state: "sending", error: null });
    if (draft) void this.pump(draft.room);
  }

  /** Throws a failed message away; also how a stored one leaves the outbox. */
  discard(clientId: string): void {
    const draft = this.drafts.get(clientId);
    this.store.remove(this.prefix + clientId);
    if (!draft) return;
    this.drafts.delete(clientId);
    this.emit("change", draft.room);
  }

  /** The person's own event arrived: as good as an acknowledgement, and maybe before it. */
  settle(message: Message): void {
    const draft = message.client_id ? this.drafts.get(message.client_id) : undefined;
    if (!draft || draft.room !== message.room) return;
    // First the message, then its draft is gone: whoever draws in between sees it twice, not never.
    this.emit("settled", message);
    this.discard(draft.client_id);
  }

  /** Another tab took an entry out of storage. */
  storageChanged(key: string | null): void {
    if (!key?.startsWith(this.prefix) || !this.prefix || this.store.get(key) !== null) return;
    this.discard(key.slice(this.prefix.length));
  }

  clear(): void {
    for (const clientId of [...this.drafts.keys()]) this.discard(clientId);
  }

  private flush(): void {
    for (const room of new Set([...this.drafts.values()].map((draft) => draft.room))) {
      void this.pump(room);
    }
  }

  private async pump(room: Pk): Promise<void> {
    if (this.busy.has(room)) return;
    this.busy.add(room);
    try {
      let tries = 0;
      while (this.connection.state.kind === "live") {
        const draft = this.in(room).find((one) => one.state === "sending");
        if (!draft) break;
        const wait = await this.attempt(draft, tries);
        tries = wait === null ? 0 : tries + 1;
        if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
      }
    } finally {
      this.busy.delete(room);
    }
  }

  /** One try; null when the draft is done with, else how long to wait before the next. */
  private async attempt(draft: Draft, tries: number): Promise<number | null> {
    try {
      const message = await this.connection.request<Message>("create_message", {
        pk: draft.room,
        message: draft.text,
        client_id: draft.client_id,
        ...(draft.reply_to === null ? {} : { reply_to: draft.reply_to }),
      });
      this.settle(message);
      return null;
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      if (!this.drafts.has(draft.client_id)) return null;
      // Without a connection it waits, for as long as it takes; `hello` begins again.
      if (this.connection.state.kind !== "live") return 0;
      if (error.temporary && tries < MAX_TRIES_WHILE_LIVE) {
        return error.retryAfterMs ?? backoffMs(tries);
      }
      this.put({ ...draft, state: "failed", error: error.code });
      return null;
    }
  }

  private put(draft: Draft): void {
    this.drafts.set(draft.client_id, draft);
    this.store.set(this.prefix + draft.client_id, JSON.stringify(draft));
    this.emit("change", draft.room);
  }

  /** The order of writing must survive two messages in one millisecond. */
  private timestamp(): string {
    const last = Math.max(0, ...[...this.drafts.values()].map((one) => Date.parse(one.created_at)));
    return new Date(Math.max(Date.now(), last + 1)).toISOString();
  }
}
