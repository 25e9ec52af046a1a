import { useEffect } from "preact/hooks";
import { lazy } from "../lib/lazy";
import { sections } from "../stores/rooms";
import { current } from "../stores/room";
import { directPath, go, roomPath, route } from "../stores/router";
import { dialog, panel } from "../stores/ui";
import { peers } from "../stores/rooms";
import { ConnectionStatus } from "./ConnectionStatus";
import { Home } from "./Home";
import { RoomList } from "./RoomList";
import { RoomPage } from "./RoomPage";

const Members = lazy(() => import("./panels/Members"));
const Search = lazy(() => import("./panels/Search"));
const Settings = lazy(() => import("./panels/Settings"));
const RoomSettings = lazy(() => import("./panels/RoomSettings"));
const NewRoom = lazy(() => import("./panels/NewRoom"));
const NewDirect = lazy(() => import("./panels/NewDirect"));

/** The page of somebody signed in: rooms, the open room, and a panel beside it. */
export function Shell() {
  const { page } = route.value;
  const inRoom = page === "room" || page === "direct";
  useShortcuts();
  return (
    <div class="shell" data-in-room={inRoom} data-panel={panel.value !== null}>
      <RoomList />
      <ConnectionStatus />
      {inRoom ? <RoomPage route={route.value} /> : <Home />}
      <SidePanel />
      {dialog.value === "new-room" && <NewRoom />}
      {dialog.value === "new-direct" && <NewDirect />}
    </div>
  );
}

function SidePanel() {
  const open = current.value;
  if (panel.value === "settings") return <Settings />;
  if (panel.value === "search") return <Search />;
  if (panel.value === "members" && open) return <Members key={open.pk} room={open} />;
  if (panel.value === "room" && open) return <RoomSettings key={open.pk} room={open} />;
  return null;
}

function useShortcuts() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#finder")?.focus();
      } else if (event.key === "Escape" && panel.value && !event.defaultPrevented) {
        panel.value = null;
        focusComposer();
      } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        step(event.key === "ArrowUp" ? -1 : 1);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

export function focusComposer(): void {
  document.querySelector<HTMLElement>("#composer")?.focus();
}

/** To the room above or below in the list. */
function step(by: number): void {
  const { joined, direct, others } = sections.value;
  const list = [...joined, ...direct, ...others];
  const at = list.findIndex((room) => room.pk === current.value?.pk);
  const next = list[at < 0 ? 0 : (at + by + list.length) % list.length];
  if (!next) return;
  const peer = peers.value.get(next.pk);
  if (next.name !== null) go(roomPath(next.name));
  else if (peer) go(directPath(peer.username));
}
