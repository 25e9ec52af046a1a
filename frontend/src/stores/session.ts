import { signal } from "@preact/signals";
import type { User } from "../client";
import { readJson } from "../client/storage";
import { parley } from "../parley";
import { go, route } from "./router";

const KEY = "parley:me";

export type Phase = "out" | "in";

export const me = signal<User | null>(null);
export const phase = signal<Phase>("out");
/** Why the sign-in page is shown, when it was not asked for. */
export const signOutReason = signal<string | null>(null);

export function isMe(user: { pk: number } | null | undefined): boolean {
  return !!user && user.pk === me.value?.pk;
}

/** Goes on with the login that this browser holds, if it holds one. */
export function resumeSession(): void {
  parley.tokens.on("signedOut", (why) => leave(why === "refused" ? "Please sign in again." : null));
  parley.connection.on("hello", ({ user }) => remember(user));
  if (parley.tokens.signedIn) enter();
}

export async function signIn(username: string, password: string): Promise<void> {
  await parley.tokens.login(username, password);
  enter();
  if (route.value.page === "sign-in" || route.value.page === "register") go("/", { replace: true });
}

export async function register(fields: {
  username: string;
  password: string;
  display_name?: string;
}): Promise<void> {
  await parley.tokens.register(fields);
  await signIn(fields.username, fields.password);
}

export async function signOut(): Promise<void> {
  parley.outbox.clear();
  await parley.tokens.logout();
}

function enter(): void {
  signOutReason.value = null;
  const known = readJson<User>(parley.store, KEY);
  if (known) remember(known);
  phase.value = "in";
  parley.connection.start();
}

function remember(user: User): void {
  const changed = me.value?.pk !== user.pk;
  me.value = user;
  parley.store.set(KEY, JSON.stringify(user));
  if (changed) parley.outbox.open(user.pk);
}

function leave(reason: string | null): void {
  parley.store.remove(KEY);
  if (phase.value !== "in") return;
  signOutReason.value = reason;
  me.value = null;
  phase.value = "out";
}
