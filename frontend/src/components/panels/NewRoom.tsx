import { useState } from "preact/hooks";
import { hasCode } from "../../client";
import { explain } from "../../lib/errors";
import { createRoom, filter } from "../../stores/rooms";
import { go, roomPath } from "../../stores/router";
import { dialog, newRoomName } from "../../stores/ui";
import { Dialog } from "./Dialog";

export default function NewRoom() {
  const [problem, setProblem] = useState("");
  const close = () => (dialog.value = null);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const name = String(data.get("name")).trim();
    try {
      await createRoom({
        name,
        kind: data.get("private") ? "private" : "public",
        topic: String(data.get("topic")).trim(),
      });
      filter.value = "";
      close();
      go(roomPath(name));
    } catch (error) {
      setProblem(hasCode(error, "conflict") ? "This name is taken." : explain(error));
    }
  }

  return (
    <Dialog title="New room" onClose={close}>
      <form onSubmit={submit}>
        <div class="field">
          <label for="new-name">Room name</label>
          <input
            id="new-name"
            name="name"
            required
            maxLength={100}
            defaultValue={newRoomName.value}
          />
        </div>
        <div class="field">
          <label for="new-topic">Topic (optional)</label>
          <input id="new-topic" name="topic" maxLength={200} />
        </div>
        <label class="check">
          <input type="checkbox" name="private" /> Private: only for people who are added
        </label>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Make room
          </button>
        </div>
      </form>
    </Dialog>
  );
}
