import type { Room } from "../client";
import { briefTime } from "../lib/format";
import { peers, titleOf } from "../stores/rooms";
import { current } from "../stores/room";
import { directPath, roomPath } from "../stores/router";
import { isMe } from "../stores/session";
import { Avatar, nameOf } from "./Avatar";
import { Icon } from "./Icon";

const KINDS = { public: "public", private: "private", direct: "direct message" };

export function RoomItem({ room }: { room: Room }) {
  const peer = peers.value.get(room.pk);
  const title = titleOf(room);
  const { unread_count: unread = 0, mention_count: mentions = 0 } = room.membership ?? {};
  const href = room.name !== null ? roomPath(room.name) : peer ? directPath(peer.username) : "/";
  const online = room.kind === "direct" ? room.online_count > 1 : undefined;

  return (
    <li>
      <a
        class="room-item"
        href={href}
        aria-current={current.value?.pk === room.pk ? "page" : undefined}
        data-unread={unread > 0}
      >
        {peer ? <Avatar user={peer} online={online} /> : <RoomMark room={room} />}
        <span class="room-lines">
          <span class="room-title clip">{title}</span>
          <span class="visually-hidden">({KINDS[room.kind]})</span>
          <span class="room-last clip muted" aria-hidden="true">
            {lastLine(room)}
          </span>
        </span>
        <span class="room-side">
          <span class="muted" aria-hidden="true">
            {room.last_message && briefTime(room.last_message.created_at)}
          </span>
          {unread > 0 ? (
            <span class="badge" data-strong={mentions > 0 || room.kind === "direct"}>
              {mentions > 0 && <span aria-hidden="true">@</span>}
              {unread > 99 ? "99+" : unread}
              <span class="visually-hidden">
                {mentions > 0 ? ` unread, ${mentions} to you` : " unread"}
              </span>
            </span>
          ) : (
            room.kind !== "direct" &&
            room.online_count > 0 && (
              <span class="online-count muted">
                <span class="presence-dot" data-online="true" aria-hidden="true" />
                {room.online_count}
                <span class="visually-hidden"> online</span>
              </span>
            )
          )}
        </span>
      </a>
    </li>
  );
}

export function RoomMark({ room }: { room: Room }) {
  return (
    <span class="avatar room-mark" aria-hidden="true">
      {room.kind === "private" ? <Icon name="lock" /> : "#"}
    </span>
  );
}

function lastLine(room: Room): string {
  const last = room.last_message;
  if (!last) return room.topic || "No messages yet";
  if (last.deleted_at) return "Message deleted";
  const who = isMe(last.user) ? "You" : room.kind === "direct" ? null : nameOf(last.user);
  return who ? `${who}: ${last.text}` : last.text;
}
