import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LogEvent } from "../src/client";
import { refuse } from "./fake-server";
import { connected, tick, type World } from "./setup";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function opened(world?: World) {
  world ??= await connected();
  const session = world.client.room(1);
  const seen: number[] = [];
  session.feed.on("event", (event: LogEvent) => seen.push(event.seq));
  session.open();
  await tick();
  return { ...world, session, seen };
}

const texts = (session: { timeline: { messages: { text: string }[] } }) =>
  session.timeline.messages.map((message) => message.text);

describe("following a room", () => {
  test("history first, then events from its head on", async () => {
    const world = await connected();
    world.server.append("before");
    const { server, session, seen } = await opened(world);

    server.append("after");

    expect(texts(session)).toEqual(["before", "after"]);
    expect(seen).toEqual([2]);
    expect(server.sent("subscribe_to_messages_in_room")[0]).toMatchObject({
      after_seq: 1,
      epoch: "e1",
    });
  });

  test("an event that comes twice is handed on once", async () => {
    const { server, session, seen } = await opened();
    server.append("one");

    server.deliver(server.subscriptions[0]!, server.log[0]!);

    expect(seen).toEqual([1]);
    expect(texts(session)).toEqual(["one"]);
  });

  test("a gap is read over REST, and what came after it waits", async () => {
    const { server, session, seen } = await opened();
    const [subscription] = server.subscriptions.splice(0);
    server.append("one");
    server.append("two");
    server.subscriptions.push(subscription!);
    server.append("three");

    await tick();

    expect(seen).toEqual([1, 2, 3]);
    expect(texts(session)).toEqual(["one", "two", "three"]);
  });
});

describe("after a cut", () => {
  test("resumes after the last event it processed", async () => {
    const { server, seen } = await opened();
    server.append("one");
    server.cut();
    server.append("two");

    await tick(5_000);
    server.append("three");

    expect(seen).toEqual([1, 2, 3]);
    expect(server.sent("subscribe_to_messages_in_room")[1]).toMatchObject({ after_seq: 1 });
  });

  test("when too much was missed, reads the gap over REST while live events wait", async () => {
    const { server, seen } = await opened();
    server.replayLimit = 2;
    server.cut();
    for (let n = 1; n <= 5; n += 1) server.append(`missed ${n}`);

    await tick(5_000);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    server.append("live");
    await tick();

    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(server.calls.filter((call) => call.includes("/events/"))).toHaveLength(1);
  });

  test("a foreign epoch makes it fetch the room anew", async () => {
    const { server, session } = await opened();
    server.append("old world");
    server.cut();
    server.epoch = "e2";
    server.log = [];
    server.append("new world");

    await tick(10_000);
    server.append("goes on");

    expect(texts(session)).toEqual(["new world", "goes on"]);
  });

  test("events of the subscription before are not taken", async () => {
    const { server, seen } = await opened();
    const old = server.subscriptions[0]!;
    server.cut();
    await tick(5_000);
    server.append("one");

    server.deliver(
      { socket: server.socket, requestId: old.requestId },
      { ...server.log[0]!, seq: 2 },
    );

    expect(seen).toEqual([1]);
  });
});

describe("loss without a sign", () => {
  test("a heartbeat that names a later head makes it read what is missing", async () => {
    const { server, seen } = await opened();
    server.subscriptions = [];
    server.append("lost on the way");

    server.socket.deliver({ action: "heartbeat", data: { heads: { 1: 1 } } });
    await tick(2_500);

    expect(seen).toEqual([1]);
  });
});

describe("the end", () => {
  test("the server ends the subscription: nothing more is taken", async () => {
    const { server, session, seen } = await opened();
    const ended = vi.fn();
    session.on("ended", ended);
    const { requestId } = server.subscriptions[0]!;
    server.socket.deliver({
      stream: "room",
      payload: {
        request_id: requestId,
        action: "subscription.ended",
        room: 1,
        data: { reason: "kicked" },
      },
    });

    server.append("secret");

    expect(ended).toHaveBeenCalledWith("kicked");
    expect(seen).toEqual([]);
  });

  test("a refused subscription is not tried again", async () => {
    const world = await connected();
    world.server.overrides.set("subscribe_to_messages_in_room", () => refuse(403, "banned"));
    const { server, session } = await opened(world);
    const ended = vi.fn();
    session.on("ended", ended);

    await tick(60_000);

    expect(server.sent("subscribe_to_messages_in_room")).toHaveLength(1);
  });
});
