import type { Connection } from "./connection";
import { Emitter } from "./emitter";
import { hasCode } from "./errors";
import type { Rest } from "./rest";
import type { Frame, InboxState, Pk, Room, SyncReply } from "./types";

export type InboxStateOf = { room: Pk } & Partial<InboxState>;

type Events = {
  state: InboxStateOf;
  joined: Room;
  left: { room: Pk; reason: string };
};

/**
 * The caller's feed over all rooms: what is unread, where he was added or removed. After being
 * away, one `sync` brings the state of every room; a server without an inbox is asked by `sync`
 * now and then.
 */
export class Inbox extends Emitter<Events> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wasAway = false;

  constructor(
    private readonly connection: Connection,
    private readonly rest: Rest,
    private readonly pollMs = 30_000,
  ) {
    super();
    connection.on("hello", () => void this.subscribe());
    connection.on("down", () => {
      this.wasAway = true;
      clearTimeout(this.timer);
    });
  }

  private async subscribe(): Promise<void> {
    const { connection } = this;
    if (this.wasAway) void this.sync();
    if (connection.supports("subscribe_to_inbox")) {
      const requestId = connection.newRequestId();
      const unroute = connection.route(requestId, (frame) => this.receive(frame));
      const off = connection.on("down", () => {
        unroute();
        off();
      });
      try {
        const reply = await connection.request<{
          rooms: { pk: Pk; head_seq: number; unread_count: number }[];
        }>("subscribe_to_inbox", {}, { requestId });
        for (const { pk, ...state } of reply.rooms) this.emit("state", { room: pk, ...state });
        return;
      } catch (error) {
        if (!hasCode(error, "unknown_action")) return;
      }
    }
    this.poll();
  }

  /** The state of all rooms in one call. */
  async sync(): Promise<void> {
    try {
      const reply = await this.rest.post<SyncReply>("sync/", { rooms: {} });
      for (const [room, entry] of Object.entries(reply.rooms)) {
        if (!entry.errors) this.emit("state", { room: Number(room), ...pick(entry) });
      }
    } catch {
      // Of no consequence: the next poll, frame or list of rooms says the same.
    }
  }

  private poll(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      await this.sync();
      if (this.connection.state.kind === "live") this.poll();
    }, this.pollMs);
  }

  private receive(frame: Frame): void {
    const room = frame.room!;
    if (frame.action === "inbox") this.emit("state", { room, ...(frame.data as InboxState) });
    else if (frame.action === "inbox.joined") this.emit("joined", frame.data as Room);
    else if (frame.action === "inbox.left") {
      this.emit("left", { room, reason: (frame.data as { reason: string }).reason });
    }
  }
}

function pick({ head_seq, unread_count }: { head_seq?: number; unread_count?: number }) {
  return {
    ...(head_seq === undefined ? {} : { head_seq }),
    ...(unread_count === undefined ? {} : { unread_count }),
  };
}
