import { backoffMs, sleep } from "./backoff";
import type { Connection } from "./connection";
import { Emitter } from "./emitter";
import { hasCode, ParleyError } from "./errors";
import type { Rest } from "./rest";
import type { EventPage, Frame, LogEvent, Pk, Subscribed } from "./types";

type Events = {
  event: LogEvent;
  /** Everything up to the head has been delivered. */
  live: void;
  /** The server ended it: left, kicked, banned, room_deleted, or the error's code. */
  ended: string;
};

export interface FeedOptions {
  connection: Connection;
  rest: Rest;
  /** Fetches the room's present state; the feed goes on from the head that it names. */
  load: () => Promise<{ head_seq: number; epoch: string }>;
  /** How many missed events are worth reading one by one; beyond it, `load` is called. */
  maxGap?: number;
}

const PAGE = 1_000;
const HEAD_GRACE_MS = 2_000;

/**
 * Follows one room's log: every event once and in order, over any number of cuts. The state is
 * `seq`, the last event handed on; all that arrives is measured against it.
 */
export class RoomFeed extends Emitter<Events> {
  seq: number | null = null;
  private epoch: string | null = null;
  private waiting = new Map<number, LogEvent>();
  private repairing = false;
  private closed = true;
  private run = 0;
  private offs: (() => void)[] = [];
  private unroute: () => void = () => undefined;

  constructor(
    readonly room: Pk,
    private readonly options: FeedOptions,
  ) {
    super();
  }

  open(): void {
    if (!this.closed) return;
    this.closed = false;
    const { connection } = this.options;
    this.offs = [
      connection.on("hello", () => void this.subscribe()),
      connection.on("down", () => (this.run += 1)),
      connection.on("frame", (frame) => this.compareHead(frame)),
    ];
    void this.subscribe();
  }

  close(): void {
    if (this.closed) return;
    this.detach();
    const { connection } = this.options;
    if (connection.state.kind === "live") {
      connection
        .request("unsubscribe_from_messages_in_room", { pk: this.room })
        .catch(() => undefined);
    }
  }

  private detach(): void {
    this.closed = true;
    this.run += 1;
    for (const off of this.offs) off();
    this.offs = [];
    this.unroute();
    this.waiting.clear();
  }

  /** One run per connection; a later cut or a new call makes an older run stop by itself. */
  private async subscribe(): Promise<void> {
    const run = ++this.run;
    const { connection } = this.options;
    for (let attempt = 0; run === this.run && !this.closed; attempt += 1) {
      try {
        if (this.seq === null) await this.reload();
        if (run !== this.run || connection.state.kind !== "live") return;
        const reply = await this.request();
        if (run !== this.run) return;
        this.epoch = reply.epoch;
        if (!reply.complete) await this.repair(reply.head_seq);
        if (run === this.run) this.emit("live", undefined);
        return;
      } catch (error) {
        if (run !== this.run) return;
        if (hasCode(error, "resync_required")) {
          this.seq = null;
          if (attempt > 0) await sleep(backoffMs(attempt));
        } else if (error instanceof ParleyError && !error.temporary) {
          this.detach();
          this.emit("ended", error.code);
          return;
        } else {
          await sleep((error as ParleyError).retryAfterMs ?? backoffMs(attempt));
        }
      }
    }
  }

  private async reload(): Promise<void> {
    const { head_seq, epoch } = await this.options.load();
    this.seq = head_seq;
    this.epoch = epoch;
    this.waiting.clear();
  }

  private request(): Promise<Subscribed> {
    const { connection } = this.options;
    // A new id each time: nothing of an older subscription can be taken for this one's.
    const requestId = connection.newRequestId();
    this.unroute();
    this.unroute = connection.route(requestId, (frame) => this.receive(frame));
    return connection.request<Subscribed>(
      "subscribe_to_messages_in_room",
      { pk: this.room, after_seq: this.seq, ...(this.epoch ? { epoch: this.epoch } : {}) },
      { requestId },
    );
  }

  private receive(frame: Frame): void {
    if (frame.action === "subscription.ended") {
      this.detach();
      this.emit("ended", (frame.data as { reason: string }).reason);
    } else if (frame.event && typeof frame.seq === "number") {
      this.accept(frame as unknown as LogEvent);
    }
  }

  private accept(event: LogEvent): void {
    if (this.seq === null || event.seq <= this.seq) return;
    this.waiting.set(event.seq, event);
    this.flush();
    if (this.waiting.size > 0) {
      void this.repair(Math.max(...this.waiting.keys())).catch(() => this.restart());
    }
  }

  private flush(): void {
    let event: LogEvent | undefined;
    while (this.seq !== null && (event = this.waiting.get(this.seq + 1))) {
      this.waiting.delete(event.seq);
      this.seq = event.seq;
      this.emit("event", event);
    }
  }

  /** Reads what is missing up to `head` over REST; live events wait meanwhile. */
  private async repair(head: number): Promise<void> {
    if (this.repairing) return;
    this.repairing = true;
    const { rest, maxGap = 3_000 } = this.options;
    try {
      while (!this.closed && this.seq !== null && this.seq < head) {
        if (head - this.seq > maxGap) return await this.reload();
        const page: EventPage = await rest.get(`rooms/${this.room}/events/`, {
          after_seq: this.seq,
          epoch: this.epoch,
          limit: PAGE,
        });
        for (const event of page.results) {
          if (this.seq !== null && event.seq > this.seq) this.waiting.set(event.seq, event);
        }
        this.flush();
        if (page.results.length === 0) break;
      }
    } finally {
      this.repairing = false;
    }
    for (const seq of this.waiting.keys()) if (seq <= this.seq!) this.waiting.delete(seq);
    this.flush();
  }

  /** Heartbeats name the heads: what is still missing a moment later was lost on the way. */
  private compareHead(frame: Frame): void {
    if (frame.action !== "heartbeat") return;
    const head = (frame.data as { heads?: Record<string, number> }).heads?.[this.room];
    if (head === undefined || this.seq === null || head <= this.seq) return;
    const { run } = this;
    setTimeout(() => {
      if (run === this.run && this.seq !== null && this.seq < head) {
        this.repair(head).catch(() => this.restart());
      }
    }, HEAD_GRACE_MS);
  }

  private restart(): void {
    if (!this.closed && this.options.connection.state.kind === "live") void this.subscribe();
  }
}
