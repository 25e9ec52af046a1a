import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ConnectionState } from "../src/client";
import { backoffMs } from "../src/client/backoff";
import { refuse } from "./fake-server";
import { connected, signedIn, tick } from "./setup";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("connecting", () => {
  test("is live after hello, not before", async () => {
    const { client, server } = await signedIn();
    server.greet = false;
    client.connection.start();
    await tick();
    expect(client.connection.state.kind).toBe("connecting");

    server.hello(server.socket);

    expect(client.connection.state.kind).toBe("live");
  });

  test("each connection carries a fresh token", async () => {
    const { server } = await connected();

    await tick(290_000);
    server.cut();
    await tick(5_000);

    expect(server.urls).toHaveLength(2);
    expect(server.urls[1]).not.toBe(server.urls[0]);
    expect(server.urls[1]).toMatch(/^ws:\/\/chat\.test\/ws\/chat\/room\/\?token=h/);
  });

  test("a renewal that fails for want of a network is tried again", async () => {
    const { client, server } = await connected();
    server.reachable = false;
    client.tokens.invalidate();
    server.cut();
    await tick(20_000);
    expect(client.connection.state.kind).toBe("reconnecting");

    server.reachable = true;
    await tick(40_000);

    expect(client.connection.state.kind).toBe("live");
  });
});

describe("losing the connection", () => {
  test("counts down to the next try, and can be told to try now", async () => {
    const { client, server } = await connected();
    server.accept = false;
    server.cut();
    await tick(20_000);
    const state = client.connection.state as Extract<ConnectionState, { kind: "reconnecting" }>;
    expect(state.kind).toBe("reconnecting");
    expect(state.retryAt).toBeGreaterThan(Date.now());

    server.accept = true;
    client.connection.retryNow();
    await tick();

    expect(client.connection.state.kind).toBe("live");
  });

  test("requests under way are refused at once", async () => {
    const { client, server } = await connected();
    server.overrides.set("ping", () => null);
    const request = client.connection.request("ping").catch((error: Error) => error);

    server.cut();

    expect(await request).toMatchObject({ code: "lost", temporary: true });
  });

  test("a silent line is probed and given up", async () => {
    const { client, server } = await connected();
    server.overrides.set("ping", () => null);

    await tick(36_000);
    expect(server.sockets).toHaveLength(1);
    await tick(15_000);

    expect(server.sockets.length).toBeGreaterThan(1);
    expect(client.connection.state.kind).toBe("live");
  });
});

describe("bye", () => {
  test("1012 is followed by a return after the time that the server named", async () => {
    const { server } = await connected();
    server.bye({ code: 1012, reason: "restart", reconnect: true, retry_after_ms: 7_000 });

    await tick(6_900);
    expect(server.sockets).toHaveLength(1);
    await tick(200);

    expect(server.sockets).toHaveLength(2);
  });

  test("4401 brings a new token, at once when the old one had served a while", async () => {
    const { client, server } = await connected();
    await tick(10_000);

    server.bye({ code: 4401, reason: "expired", reconnect: true, retry_after_ms: null });
    await tick(60);

    expect(server.refreshes).toHaveLength(1);
    expect(client.connection.state.kind).toBe("live");
  });

  test("4403 ends it", async () => {
    const { client, server } = await connected();

    server.bye({ code: 4403, reason: "deactivated", reconnect: false, retry_after_ms: null });
    await tick(120_000);

    expect(client.connection.state).toMatchObject({ kind: "stopped", code: 4403 });
    expect(server.sockets).toHaveLength(1);
  });

  test("4401 with a refresh token that is dead signs out", async () => {
    const { client, server } = await connected();
    server.validRefresh = "revoked";

    server.bye({ code: 4401, reason: "revoked", reconnect: false, retry_after_ms: null });
    await tick(20_000);

    expect(client.connection.state.kind).toBe("idle");
    expect(client.tokens.signedIn).toBe(false);
  });
});

describe("requests", () => {
  test("one that is not answered times out", async () => {
    const { client, server } = await connected();
    server.overrides.set("history", () => null);
    const request = client.connection.request("history").catch((error: Error) => error);

    await tick(10_000);

    expect(await request).toMatchObject({ code: "timeout" });
  });

  test("an unknown action is remembered", async () => {
    const { client } = await connected();
    expect(client.connection.supports("add_reaction")).toBe(true);

    await client.connection.request("add_reaction").catch(() => undefined);

    expect(client.connection.supports("add_reaction")).toBe(false);
  });

  test("an error keeps its code and when to come back", async () => {
    const { client, server } = await connected();
    server.overrides.set("typing", () => refuse(429, "rate_limited", { retry_after_ms: 500 }));

    const error = await client.connection.request("typing").catch((one: Error) => one);

    expect(error).toMatchObject({ status: 429, code: "rate_limited", retryAfterMs: 500 });
  });
});

test("the open socket is given a fresh token a minute before its own ends", async () => {
  const { server } = await connected();
  server.overrides.set("authenticate", () => ({
    data: { token_expires_at: new Date(Date.now() + 300_000).toISOString() },
  }));

  await tick(239_000);
  expect(server.sent("authenticate")).toHaveLength(0);
  await tick(2_000);

  expect(server.sent("authenticate")).toHaveLength(1);
  expect(server.sockets).toHaveLength(1);
  await tick(241_000);
  expect(server.sent("authenticate")).toHaveLength(2);
});

test("a server that warns at once is not answered with renewal after renewal", async () => {
  const { server } = await connected();
  const warn = () => server.socket.deliver({ action: "token_expiring", data: { expires_in: 6 } });
  server.overrides.set("authenticate", () => {
    setTimeout(warn, 1);
    return { data: { token_expires_at: new Date(Date.now() + 300_000).toISOString() } };
  });

  await tick(260_000);

  expect(server.sent("authenticate")).toHaveLength(1);
});

test("back-off grows, stays under its ceiling, and is spread", () => {
  const at = (attempt: number, random: number) => backoffMs(attempt, () => random);

  expect(at(0, 0)).toBe(100);
  expect(at(0, 1)).toBe(1_000);
  expect(at(2, 0)).toBe(2_000);
  expect(at(2, 1)).toBe(4_000);
  expect(at(20, 1)).toBe(30_000);
});
