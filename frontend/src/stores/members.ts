import { signal } from "@preact/signals";
import type { LogEvent, Member, MemberChange, Page, Pk } from "../client";
import { parley } from "../parley";
import { patchMembership, refreshRoom } from "./rooms";
import { isMe } from "./session";

/** The members of the rooms for which somebody asked. */
export const members = signal<ReadonlyMap<Pk, Member[]>>(new Map());

export async function loadMembers(room: Pk, again = false): Promise<void> {
  if (!again && members.value.has(room)) return;
  const page = await parley.rest.get<Page<Member>>(`rooms/${room}/members/`, { page_size: 200 });
  members.value = new Map(members.value).set(room, page.results);
}

export function forgetMembers(room: Pk): void {
  const next = new Map(members.value);
  next.delete(room);
  members.value = next;
}

/** Follows `member.*` events, for the list and for the caller's own membership. */
export function memberChanged(room: Pk, event: LogEvent): void {
  const change = event.data as MemberChange;
  const { user, role, muted_until } = change;
  // Counting along would go wrong when events are read again after a cut: ask.
  if (event.event !== "member.updated") refreshRoom(room);
  if (event.event === "member.updated" && isMe(user)) patchMembership(room, { role, muted_until });
  const list = members.value.get(room);
  if (!list) return;
  const rest = list.filter((member) => member.user.pk !== user.pk);
  const old = list.find((member) => member.user.pk === user.pk);
  if (event.event !== "member.left") {
    const joined_at = old?.joined_at ?? new Date().toISOString();
    rest.push({ user, role, muted_until, joined_at, online: old?.online ?? false });
  }
  members.value = new Map(members.value).set(room, rest);
}

// Moderation: each answers with the event that changes the list.

const path = (room: Pk, user: Pk) => `rooms/${room}/members/${user}/`;

export const setRole = (room: Pk, user: Pk, role: Member["role"]) =>
  parley.rest.patch(path(room, user), { role });

export const mute = (room: Pk, user: Pk, minutes: number | null) =>
  parley.rest.patch(path(room, user), {
    muted_until: minutes === null ? null : new Date(Date.now() + minutes * 60_000).toISOString(),
  });

export const kick = (room: Pk, user: Pk) => parley.rest.delete(path(room, user));

export const ban = (room: Pk, user: Pk) => parley.rest.delete(`${path(room, user)}?ban=true`);

export const addMember = (room: Pk, username: string) =>
  parley.rest.post(`rooms/${room}/members/`, { username });
