import { batch, signal } from "@preact/signals";
import {
  type Draft,
  hasCode,
  type LogEvent,
  type Message,
  type Pk,
  RoomSession,
  type User,
} from "../client";
import { explain } from "../lib/errors";
import { parley } from "../parley";
import { noteUnsupported, supports } from "./connection";
import { Deletions } from "./deletions";
import { forgetMembers, memberChanged } from "./members";
import { leftRoom, patchMembership, patchRoom, putRoom, rooms } from "./rooms";
import { isMe, phase } from "./session";
import { announcement, notify } from "./ui";

const KEEP_OPEN = 8;
const KEEP_MESSAGES = 400;

/** A room that is or was shown: its session, and what the page knows about it besides. */
export class OpenRoom {
  readonly session: RoomSession;
  readonly messages = signal<Message[]>([]);
  readonly drafts = signal<Draft[]>([]);
  readonly loaded = signal(false);
  readonly hasBefore = signal(false);
  readonly hasAfter = signal(false);
  /** Why nothing more comes from it. */
  readonly ended = signal<string | null>(null);
  readonly typing = signal<User[]>([]);
  readonly here = signal<User[]>([]);
  /** "New messages" stands after this seq. */
  readonly unreadAfter = signal<number | null>(null);
  /** The message to scroll to and to mark for a moment. */
  readonly target = signal<{ seq: number } | null>(null);
  /** Messages that are about to be deleted, while that can be undone. */
  readonly deletions: Deletions;
  readonly replyTo = signal<Message | null>(null);
  readonly editing = signal<Message | null>(null);
  /** The reader is at the newest message; kept by the log. */
  atBottom = true;
  private readTimer: ReturnType<typeof setTimeout> | undefined;
  private offs: (() => void)[];

  constructor(readonly pk: Pk) {
    this.session = parley.room(pk);
    this.deletions = new Deletions((message) => this.session.remove(message));
    this.offs = [
      this.session.on("change", () => this.update()),
      this.session.on("event", (event) => this.hear(event)),
      this.session.on("ended", (reason) => this.end(reason)),
      parley.attendance.on("typing", (room) => {
        if (room === pk) this.typing.value = parley.attendance.typing(pk);
      }),
      parley.attendance.on("presence", (room) => room === pk && this.updatePresence()),
    ];
    this.updatePresence();
    this.session.open();
    this.update();
  }

  close(): void {
    for (const off of this.offs) off();
    this.deletions.flush();
    this.session.close();
  }

  /** Called when the person turns to the room. */
  visit(): void {
    const membership = rooms.value.get(this.pk)?.membership;
    this.unreadAfter.value = membership?.unread_count ? membership.last_read_seq : null;
  }

  send(text: string): void {
    const replyTo = this.replyTo.value;
    batch(() => {
      this.replyTo.value = null;
      this.unreadAfter.value = null;
    });
    void this.session.jumpToNewest().catch(() => undefined);
    this.session.send(text, replyTo?.pk ?? null);
  }

  async saveEdit(text: string): Promise<void> {
    const message = this.editing.value;
    this.editing.value = null;
    if (!message || text === message.text) return;
    try {
      await this.session.edit(message, text);
    } catch (error) {
      if (hasCode(error, "conflict")) notify("It was changed elsewhere in the meantime.");
      else notify(explain(error));
      this.editing.value = { ...message, text };
    }
  }

  remove(message: Message): void {
    this.deletions.add(message.pk);
  }

  async react(message: Message, emoji: string): Promise<void> {
    const mine = message.reactions
      .find((one) => one.emoji === emoji)
      ?.users.some((pk) => isMe({ pk }));
    try {
      await this.session.react(message.pk, emoji, !mine);
    } catch (error) {
      noteUnsupported();
      notify(explain(error));
    }
  }

  async jumpTo(seq: number): Promise<void> {
    try {
      await this.session.jumpTo(seq);
      this.target.value = { seq };
    } catch (error) {
      notify(explain(error));
    }
  }

  /** Everything up to the newest has been seen. */
  markRead(): void {
    const membership = rooms.value.get(this.pk)?.membership;
    const { head, hasAfter } = this.session.timeline;
    if (!membership || hasAfter || head <= membership.last_read_seq) return;
    patchMembership(this.pk, { last_read_seq: head, unread_count: 0, mention_count: 0 });
    clearTimeout(this.readTimer);
    if (!supports("mark_read")) return;
    this.readTimer = setTimeout(() => {
      parley.connection
        .request("mark_read", { pk: this.pk, seq: head })
        .catch((error) => hasCode(error, "unknown_action") && noteUnsupported());
    }, 400);
  }

  private update(): void {
    const { timeline, drafts, loaded } = this.session;
    if (this.atBottom && timeline.messages.length > 2 * KEEP_MESSAGES) timeline.trim(KEEP_MESSAGES);
    batch(() => {
      this.messages.value = timeline.messages;
      this.drafts.value = drafts;
      this.loaded.value = loaded;
      this.hasBefore.value = timeline.hasBefore;
      this.hasAfter.value = timeline.hasAfter;
    });
  }

  private updatePresence(): void {
    this.here.value = [...(parley.attendance.in(this.pk)?.users.values() ?? [])];
  }

  private hear(event: LogEvent): void {
    patchRoom(this.pk, (room) => ({ last_seq: Math.max(room.last_seq, event.seq) }));
    if (event.event === "message.created") this.hearMessage(event.data);
    else if (event.event === "message.updated" || event.event === "message.deleted") {
      const { data } = event;
      patchRoom(this.pk, (room) =>
        room.last_message?.pk === data.pk ? { last_message: data } : {},
      );
    } else if (event.event === "room.updated") {
      putRoom(event.data);
    } else if (event.event.startsWith("member.")) {
      memberChanged(this.pk, event);
    }
  }

  private hearMessage(message: Message): void {
    patchRoom(this.pk, ({ last_message }) =>
      last_message && last_message.seq > message.seq ? {} : { last_message: message },
    );
    parley.attendance.stopTyping(this.pk, message.user.pk);
    if (isMe(message.user)) return;
    const seen = current.value === this && this.atBottom && document.hasFocus();
    if (current.value === this) {
      announcement.value = `${message.user.display_name || message.user.username}: ${message.text}`;
    }
    if (seen) return;
    const membership = rooms.value.get(this.pk)?.membership;
    if (!membership) return;
    if (current.value === this) this.unreadAfter.value ??= message.seq - 1;
    // With an inbox the server counts; both agree, and the later word stands.
    if (!supports("subscribe_to_inbox")) {
      patchMembership(this.pk, { unread_count: membership.unread_count + 1 });
    }
  }

  private end(reason: string): void {
    this.ended.value = reason;
    forgetMembers(this.pk);
    leftRoom(this.pk);
  }
}

export const current = signal<OpenRoom | null>(null);

/** The rooms that are open, the one visited last at the end. */
const open = new Map<Pk, OpenRoom>();

export function openRoom(pk: Pk): OpenRoom {
  let room = open.get(pk);
  if (room?.ended.value) {
    room.close();
    room = undefined;
  }
  room ??= new OpenRoom(pk);
  open.delete(pk);
  open.set(pk, room);
  for (const old of [...open.values()].slice(0, -KEEP_OPEN)) {
    old.close();
    open.delete(old.pk);
  }
  if (current.value !== room) {
    room.visit();
    current.value = room;
  }
  return room;
}

export function closeRoom(pk: Pk): void {
  open.get(pk)?.close();
  open.delete(pk);
  if (current.value?.pk === pk) current.value = null;
}

export function watchOpenRooms(): void {
  const flush = () => {
    for (const room of open.values()) room.deletions.flush();
  };
  addEventListener("pagehide", flush);
  phase.subscribe((now) => {
    if (now === "in") return;
    for (const pk of [...open.keys()]) closeRoom(pk);
  });
}
