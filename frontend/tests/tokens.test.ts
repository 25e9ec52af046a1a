import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeWorld, signedIn, tick } from "./setup";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("login", () => {
  test("only the refresh token goes into storage", async () => {
    const { client, store } = await signedIn();

    const access = await client.tokens.access();

    const stored = store.keys("").map((key) => store.get(key));
    expect(stored.join()).not.toContain(access);
    expect(client.tokens.signedIn).toBe(true);
  });

  test("survives a reload", async () => {
    const { again, server } = await signedIn();

    const access = again().tokens.access();
    await tick();

    expect(await access).toMatch(/^h\./);
    expect(server.refreshes).toHaveLength(1);
  });
});

describe("renewal", () => {
  test("a fresh token is used again, an old one is renewed before it ends", async () => {
    const { client, server } = await signedIn();
    const first = await client.tokens.access();
    expect(await client.tokens.access()).toBe(first);

    await tick(290_000);
    const second = client.tokens.access();
    await tick();

    expect(await second).not.toBe(first);
    expect(server.refreshes).toHaveLength(1);
  });

  test("callers at the same time share one renewal", async () => {
    const { client, server } = await signedIn();

    const tokens = Promise.all([client.tokens.renew(), client.tokens.renew()]);
    await tick();

    const [one, two] = await tokens;
    expect(one).toBe(two);
    expect(server.refreshes).toHaveLength(1);
  });

  test("tabs renew one after the other, each with the token of the one before", async () => {
    const { client, again, server } = await signedIn();
    const other = again();

    const both = Promise.all([client.tokens.renew(), other.tokens.renew()]);
    await tick();
    await both;

    expect(server.refreshes).toHaveLength(2);
    expect(new Set(server.refreshes).size).toBe(2);
    expect(client.tokens.signedIn && other.tokens.signedIn).toBe(true);
  });

  test("without locks the loser of a race goes on with the winner's token", async () => {
    const { client, server, store } = await signedIn();
    const before = store.get("parley:login")!;
    const winner = client.tokens.renew();
    await tick();
    await winner;
    const after = store.get("parley:login")!;
    store.set("parley:login", before);
    const loser = client.tokens.renew();
    store.set("parley:login", before);
    await vi.advanceTimersByTimeAsync(0);
    store.set("parley:login", after);

    await tick();

    expect(await loser).toMatch(/^h\./);
    expect(server.refreshes).toHaveLength(3);
    expect(client.tokens.signedIn).toBe(true);
  });

  test("a refused refresh token signs out and is forgotten", async () => {
    const { client, server, store } = await signedIn();
    const heard = vi.fn();
    client.tokens.on("signedOut", heard);
    server.validRefresh = "revoked";

    const renewal = client.tokens.renew().catch((error: Error) => error);
    await tick();

    expect(await renewal).toMatchObject({ status: 401 });
    expect(heard).toHaveBeenCalledWith("refused");
    expect(store.keys("parley:login")).toEqual([]);
  });

  test("an unreachable server does not sign out", async () => {
    const { client, server } = await signedIn();
    server.reachable = false;

    const renewal = client.tokens.renew().catch((error: Error) => error);
    await tick();

    expect(await renewal).toMatchObject({ status: 0 });
    expect(client.tokens.signedIn).toBe(true);
  });
});

test("signing out in one tab signs out the other", async () => {
  const { client, again } = await signedIn();
  const other = again();
  const heard = vi.fn();
  other.tokens.on("signedOut", heard);

  const logout = client.tokens.logout();
  other.tokens.storageChanged("parley:login");
  await tick();
  await logout;

  expect(heard).toHaveBeenCalledWith("logout");
});

test("nobody is signed in at first", () => {
  expect(makeWorld().client.tokens.signedIn).toBe(false);
});
