import { describe, expect, test } from "vitest";
import { pieces } from "../src/lib/text";

const kinds = (text: string) => pieces(text).map(({ kind, text: part }) => `${kind}:${part}`);

describe("a message's text", () => {
  test("loses nothing that is no markup", () => {
    const text = 'a <b>bold</b> & "quoted"\nsecond line';

    expect(kinds(text)).toEqual([`text:${text}`]);
  });

  test("has links of http and https only", () => {
    expect(kinds("see https://a.example/x?y=1#z")).toEqual([
      "text:see ",
      "link:https://a.example/x?y=1#z",
    ]);
    expect(kinds("javascript:alert(1) data:text/html,x")).toEqual([
      "text:javascript:alert(1) data:text/html,x",
    ]);
  });

  test("does not take what follows a link for a part of it", () => {
    expect(kinds("(https://a.example/b_(c)), https://d.example.")).toEqual([
      "text:(",
      "link:https://a.example/b_(c)",
      "text:), ",
      "link:https://d.example",
      "text:.",
    ]);
  });

  test("has code, in which nothing else is looked for", () => {
    expect(kinds("`@x` ```js\nhttps://a.example\n```")).toEqual([
      "code:@x",
      "text: ",
      "block:https://a.example",
    ]);
  });

  test("has mentions, but an e-mail address is none", () => {
    expect(kinds("@zoë, a@b.example")).toEqual(["mention:zoë", "text:, a@b.example"]);
  });
});
