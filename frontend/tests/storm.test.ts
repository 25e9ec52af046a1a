import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connected, tick } from "./setup";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A small generator with a seed, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return seed / 2 ** 32;
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "cuts, lost replies, lost and doubled events: all is there once (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    const { server, client } = await connected();
    server.replayLimit = 5;
    const session = client.room(1);
    const seen: number[] = [];
    session.feed.on("event", (event) => seen.push(event.seq));
    session.open();
    await tick();
    const written: string[] = [];

    for (let step = 0; step < 150; step += 1) {
      const dice = random();
      if (dice < 0.3) {
        written.push(`alice ${step}`);
        session.send(`alice ${step}`);
      } else if (dice < 0.6) {
        written.push(`bob ${step}`);
        server.append(`bob ${step}`);
      } else if (dice < 0.7) {
        server.cut();
      } else if (dice < 0.8) {
        // Stored, but the sender's connection ends before the reply.
        server.overrides.set("create_message", (payload) => {
          server.overrides.clear();
          server.post(payload);
          server.cut();
          return null;
        });
      } else if (dice < 0.9 && server.subscriptions.length && server.log.length) {
        const old = server.log[Math.floor(random() * server.log.length)]!;
        server.deliver(server.subscriptions[0]!, old);
      } else {
        const away = server.subscriptions.splice(0);
        written.push(`unheard ${step}`);
        server.append(`unheard ${step}`);
        server.subscriptions.push(...away);
      }
      await tick(random() * 1_500);
    }
    server.overrides.clear();
    await tick(60_000);
    server.socket.deliver({ action: "heartbeat", data: { heads: { 1: server.head } } });
    await tick(10_000);

    const stored = server.messages.map((message) => message.text);
    expect([...stored].sort()).toEqual([...written].sort());
    expect(seen).toEqual(Array.from({ length: server.head }, (_, index) => index + 1));
    expect(session.timeline.messages.map((message) => message.text)).toEqual(stored);
    expect(session.drafts).toEqual([]);
  },
);
