import { useEffect, useState } from "preact/hooks";
import { hasCode, type Room } from "../client";
import { connection } from "../stores/connection";
import { current, openRoom, type OpenRoom } from "../stores/room";
import {
  createRoom,
  findByName,
  findByPeer,
  joinRoom,
  lookUp,
  openDirect,
  roomsLoaded,
} from "../stores/rooms";
import type { Route } from "../stores/router";
import { notify } from "../stores/ui";
import { explain } from "../lib/errors";
import { Composer } from "./Composer";
import { MessageLog } from "./MessageLog";
import { RoomHeader } from "./RoomHeader";
import { TypingLine } from "./TypingLine";

type RoomRoute = Extract<Route, { page: "room" | "direct" }>;

export function RoomPage({ route }: { route: Route }) {
  const wanted = route as RoomRoute;
  const name = wanted.page === "room" ? wanted.name : wanted.username;
  const room = wanted.page === "room" ? findByName(name) : findByPeer(name);
  const missing = useLookUp(wanted, name, room);

  useEffect(() => {
    if (room) openRoom(room.pk);
    return () => {
      current.value = null;
    };
  }, [room?.pk]);

  const open = current.value;
  if (room && open?.pk === room.pk) return <RoomView key={room.pk} room={room} open={open} />;
  if (missing) return <Missing route={wanted} name={name} why={missing} />;
  return <main class="empty" aria-busy="true" />;
}

/** Finds a room that is not in the list; says why when there is none. */
function useLookUp(route: RoomRoute, name: string, room: Room | undefined): string | null {
  const [missing, setMissing] = useState<string | null>(null);
  const ready = roomsLoaded.value && connection.value.kind === "live";
  useEffect(() => {
    setMissing(null);
    if (room || !ready) return;
    let stale = false;
    const found = route.page === "room" ? lookUp(name) : openDirect(name);
    found.then(
      (one) => !stale && !one && setMissing("not_found"),
      (error) => !stale && setMissing(hasCode(error, "not_found") ? "not_found" : explain(error)),
    );
    return () => {
      stale = true;
    };
  }, [route.page, name, room?.pk, ready]);
  return missing;
}

function RoomView({ room, open }: { room: Room; open: OpenRoom }) {
  const ended = open.ended.value;
  return (
    <main class="room">
      <RoomHeader room={room} open={open} />
      <MessageLog open={open} />
      <TypingLine open={open} />
      {ended && ended !== "left" ? (
        <Ended reason={ended} />
      ) : room.membership ? (
        <Composer room={room} open={open} />
      ) : (
        <JoinBar room={room} />
      )}
    </main>
  );
}

function JoinBar({ room }: { room: Room }) {
  return (
    <div class="join-bar">
      <span>You are reading {room.name}.</span>
      <button
        type="button"
        class="primary"
        onClick={() => {
          joinRoom({ pk: room.pk }).then(
            () => openRoom(room.pk),
            (error) => notify(explain(error)),
          );
        }}
      >
        Join
      </button>
    </div>
  );
}

const REASONS: Record<string, string> = {
  kicked: "You were removed from this room.",
  banned: "You were banned from this room.",
  room_deleted: "This room was deleted.",
  not_found: "This room does not exist any more.",
};

function Ended({ reason }: { reason: string }) {
  return (
    <div class="join-bar" role="alert">
      <span>{REASONS[reason] ?? "This room is closed to you."}</span>
      <a href="/">To the rooms</a>
    </div>
  );
}

function Missing({ route, name, why }: { route: RoomRoute; name: string; why: string }) {
  const isRoom = route.page === "room";
  const offer = isRoom && why === "not_found";
  return (
    <main class="empty">
      <h2>{isRoom ? `There is no room “${name}”` : `No conversation with “${name}”`}</h2>
      <p class="muted">
        {offer ? "Make it, and whoever types its name will find you there." : ""}
        {!isRoom && why === "not_found" ? "Nobody here has this name." : ""}
        {why !== "not_found" ? why : ""}
      </p>
      {offer && (
        <button
          type="button"
          class="primary"
          onClick={() => {
            createRoom({ name, kind: "public" }).catch((error) =>
              notify(
                hasCode(error, "conflict")
                  ? "This name is taken by a private room."
                  : explain(error),
              ),
            );
          }}
        >
          Make “{name}”
        </button>
      )}
      <a href="/">To the rooms</a>
    </main>
  );
}
