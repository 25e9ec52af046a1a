import { describe, expect, test } from "vitest";
import { Timeline } from "../src/client/timeline";
import type { LogEvent, Message } from "../src/client/types";
import { FakeServer } from "./fake-server";

function message(seq: number, changes: Partial<Message> = {}): Message {
  return { ...new FakeServer().append(`text ${seq}`), pk: 1000 + seq, seq, ...changes };
}

const history = (results: Message[], head_seq: number, has_after = false) => ({
  results,
  head_seq,
  epoch: "e1",
  has_before: false,
  has_after,
});

const event = (seq: number, name: string, data: Message) =>
  ({ room: 1, seq, event: name, data }) as LogEvent;

describe("messages that come in any order", () => {
  test("stand in order of seq, once each", () => {
    const timeline = new Timeline();
    timeline.reset(history([message(1)], 1));

    timeline.settle(message(4));
    timeline.apply(event(2, "message.created", message(2)));
    timeline.apply(event(4, "message.created", message(4)));
    timeline.addOlder(history([message(1), message(2)], 4));

    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1, 2, 4]);
  });

  test("an event older than the fetched state changes nothing", () => {
    const timeline = new Timeline();
    timeline.reset(history([message(1, { text: "third", version: 3 })], 3));

    const changed = timeline.apply(
      event(2, "message.updated", message(1, { text: "second", version: 2 })),
    );

    expect(changed).toBe(false);
    expect(timeline.messages[0]!.text).toBe("third");
  });

  test("a deleted message does not come back by a late reply", () => {
    const timeline = new Timeline();
    timeline.reset(history([message(1)], 1));
    timeline.apply(event(2, "message.deleted", message(1, { text: "", deleted_at: "2026-11-20" })));

    timeline.settle(message(1, { text: "edited", version: 1 }));

    expect(timeline.messages[0]!.text).toBe("");
  });
});

describe("a window in the past", () => {
  test("does not take new messages, but knows that there are some", () => {
    const timeline = new Timeline();
    timeline.reset(history([message(1)], 90, true));

    timeline.apply(event(91, "message.created", message(91)));

    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1]);
    expect(timeline.head).toBe(91);
  });

  test("still shows edits of what is in it", () => {
    const timeline = new Timeline();
    timeline.reset(history([message(1)], 90, true));

    timeline.apply(event(91, "message.updated", message(1, { text: "new", version: 2 })));

    expect(timeline.messages[0]!.text).toBe("new");
  });
});

test("the array is a new one after each change", () => {
  const timeline = new Timeline();
  timeline.reset(history([message(1)], 1));
  const before = timeline.messages;

  timeline.apply(event(2, "message.created", message(2)));

  expect(timeline.messages).not.toBe(before);
});
