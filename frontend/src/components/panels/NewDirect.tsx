import { useState } from "preact/hooks";
import { hasCode } from "../../client";
import { explain } from "../../lib/errors";
import { usePeople } from "../../lib/people";
import { openDirect } from "../../stores/rooms";
import { directPath, go } from "../../stores/router";
import { dialog } from "../../stores/ui";
import { Avatar, nameOf } from "../Avatar";
import { Dialog } from "./Dialog";

export default function NewDirect() {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const found = usePeople(text);
  const close = () => (dialog.value = null);

  async function begin(username: string) {
    try {
      await openDirect(username);
      close();
      go(directPath(username));
    } catch (error) {
      setProblem(hasCode(error, "not_found") ? "Nobody here has this name." : explain(error));
    }
  }

  return (
    <Dialog title="New direct message" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) void begin(text.trim());
        }}
      >
        <div class="field">
          <label for="new-direct">To whom</label>
          <input
            id="new-direct"
            required
            autoComplete="off"
            autoCapitalize="none"
            placeholder="Username"
            value={text}
            onInput={(event) => {
              setText(event.currentTarget.value);
              setProblem("");
            }}
          />
        </div>
        {found.length > 0 && (
          <ul class="people" aria-label="People found">
            {found.map((user) => (
              <li key={user.pk}>
                <button type="button" class="person" onClick={() => void begin(user.username)}>
                  <Avatar user={user} />
                  <span class="clip">
                    {nameOf(user)} <span class="muted">@{user.username}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
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
            Begin
          </button>
        </div>
      </form>
    </Dialog>
  );
}
