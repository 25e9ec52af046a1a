import { vi } from "vitest";
import { createParley, type Parley } from "../src/client";
import { memoryStore, type Store } from "../src/client/storage";
import type { Lock } from "../src/client/tokens";
import { FakeServer } from "./fake-server";

/** What navigator.locks does, for clients that stand for tabs. */
export function tabLock(): Lock {
  const tails = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const result = (tails.get(name) ?? Promise.resolve()).then(work, work);
    const settled = result.catch(() => undefined);
    tails.set(name, settled);
    return result;
  };
}

export interface World {
  server: FakeServer;
  store: Store;
  client: Parley;
  /** Another client over the same storage: a reload, or a second tab. */
  again(): Parley;
}

export function makeWorld(): World {
  const server = new FakeServer();
  const store = memoryStore();
  const lock = tabLock();
  const again = () =>
    createParley({
      origin: "http://chat.test",
      store,
      lock,
      fetch: server.fetch,
      WebSocket: server.WebSocket,
    });
  return { server, store, client: again(), again };
}

export async function signedIn(): Promise<World> {
  const world = makeWorld();
  const login = world.client.tokens.login("alice", "secret");
  await tick();
  await login;
  world.client.outbox.open(1);
  return world;
}

export async function connected(): Promise<World> {
  const world = await signedIn();
  world.client.connection.start();
  await tick();
  return world;
}

/** Lets timers and promises run; nothing in these tests waits for the real clock. */
export const tick = (ms = 50) => vi.advanceTimersByTimeAsync(ms);
