import type { Message } from "../client";
import { listNames } from "../lib/format";
import type { OpenRoom } from "../stores/room";
import { isMe } from "../stores/session";
import { nameOf } from "./Avatar";

export function Reactions({ message, open }: { message: Message; open: OpenRoom }) {
  if (!message.reactions?.length) return null;
  return (
    <div class="reactions">
      {message.reactions.map(({ emoji, count, users }) => {
        const mine = users.some((pk) => isMe({ pk }));
        const who = whoReacted(users, open);
        return (
          <button
            key={emoji}
            type="button"
            class="reaction"
            aria-pressed={mine}
            aria-label={`${emoji} ${count}${who ? `, ${who}` : ""}`}
            title={who}
            onClick={() => void open.react(message, emoji)}
          >
            <span aria-hidden="true">{emoji}</span> {count}
          </button>
        );
      })}
    </div>
  );
}

/** Names of those who are known here; the server gives pks only. */
function whoReacted(users: number[], open: OpenRoom): string {
  const names = users.map((pk) => {
    if (isMe({ pk })) return "you";
    const known =
      open.here.value.find((user) => user.pk === pk) ??
      open.messages.value.find((message) => message.user.pk === pk)?.user;
    return known ? nameOf(known) : null;
  });
  return names.includes(null) ? "" : listNames(names as string[]);
}
