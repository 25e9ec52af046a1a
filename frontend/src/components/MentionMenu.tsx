import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Room, User } from "../client";
import { foldName } from "../lib/format";
import { loadMembers, members } from "../stores/members";
import { isMe } from "../stores/session";
import { Avatar, nameOf } from "./Avatar";

interface Options {
  room: Room;
  box: RefObject<HTMLTextAreaElement | null>;
  text: string;
  setText: (text: string) => void;
}

const AT_WORD = /(?:^|[\s(])@([\p{L}\p{N}\p{M}_.+-]*)$/u;

/** Completes "@na" to a member's username: arrows choose, Enter or Tab take, Escape closes. */
export function useMentions({ room, box, text, setText }: Options) {
  const [word, setWord] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const caret = useRef<number | null>(null);

  // Where the caret belongs after a completion, once the new text is in the box.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    box.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [text]);

  useEffect(() => {
    const caret = box.current?.selectionStart ?? 0;
    const found =
      document.activeElement === box.current ? AT_WORD.exec(text.slice(0, caret)) : null;
    setWord(found ? found[1]! : null);
    setAt(0);
    if (found) loadMembers(room.pk).catch(() => undefined);
  }, [text]);

  const options =
    word === null
      ? []
      : (members.value.get(room.pk) ?? [])
          .map(({ user }) => user)
          .filter((user) => !isMe(user) && begins(user, foldName(word)))
          .slice(0, 6);

  function take(user: User): void {
    const end = box.current!.selectionStart;
    const start = end - word!.length;
    const before = `${text.slice(0, start)}${user.username} `;
    setText(before + text.slice(end));
    setWord(null);
    caret.current = before.length;
  }

  function onKeyDown(event: KeyboardEvent): boolean {
    if (options.length === 0) return false;
    // Nothing is left to complete: Enter sends.
    if (event.key === "Enter" && foldName(options[at]!.username) === foldName(word!)) return false;
    if (event.key === "ArrowDown") setAt((at + 1) % options.length);
    else if (event.key === "ArrowUp") setAt((at - 1 + options.length) % options.length);
    else if (event.key === "Enter" || event.key === "Tab") take(options[at]!);
    else if (event.key === "Escape") setWord(null);
    else return false;
    event.preventDefault();
    return true;
  }

  const shown = options.length > 0;
  return {
    options,
    at,
    take,
    onKeyDown,
    close: () => setWord(null),
    aria: {
      "aria-autocomplete": "list" as const,
      "aria-controls": shown ? "mentions" : undefined,
      "aria-activedescendant": shown ? `mention-${options[at]?.pk}` : undefined,
    },
  };
}

function begins(user: User, word: string): boolean {
  return foldName(user.username).startsWith(word) || foldName(nameOf(user)).startsWith(word);
}

export function MentionMenu({ options, at, take }: ReturnType<typeof useMentions>) {
  if (options.length === 0) return null;
  return (
    <ul class="mentions" id="mentions" role="listbox" aria-label="People to mention">
      {options.map((user, index) => (
        <li
          key={user.pk}
          id={`mention-${user.pk}`}
          role="option"
          aria-selected={index === at}
          // Before the text box loses the focus, which would close the menu.
          onMouseDown={(event) => {
            event.preventDefault();
            take(user);
          }}
        >
          <Avatar user={user} /> {nameOf(user)} <span class="muted">@{user.username}</span>
        </li>
      ))}
    </ul>
  );
}
