import { useState } from "preact/hooks";
import { hasCode, type Room } from "../../client";
import { explain } from "../../lib/errors";
import { fullTime } from "../../lib/format";
import { parley } from "../../parley";
import { closeRoom, type OpenRoom } from "../../stores/room";
import { dropRoom, leaveRoom, putRoom, rooms } from "../../stores/rooms";
import { go, roomPath } from "../../stores/router";
import { notify, panel } from "../../stores/ui";
import { nameOf } from "../Avatar";
import { Panel } from "./Panel";

export default function RoomSettings({ room: open }: { room: OpenRoom }) {
  const room = rooms.value.get(open.pk);
  if (!room) return null;
  const role = room.membership?.role;
  return (
    <Panel title="About this room">
      {role === "owner" || role === "moderator" ? (
        <Details room={room} />
      ) : (
        <p>{room.topic || "No topic."}</p>
      )}
      <p class="muted">
        {room.kind === "private" ? "Private" : "Public"}, made {fullTime(room.created_at)}
        {room.host && ` by ${nameOf(room.host)}`}.
      </p>
      {role && (
        <Confirm
          label="Leave room"
          again="Leave, really"
          run={async () => {
            await leaveRoom(room.pk);
            done(room);
          }}
        />
      )}
      {role === "owner" && (
        <Confirm
          label="Delete room"
          again="Delete it with all its messages"
          run={async () => {
            await parley.rest.delete(`rooms/${room.pk}/`);
            dropRoom(room.pk);
            done(room);
          }}
        />
      )}
    </Panel>
  );
}

function done(room: Room): void {
  panel.value = null;
  closeRoom(room.pk);
  go("/");
}

function Details({ room }: { room: Room }) {
  const [problem, setProblem] = useState("");

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    try {
      const changed = await parley.rest.patch<Room>(`rooms/${room.pk}/`, fields);
      putRoom(changed);
      setProblem("");
      notify("Saved.");
      if (changed.name !== room.name) go(roomPath(changed.name!), { replace: true });
    } catch (error) {
      setProblem(hasCode(error, "conflict") ? "This name is taken." : explain(error));
    }
  }

  return (
    <form onSubmit={submit}>
      <div class="field">
        <label for="room-name">Room name</label>
        <input id="room-name" name="name" required maxLength={100} defaultValue={room.name ?? ""} />
      </div>
      <div class="field">
        <label for="room-topic">Topic</label>
        <input id="room-topic" name="topic" maxLength={200} defaultValue={room.topic} />
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit">Save</button>
    </form>
  );
}

interface ConfirmProps {
  label: string;
  again: string;
  run: () => Promise<void>;
}

/** A button that asks once more, by its own label. */
function Confirm({ label, again, run }: ConfirmProps) {
  const [sure, setSure] = useState(false);
  return (
    <p>
      <button
        type="button"
        class="danger"
        onBlur={() => setSure(false)}
        onClick={() => (sure ? run().catch((error) => notify(explain(error))) : setSure(true))}
      >
        {sure ? again : label}
      </button>
    </p>
  );
}
