import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { refuse } from "./fake-server";
import { connected, signedIn, tick, type World } from "./setup";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function opened(world?: World) {
  world ??= await connected();
  const session = world.client.room(1);
  session.open();
  await tick();
  const shown = () => [
    ...session.timeline.messages.map((message) => message.text),
    ...session.drafts.map((draft) => `${draft.text} (${draft.state})`),
  ];
  return { ...world, session, shown };
}

describe("an optimistic message settles exactly once", () => {
  test("when the own event comes before the reply", async () => {
    const { server, session, shown } = await opened();
    server.overrides.set("create_message", (payload) => {
      server.post(payload);
      return null;
    });
    session.send("hi");
    expect(shown()).toEqual(["hi"]);

    const [sent] = server.sent("create_message");
    server.reply(server.socket, sent!, { response_status: 201, data: server.messages[0] });
    await tick();

    expect(shown()).toEqual(["hi"]);
  });

  test("when the reply comes before the own event", async () => {
    const { server, session, shown } = await opened();
    const [subscription] = server.subscriptions.splice(0);
    session.send("hi");
    await tick();
    expect(shown()).toEqual(["hi"]);

    server.deliver(subscription!, server.log[0]!);

    expect(shown()).toEqual(["hi"]);
  });

  test("when the reply is lost and it is sent again", async () => {
    const { server, session, shown } = await opened();
    server.overrides.set("create_message", (payload) => {
      server.subscriptions = [];
      server.post(payload);
      server.overrides.delete("create_message");
      server.cut();
      return null;
    });
    session.send("hi");
    expect(shown()).toEqual(["hi (sending)"]);

    await tick(5_000);

    expect(shown()).toEqual(["hi"]);
    expect(server.messages).toHaveLength(1);
  });
});

describe("without a connection", () => {
  test("messages wait, and go out in the order of writing", async () => {
    const { server, session, shown } = await opened();
    server.cut();
    for (const text of ["one", "two", "three"]) session.send(text);
    expect(shown()).toEqual(["one (sending)", "two (sending)", "three (sending)"]);

    await tick(5_000);

    expect(server.messages.map((message) => message.text)).toEqual(["one", "two", "three"]);
    expect(shown()).toEqual(["one", "two", "three"]);
  });

  test("they survive a reload", async () => {
    const world = await signedIn();
    world.client.outbox.send(1, "written offline");

    const reloaded = world.again();
    reloaded.outbox.open(1);
    reloaded.connection.start();
    await tick();

    expect(world.server.messages.map((message) => message.text)).toEqual(["written offline"]);
    expect(world.store.keys("parley:outbox:")).toEqual([]);
  });

  test("two tabs that send the same entry make one message", async () => {
    const world = await signedIn();
    world.client.outbox.send(1, "hi");
    const other = world.again();
    other.outbox.open(1);

    world.client.connection.start();
    other.connection.start();
    await tick();

    expect(world.server.messages).toHaveLength(1);
    expect(world.client.outbox.size + other.outbox.size).toBe(0);
  });

  test("another person's outbox is left alone", async () => {
    const world = await signedIn();
    world.client.outbox.send(1, "alice's");

    const reloaded = world.again();
    reloaded.outbox.open(2);
    reloaded.connection.start();
    await tick();

    expect(world.server.messages).toEqual([]);
  });
});

describe("a refusal", () => {
  test("marks the message as failed, keeps it, and a retry sends the same one", async () => {
    const { server, session, shown, client } = await opened();
    server.overrides.set("create_message", () => refuse(403, "muted"));
    session.send("hi");
    await tick();
    expect(shown()).toEqual(["hi (failed)"]);
    expect(session.drafts[0]).toMatchObject({ error: "muted" });

    server.overrides.clear();
    client.outbox.retry(session.drafts[0]!.client_id);
    await tick();

    expect(shown()).toEqual(["hi"]);
    const ids = server.sent("create_message").map((frame) => frame.client_id);
    expect(new Set(ids).size).toBe(1);
  });

  test("that may pass is waited for", async () => {
    const { server, session, shown } = await opened();
    server.overrides.set("create_message", () => {
      server.overrides.clear();
      return refuse(429, "rate_limited", { retry_after_ms: 3_000 });
    });
    session.send("hi");

    await tick(2_900);
    expect(shown()).toEqual(["hi (sending)"]);
    await tick(200);

    expect(shown()).toEqual(["hi"]);
  });

  test("that does not pass fails the message in the end, but a cut is no refusal", async () => {
    const { server, session, shown } = await opened();
    server.overrides.set("create_message", () => refuse(503, "unavailable"));
    session.send("hi");
    await tick(200_000);
    expect(shown()).toEqual(["hi (failed)"]);

    let tries = 0;
    server.overrides.set("create_message", () => {
      if ((tries += 1) <= 5) return refuse(503, "unavailable");
      server.accept = false;
      server.cut();
      return null;
    });
    session.send("ho");
    await tick(200_000);

    expect(shown()).toEqual(["hi (failed)", "ho (sending)"]);
  });

  test("of one message does not hold up the next", async () => {
    const { server, session, shown } = await opened();
    server.overrides.set("create_message", () => {
      server.overrides.clear();
      return refuse(400, "invalid");
    });

    session.send("bad");
    session.send("good");
    await tick();

    expect(shown()).toEqual(["good", "bad (failed)"]);
  });

  test("a failed message can be thrown away", async () => {
    const { server, session, shown, client, store } = await opened();
    server.overrides.set("create_message", () => refuse(400, "invalid"));
    session.send("bad");
    await tick();

    client.outbox.discard(session.drafts[0]!.client_id);

    expect(shown()).toEqual([]);
    expect(store.keys("parley:outbox:")).toEqual([]);
  });
});
