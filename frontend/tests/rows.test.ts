import { describe, expect, test } from "vitest";
import type { Draft, Message } from "../src/client";
import { rowsOf } from "../src/lib/rows";
import { alice, bob, FakeServer } from "./fake-server";

function message(seq: number, minute: number, changes: Partial<Message> = {}): Message {
  const created_at = new Date(2026, 10, 20, 9, minute).toISOString();
  return { ...new FakeServer().append(`${seq}`), pk: seq, seq, created_at, ...changes };
}

function draw(messages: Message[], more: Partial<Parameters<typeof rowsOf>[0]> = {}): string[] {
  const input = {
    messages,
    drafts: [],
    vanishing: new Set<number>(),
    unreadAfter: null,
    me: alice.pk,
  };
  return rowsOf({ ...input, ...more }).map((row) => {
    if (row.kind === "message") return `${row.message.text}${row.grouped ? " grouped" : ""}`;
    return row.kind === "draft" ? `draft ${row.draft.text}` : row.kind;
  });
}

describe("the rows of the log", () => {
  test("what one person writes in a row stands together, for five minutes", () => {
    expect(
      draw([message(1, 0), message(2, 1), message(3, 20), message(4, 21, { user: alice })]),
    ).toEqual(["day", "1", "2 grouped", "3", "4"]);
  });

  test("each day begins with a line", () => {
    expect(draw([message(1, 0), message(2, 24 * 60)])).toEqual(["day", "1", "day", "2"]);
  });

  test("the line of new messages stands before the first that others wrote", () => {
    const messages = [message(1, 0), message(2, 1, { user: alice }), message(3, 2, { user: bob })];

    expect(draw(messages, { unreadAfter: 1 })).toEqual(["day", "1", "2", "new", "3"]);
  });

  test("a message that is about to be deleted is not drawn", () => {
    expect(draw([message(1, 0), message(2, 1)], { vanishing: new Set([1]) })).toEqual(["day", "2"]);
  });

  test("a draft whose message is there already is not drawn twice", () => {
    const draft = {
      client_id: "c1",
      text: "1",
      reply_to: null,
      created_at: message(1, 0).created_at,
    };

    expect(draw([message(1, 0, { client_id: "c1" })], { drafts: [draft as Draft] })).toEqual([
      "day",
      "1",
    ]);
  });
});
