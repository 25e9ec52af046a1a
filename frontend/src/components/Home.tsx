import { rooms, roomsLoaded } from "../stores/rooms";
import { dialog, newRoomName } from "../stores/ui";

export function Home() {
  const none = roomsLoaded.value && rooms.value.size === 0;
  return (
    <main class="empty">
      <img src="/favicon.svg" alt="" width="56" height="56" />
      <h2>{none ? "No rooms yet" : "Pick a room"}</h2>
      <p class="muted">
        {none
          ? "Make the first one."
          : "Choose one on the left, or type a name to open or make it."}
      </p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          newRoomName.value = "";
          dialog.value = "new-room";
        }}
      >
        New room
      </button>
    </main>
  );
}
