import type { Room } from "../client";
import { titleOf } from "../stores/rooms";
import type { OpenRoom } from "../stores/room";
import { peers } from "../stores/rooms";
import { panel, togglePanel } from "../stores/ui";
import { Avatar } from "./Avatar";
import { Icon, IconButton } from "./Icon";
import { RoomMark } from "./RoomItem";

export function RoomHeader({ room, open }: { room: Room; open: OpenRoom }) {
  const peer = peers.value.get(room.pk);
  const here = Math.max(open.here.value.length, room.online_count);
  const others = room.kind === "direct";
  return (
    <header class="room-header">
      <a class="icon-button narrow-only" href="/" aria-label="Back to the list">
        <Icon name="back" />
      </a>
      {peer ? <Avatar user={peer} online={room.online_count > 1} /> : <RoomMark room={room} />}
      <div class="room-heading">
        <h1 class="clip">{titleOf(room)}</h1>
        <p class="clip muted">
          {others ? (peer ? `@${peer.username}` : "") : room.topic || countText(room, here)}
        </p>
      </div>
      {!others && (
        <button
          type="button"
          class="people-button"
          aria-label={`People: ${here} here, ${room.member_count} members`}
          aria-expanded={panel.value === "members"}
          title={countText(room, here)}
          onClick={() => togglePanel("members")}
        >
          <Icon name="people" />
          <span class="presence-dot" data-online={here > 0} aria-hidden="true" />
          {here}
        </button>
      )}
      <IconButton
        icon="search"
        label="Find in messages"
        expanded={panel.value === "search"}
        onClick={() => togglePanel("search")}
      />
      {!others && (
        <IconButton
          icon="info"
          label="About this room"
          expanded={panel.value === "room"}
          onClick={() => togglePanel("room")}
        />
      )}
    </header>
  );
}

function countText(room: Room, here: number): string {
  const members = `${room.member_count} ${room.member_count === 1 ? "member" : "members"}`;
  return here ? `${here} here now, ${members}` : members;
}
