import type { Connection } from "./connection";
import { Emitter } from "./emitter";
import { RoomFeed } from "./feed";
import type { Draft, Outbox } from "./outbox";
import type { Rest } from "./rest";
import { Timeline } from "./timeline";
import type { History, LogEvent, Message, Pk } from "./types";

type Events = { change: void; event: LogEvent; live: void; ended: string };

const PAGE = 50;

/** One open room: its messages, what is on its way, and the verbs on them. */
export class RoomSession extends Emitter<Events> {
  readonly timeline = new Timeline();
  readonly feed: RoomFeed;
  loaded = false;
  private loading: Promise<void> | null = null;
  private offs: (() => void)[] = [];

  constructor(
    readonly pk: Pk,
    private readonly connection: Connection,
    private readonly rest: Rest,
    private readonly outbox: Outbox,
  ) {
    super();
    this.feed = new RoomFeed(pk, { connection, rest, load: () => this.loadNewest() });
    this.feed.on("event", (event) => this.apply(event));
    this.feed.on("ended", (reason) => this.emit("ended", reason));
    this.feed.on("live", () => this.emit("live", undefined));
  }

  open(): void {
    this.offs.push(
      this.outbox.on("change", (room) => room === this.pk && this.changed()),
      this.outbox.on("settled", (message) => this.settle(message)),
    );
    this.feed.open();
  }

  close(): void {
    for (const off of this.offs.splice(0)) off();
    this.feed.close();
  }

  get drafts(): Draft[] {
    return this.outbox.in(this.pk);
  }

  send(text: string, replyTo: Pk | null = null): void {
    this.outbox.send(this.pk, text, replyTo);
  }

  async edit(message: Message, text: string): Promise<void> {
    this.settle(
      await this.connection.request<Message>("update_message", {
        pk: message.pk,
        message: text,
        version: message.version,
      }),
    );
  }

  async remove(pk: Pk): Promise<void> {
    this.settle(await this.connection.request<Message>("delete_message", { pk }));
  }

  async react(pk: Pk, emoji: string, on: boolean): Promise<void> {
    const action = on ? "add_reaction" : "remove_reaction";
    this.settle(await this.connection.request<Message>(action, { pk, emoji }));
  }

  loadOlder(): Promise<void> {
    const { first, hasBefore } = this.timeline;
    if (!first || !hasBefore) return Promise.resolve();
    return this.once(async () => {
      this.timeline.addOlder(await this.history({ before_seq: first.seq }));
    });
  }

  loadNewer(): Promise<void> {
    return this.once(async () => {
      const { last } = this.timeline;
      if (!last || !this.timeline.hasAfter) return;
      await this.upToDate(async () => {
        const history = await this.history({ after_seq: this.timeline.last!.seq });
        this.timeline.addNewer(history);
        return history;
      });
    });
  }

  /** Shows the messages around a seq: a search result, the message that was answered. */
  async jumpTo(seq: number): Promise<void> {
    if (this.timeline.messages.some((message) => message.seq === seq)) return;
    this.timeline.reset(await this.history({ around_seq: seq }));
    this.changed();
  }

  async jumpToNewest(): Promise<void> {
    if (!this.timeline.hasAfter) return;
    await this.upToDate(async () => {
      const history = await this.history({});
      this.timeline.reset(history);
      return history;
    });
    this.changed();
  }

  /** Messages that came while the answer was on its way were not shown: they need another look. */
  private async upToDate(read: () => Promise<History>): Promise<void> {
    for (;;) {
      const history = await read();
      if (history.has_after || history.head_seq >= (this.feed.seq ?? 0)) return;
    }
  }

  private async loadNewest(): Promise<History> {
    const history = await this.history({});
    this.timeline.reset(history);
    this.loaded = true;
    this.changed();
    return history;
  }

  private history(query: Record<string, number>): Promise<History> {
    return this.rest.get<History>(`rooms/${this.pk}/messages/`, { limit: PAGE, ...query });
  }

  private apply(event: LogEvent): void {
    const changed = this.timeline.apply(event);
    if (event.event === "message.created") this.outbox.settle(event.data);
    if (changed) this.changed();
    this.emit("event", event);
  }

  private settle(message: Message): void {
    if (message.room !== this.pk) return;
    this.timeline.settle(message);
    this.changed();
  }

  private once(work: () => Promise<void>): Promise<void> {
    this.loading ??= work().finally(() => {
      this.loading = null;
      this.changed();
    });
    return this.loading;
  }

  private changed(): void {
    this.emit("change", undefined);
  }
}
