import type { Message } from "../client";
import { fullTime, timeOf } from "../lib/format";
import { memo } from "../lib/memo";
import type { OpenRoom } from "../stores/room";
import { isMe } from "../stores/session";
import { Avatar, nameOf } from "./Avatar";
import { MessageActions, onMessageKey } from "./MessageActions";
import { MessageText } from "./MessageText";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";

interface Props {
  message: Message;
  grouped: boolean;
  open: OpenRoom;
}

/** One message. Its key is its pk, and it is drawn again only when the message is another object. */
export const MessageRow = memo<Props>(function MessageRow({ message, grouped, open }) {
  const { user, created_at, edited_at, deleted_at, seq } = message;
  const mine = isMe(user);
  return (
    <article
      class="message"
      data-grouped={grouped}
      data-seq={seq}
      data-state={mine ? "sent" : undefined}
      aria-label={`${nameOf(user)}, ${timeOf(created_at)}`}
      tabIndex={-1}
      onKeyDown={(event) => onMessageKey(event, message, open)}
    >
      {grouped ? (
        <time class="gutter-time" dateTime={created_at} title={fullTime(created_at)}>
          {timeOf(created_at)}
        </time>
      ) : (
        <Avatar user={user} />
      )}
      <div class="body">
        {!grouped && (
          <div class="by">
            <strong>{nameOf(user)}</strong>
            <time dateTime={created_at} title={fullTime(created_at)}>
              {timeOf(created_at)}
            </time>
          </div>
        )}
        {message.reply_to !== null && !deleted_at && <Quote pk={message.reply_to} open={open} />}
        {deleted_at ? (
          <p class="tombstone">Message deleted</p>
        ) : (
          <>
            <MessageText text={message.text} editedAt={edited_at} />
            <Reactions message={message} open={open} />
          </>
        )}
      </div>
      {!deleted_at && <MessageActions message={message} open={open} />}
    </article>
  );
});
