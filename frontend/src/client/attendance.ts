import type { Connection } from "./connection";
import { Emitter } from "./emitter";
import type { Frame, Joined, Pk, User } from "./types";

export interface Presence {
  users: Map<Pk, User>;
  /** May be more than `users`: the server names at most 200. */
  online: number;
}

type Events = { presence: Pk; typing: Pk; joined: Joined };

const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;

/**
 * Being in rooms on this socket: who else is there and who is typing. The server forgets it with
 * the socket; the owner calls `attend` again with the rooms that are still his, since joining
 * anew what he was removed from meanwhile would be wrong.
 */
export class Attendance extends Emitter<Events> {
  private here = new Map<Pk, Presence>();
  private typers = new Map<Pk, Map<Pk, { user: User; timer: ReturnType<typeof setTimeout> }>>();
  private lastTyped = new Map<Pk, number>();

  constructor(private readonly connection: Connection) {
    super();
    connection.on("frame", (frame) => this.receive(frame));
    connection.on("down", () => this.here.clear());
  }

  in(room: Pk): Presence | null {
    return this.here.get(room) ?? null;
  }

  typing(room: Pk): User[] {
    return [...(this.typers.get(room)?.values() ?? [])].map(({ user }) => user);
  }

  /** Joins rooms in which this socket is not yet present, one after the other. */
  async attend(rooms: Pk[]): Promise<void> {
    for (const pk of rooms) {
      if (this.connection.state.kind !== "live") return;
      if (!this.here.has(pk)) await this.join({ pk }).catch(() => undefined);
    }
  }

  async join(which: { pk: Pk } | { name: string }): Promise<Joined> {
    const joined = await this.connection.request<Joined>("join_room", which);
    this.here.set(joined.room.pk, {
      users: new Map(joined.current_users.map((user) => [user.pk, user])),
      online: joined.online,
    });
    this.emit("joined", joined);
    this.emit("presence", joined.room.pk);
    return joined;
  }

  /** Ends the membership. */
  async leave(pk: Pk): Promise<void> {
    await this.connection.request("leave_room", { pk });
    this.gone(pk);
  }

  gone(pk: Pk): void {
    this.here.delete(pk);
    this.emit("presence", pk);
  }

  /** Call it at every key: what goes out is throttled, and a failure is of no interest. */
  setTyping(room: Pk, typing: boolean): void {
    const last = this.lastTyped.get(room) ?? 0;
    if (typing ? Date.now() - last < TYPING_EVERY_MS : last === 0) return;
    if (!this.here.has(room) || !this.connection.supports("typing")) return;
    if (typing) this.lastTyped.set(room, Date.now());
    else this.lastTyped.delete(room);
    this.connection.request("typing", { pk: room, typing }).catch(() => undefined);
  }

  /** A message arrived: its author is not typing any more. */
  stopTyping(room: Pk, user: Pk): void {
    const known = this.typers.get(room)?.get(user);
    if (!known) return;
    clearTimeout(known.timer);
    this.typers.get(room)!.delete(user);
    this.emit("typing", room);
  }

  private receive(frame: Frame): void {
    const { room } = frame;
    if (room === undefined) return;
    if (frame.action === "presence") {
      const presence = this.here.get(room);
      if (!presence) return;
      const data = frame.data as { joined: User[]; left: User[]; online: number };
      for (const user of data.left) presence.users.delete(user.pk);
      for (const user of data.joined) presence.users.set(user.pk, user);
      presence.online = data.online;
      this.emit("presence", room);
    } else if (frame.action === "typing") {
      const { user, typing } = frame.data as { user: User; typing: boolean };
      this.stopTyping(room, user.pk);
      if (!typing) return;
      const typers = this.typers.get(room) ?? new Map();
      this.typers.set(room, typers);
      const timer = setTimeout(() => this.stopTyping(room, user.pk), TYPING_MS);
      typers.set(user.pk, { user, timer });
      this.emit("typing", room);
    }
  }
}
