import { useEffect, useRef } from "preact/hooks";
import { explain } from "../lib/errors";
import { foldName } from "../lib/format";
import {
  filter,
  findByName,
  joinRoom,
  lookUp,
  rooms,
  roomsLoaded,
  searchRooms,
  sections,
} from "../stores/rooms";
import { go, roomPath } from "../stores/router";
import { me } from "../stores/session";
import { dialog, newRoomName, notify, panel } from "../stores/ui";
import { Avatar, nameOf } from "./Avatar";
import { IconButton } from "./Icon";
import { RoomItem } from "./RoomItem";

export function RoomList() {
  const { joined, direct, others } = sections.value;
  const groups = [
    { label: "Your rooms", list: joined },
    { label: "Direct messages", list: direct },
    { label: "Open to join", list: others },
  ].filter(({ list }) => list.length > 0);

  return (
    <nav class="sidebar" aria-label="Chats">
      <header>
        <a class="brand" href="/">
          <img src="/favicon.svg" alt="" width="24" height="24" /> Parley
        </a>
        <IconButton
          icon="edit"
          label="New direct message"
          onClick={() => (dialog.value = "new-direct")}
        />
        <IconButton icon="add" label="New room" onClick={() => offerRoom("")} />
      </header>
      <Finder />
      <Offer />
      <ul class="rooms" aria-label="Rooms">
        {groups.map(({ label, list }) => [
          <li key={label} class="section">
            <h2>{label}</h2>
          </li>,
          ...list.map((room) => <RoomItem key={room.pk} room={room} />),
        ])}
        {!roomsLoaded.value && rooms.value.size === 0 && <li class="muted section">Loading…</li>}
      </ul>
      {me.value && (
        <button
          type="button"
          class="account"
          onClick={() => (panel.value = panel.value === "settings" ? null : "settings")}
        >
          <Avatar user={me.value} />
          <span class="visually-hidden">Your account:</span>
          <span class="clip">{nameOf(me.value)}</span>
        </button>
      )}
    </nav>
  );
}

function offerRoom(name: string): void {
  newRoomName.value = name;
  dialog.value = "new-room";
}

/** One box to filter the rooms, to open one by its name, and to make it when there is none. */
function Finder() {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const name = filter.value.trim();
    if (!name) return;
    try {
      const room = await lookUp(name);
      if (!room) return offerRoom(name);
      // Who types a room's name wants to talk in it.
      if (!room.membership) await joinRoom({ pk: room.pk });
      filter.value = "";
      go(roomPath(room.name!));
    } catch (error) {
      notify(explain(error));
    }
  }

  return (
    <form class="finder" role="search" aria-label="Find" onSubmit={submit}>
      <input
        id="finder"
        type="search"
        aria-label="Find or open by name"
        placeholder="Find or open…"
        autoComplete="off"
        value={filter.value}
        onInput={(event) => {
          const text = event.currentTarget.value;
          filter.value = text;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => void searchRooms(text), 250);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") filter.value = "";
        }}
      />
    </form>
  );
}

function Offer() {
  const name = filter.value.trim();
  if (!name || (findByName(name) && foldName(name))) return null;
  return (
    <button type="button" class="offer" onClick={() => offerRoom(name)}>
      Make “{name}”
    </button>
  );
}
