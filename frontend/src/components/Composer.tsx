import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Room } from "../client";
import { fullTime } from "../lib/format";
import { parley } from "../parley";
import type { OpenRoom } from "../stores/room";
import { titleOf } from "../stores/rooms";
import { isMe, me } from "../stores/session";
import { nameOf } from "./Avatar";
import { Icon, IconButton } from "./Icon";
import { MentionMenu, useMentions } from "./MentionMenu";

const MAX = 4_000;

/** Where one writes: Enter sends, Shift+Enter breaks the line, Arrow Up edits the last message. */
export function Composer({ room, open }: { room: Room; open: OpenRoom }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const draftKey = `parley:draft:${me.value?.pk}:${room.pk}`;
  const [text, setText] = useState(() => parley.store.get(draftKey) ?? "");
  const editing = open.editing.value;
  const replyTo = open.replyTo.value;
  const mutedUntil = room.membership?.muted_until;
  const muted = !!mutedUntil && Date.parse(mutedUntil) > Date.now();
  const mentions = useMentions({ room, box, text, setText });

  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) box.current?.focus();
  }, []);

  // Editing borrows the box; what was being written comes back afterwards.
  const edited = useRef(editing?.pk);
  useLayoutEffect(() => {
    if (edited.current === editing?.pk) return;
    edited.current = editing?.pk;
    setText(editing ? editing.text : (parley.store.get(draftKey) ?? ""));
  }, [editing?.pk]);

  useEffect(() => {
    if (editing || edited.current) return;
    if (text) parley.store.set(draftKey, text);
    else parley.store.remove(draftKey);
  }, [text, editing?.pk]);

  useLayoutEffect(() => {
    const { style } = box.current!;
    style.height = "auto";
    style.height = `${Math.min(box.current!.scrollHeight + 2, innerHeight * 0.4)}px`;
  }, [text]);

  const length = [...text].length;
  const sendable = text.trim() !== "" && length <= MAX && !muted;

  function submit() {
    if (!sendable) return;
    parley.attendance.setTyping(room.pk, false);
    if (editing) void open.saveEdit(text.trim());
    else {
      open.send(text.replace(/\s+$/, ""));
      setText("");
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (mentions.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (editing || replyTo)) {
      event.preventDefault();
      open.editing.value = null;
      open.replyTo.value = null;
    } else if (event.key === "ArrowUp" && text === "" && !editing) {
      // What was sent last may still be on its way: then the one before is not meant.
      if (open.drafts.value.some((draft) => draft.state === "sending")) return;
      const last = open.messages.value.findLast((one) => isMe(one.user) && !one.deleted_at);
      if (!last) return;
      event.preventDefault();
      open.editing.value = last;
    }
  }

  return (
    <form
      class="composer"
      aria-label="Write"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <MentionMenu {...mentions} />
      {(editing || replyTo) && (
        <div class="context">
          <span class="clip">
            {editing
              ? "Editing your message"
              : `Replying to ${nameOf(replyTo!.user)}: ${replyTo!.text}`}
          </span>
          <IconButton
            icon="close"
            label="Cancel"
            onClick={() => {
              open.editing.value = null;
              open.replyTo.value = null;
              box.current?.focus();
            }}
          />
        </div>
      )}
      <div class="write">
        <textarea
          id="composer"
          ref={box}
          rows={1}
          aria-label="Message"
          placeholder={
            muted ? `You are muted until ${fullTime(mutedUntil)}.` : `Message ${titleOf(room)}`
          }
          disabled={muted}
          value={text}
          {...mentions.aria}
          onInput={(event) => {
            setText(event.currentTarget.value);
            if (!editing) parley.attendance.setTyping(room.pk, event.currentTarget.value !== "");
          }}
          onKeyDown={onKeyDown}
          onBlur={mentions.close}
        />
        <button
          type="submit"
          class="primary send"
          aria-label="Send"
          title="Send"
          disabled={!sendable}
        >
          <Icon name="send" />
        </button>
      </div>
      {length > MAX - 200 && (
        <p class={length > MAX ? "problem" : "muted"} role="alert">
          {length > MAX ? `${length - MAX} characters too many` : `${MAX - length} characters left`}
        </p>
      )}
    </form>
  );
}
