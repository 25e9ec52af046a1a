import { computed, signal } from "@preact/signals";
import {
  hasCode,
  type InboxStateOf,
  type Joined,
  type Member,
  type Page,
  type Pk,
  type Room,
  type User,
} from "../client";
import { foldName } from "../lib/format";
import { parley } from "../parley";
import { isMe, me, phase } from "./session";

/** Rooms to be present in at once; more would cost the server without telling the person much. */
const PRESENT_IN = 30;

export const rooms = signal<ReadonlyMap<Pk, Room>>(new Map());
export const roomsLoaded = signal(false);
/** Direct rooms have no name: the other person is. */
export const peers = signal<ReadonlyMap<Pk, User>>(new Map());
export const filter = signal("");

export const sections = computed(() => {
  const wanted = foldName(filter.value);
  const all = [...rooms.value.values()]
    .filter((room) => !wanted || foldName(titleOf(room)).includes(wanted))
    .sort((a, b) => (activity(a) < activity(b) ? 1 : -1));
  return {
    joined: all.filter((room) => room.membership && room.kind !== "direct"),
    direct: all.filter((room) => room.kind === "direct"),
    others: all.filter((room) => !room.membership && room.kind !== "direct"),
  };
});

export const totals = computed(() => {
  let unread = 0;
  let mentions = 0;
  for (const { membership, kind } of rooms.value.values()) {
    unread += membership?.unread_count ?? 0;
    mentions += (kind === "direct" ? membership?.unread_count : membership?.mention_count) ?? 0;
  }
  return { unread, mentions };
});

export function titleOf(room: Room): string {
  if (room.kind !== "direct") return room.name ?? "";
  const peer = peers.value.get(room.pk);
  return peer ? peer.display_name || peer.username : "Direct message";
}

export function findByName(name: string): Room | undefined {
  const wanted = foldName(name);
  return [...rooms.value.values()].find((room) => room.name && foldName(room.name) === wanted);
}

export function findByPeer(username: string): Room | undefined {
  const wanted = foldName(username);
  return [...rooms.value.values()].find(
    (room) =>
      room.kind === "direct" && foldName(peers.value.get(room.pk)?.username ?? "") === wanted,
  );
}

function activity(room: Room): string {
  return room.last_message?.created_at ?? room.created_at;
}

/** `room` as an answer gives it, or as an event does: without the caller's membership. */
export function putRoom(room: Omit<Room, "membership"> & Partial<Room>): void {
  const old = rooms.value.get(room.pk);
  const membership = room.membership === undefined ? (old?.membership ?? null) : room.membership;
  rooms.value = new Map(rooms.value).set(room.pk, { ...room, membership });
  if (room.kind === "direct") void learnPeer(room);
}

export function patchRoom(pk: Pk, change: (room: Room) => Partial<Room>): void {
  const room = rooms.value.get(pk);
  if (room) rooms.value = new Map(rooms.value).set(pk, { ...room, ...change(room) });
}

export function patchMembership(pk: Pk, change: Partial<NonNullable<Room["membership"]>>): void {
  patchRoom(pk, ({ membership }) => ({ membership: membership && { ...membership, ...change } }));
}

export function dropRoom(pk: Pk): void {
  const next = new Map(rooms.value);
  next.delete(pk);
  rooms.value = next;
  parley.attendance.gone(pk);
}

/** After losing the membership a public room is still there to be read. */
export function leftRoom(pk: Pk): void {
  if (rooms.value.get(pk)?.kind === "public") patchRoom(pk, () => ({ membership: null }));
  else dropRoom(pk);
  parley.attendance.gone(pk);
}

async function learnPeer({ pk }: { pk: Pk }): Promise<void> {
  if (peers.value.has(pk)) return;
  try {
    const page = await parley.rest.get<Page<Member>>(`rooms/${pk}/members/`);
    const peer = page.results.find(({ user }) => !isMe(user))?.user ?? me.value;
    if (peer) peers.value = new Map(peers.value).set(pk, peer);
  } catch {
    // It is called "Direct message" until the next time.
  }
}

/** The caller's rooms and the public ones, from the start of each connection. */
export async function refreshRooms(): Promise<void> {
  try {
    const mine = await parley.rest.get<Page<Room>>("rooms/", { joined: true, page_size: 200 });
    const open = await parley.rest.get<Page<Room>>("rooms/", { page_size: 50 });
    const next = new Map<Pk, Room>();
    for (const room of [...open.results, ...mine.results]) next.set(room.pk, room);
    rooms.value = next;
    roomsLoaded.value = true;
    for (const room of mine.results) if (room.kind === "direct") void learnPeer(room);
    void parley.attendance.attend(mine.results.slice(0, PRESENT_IN).map((room) => room.pk));
  } catch {
    // The list stays as it was; the next connection asks again.
  }
}

/** Adds what the server finds beyond the rooms that are loaded. */
export async function searchRooms(text: string): Promise<void> {
  if (!text.trim()) return;
  try {
    const page = await parley.rest.get<Page<Room>>("rooms/", {
      search: text.trim(),
      page_size: 50,
    });
    const next = new Map(rooms.value);
    for (const room of page.results) next.set(room.pk, room);
    rooms.value = next;
    for (const room of page.results) if (room.kind === "direct") void learnPeer(room);
  } catch {
    // What is loaded is filtered all the same.
  }
}

/** Looks a room up by name, also beyond what is loaded. */
export async function lookUp(name: string): Promise<Room | undefined> {
  if (!findByName(name)) await searchRooms(name);
  return findByName(name);
}

export async function joinRoom(which: { pk: Pk } | { name: string }): Promise<Room> {
  const { room } = await parley.attendance.join(which);
  return room;
}

export async function createRoom(fields: {
  name: string;
  kind: "public" | "private";
  topic?: string;
}): Promise<Room> {
  const room = await parley.rest.post<Room>("rooms/", fields);
  putRoom(room);
  await parley.attendance.attend([room.pk]);
  return room;
}

export async function openDirect(username: string): Promise<Room> {
  const room = await parley.rest.post<Room>("direct/", { username });
  putRoom(room);
  await parley.attendance.attend([room.pk]);
  return room;
}

export async function leaveRoom(pk: Pk): Promise<void> {
  await parley.attendance.leave(pk);
  leftRoom(pk);
}

const stale = new Map<Pk, ReturnType<typeof setTimeout>>();

/** Fetches one room again, at most once a second each. */
export function refreshRoom(pk: Pk): void {
  if (stale.has(pk)) return;
  stale.set(
    pk,
    setTimeout(async () => {
      stale.delete(pk);
      try {
        putRoom(await parley.rest.get<Room>(`rooms/${pk}/`));
      } catch (error) {
        if (hasCode(error, "not_found")) dropRoom(pk);
      }
    }, 1_000),
  );
}

export function watchRooms(): void {
  const { connection, attendance, inbox } = parley;
  connection.on("hello", () => void refreshRooms());
  attendance.on("joined", ({ room }: Joined) => putRoom(room));
  attendance.on("presence", (pk) => {
    const presence = attendance.in(pk);
    if (presence) patchRoom(pk, () => ({ online_count: presence.online }));
  });
  inbox.on("state", ({ room: pk, head_seq, ...state }: InboxStateOf) => {
    const room = rooms.value.get(pk);
    patchMembership(pk, state);
    if (!room || (head_seq !== undefined && head_seq > room.last_seq)) refreshRoom(pk);
  });
  inbox.on("joined", (room) => {
    putRoom(room);
    void attendance.attend([room.pk]);
  });
  inbox.on("left", ({ room }) => leftRoom(room));
  phase.subscribe((now) => {
    if (now === "in") return;
    rooms.value = new Map();
    peers.value = new Map();
    roomsLoaded.value = false;
  });
}
