import { useState } from "preact/hooks";
import type { Message } from "../client";
import { lazy } from "../lib/lazy";
import { supports } from "../stores/connection";
import type { OpenRoom } from "../stores/room";
import { rooms } from "../stores/rooms";
import { isMe } from "../stores/session";
import { IconButton } from "./Icon";

const EmojiPicker = lazy(() => import("./EmojiPicker"));

function allowed(message: Message, open: OpenRoom) {
  const membership = rooms.value.get(open.pk)?.membership;
  const mine = isMe(message.user);
  return {
    write: !!membership,
    edit: !!membership && mine,
    remove: !!membership && (mine || membership.role !== "member"),
  };
}

function focusComposer() {
  document.querySelector<HTMLElement>("#composer")?.focus();
}

function reply(message: Message, open: OpenRoom) {
  open.editing.value = null;
  open.replyTo.value = message;
  focusComposer();
}

function edit(message: Message, open: OpenRoom) {
  open.replyTo.value = null;
  open.editing.value = message;
  focusComposer();
}

/** R, E and Delete on a message that has the focus; Escape goes back to writing. */
export function onMessageKey(event: KeyboardEvent, message: Message, open: OpenRoom): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
    return;
  const may = allowed(message, open);
  if (event.key === "Escape") focusComposer();
  else if (message.deleted_at) return;
  else if (event.key === "r" && may.write) reply(message, open);
  else if (event.key === "e" && may.edit) edit(message, open);
  else if (event.key === "Delete" && may.remove) open.remove(message);
  else return;
  event.preventDefault();
}

export function MessageActions({ message, open }: { message: Message; open: OpenRoom }) {
  const [picking, setPicking] = useState(false);
  const may = allowed(message, open);
  if (!may.write && !may.remove) return null;
  return (
    <div class="actions" data-open={picking}>
      {supports("add_reaction") && may.write && (
        <IconButton
          icon="smile"
          label="React"
          expanded={picking}
          onClick={() => setPicking(!picking)}
        />
      )}
      {may.write && <IconButton icon="reply" label="Reply" onClick={() => reply(message, open)} />}
      {may.edit && <IconButton icon="edit" label="Edit" onClick={() => edit(message, open)} />}
      {may.remove && (
        <IconButton icon="trash" label="Delete" onClick={() => open.remove(message)} />
      )}
      {picking && (
        <EmojiPicker
          onPick={(emoji) => {
            setPicking(false);
            void open.react(message, emoji);
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </div>
  );
}
