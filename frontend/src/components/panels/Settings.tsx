import { useState } from "preact/hooks";
import type { Me } from "../../client";
import { explain } from "../../lib/errors";
import { parley } from "../../parley";
import { me, signOut } from "../../stores/session";
import { notify } from "../../stores/ui";
import { ThemeToggle } from "../ThemeToggle";
import { Panel } from "./Panel";

const KEYS = [
  ["Ctrl K", "Find or open a room"],
  ["Alt ↑ ↓", "Room above or below"],
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["↑", "Edit your last message"],
  ["R, E, Del", "Reply to, edit, delete the message in focus"],
  ["Esc", "Close, cancel"],
];

export default function Settings() {
  return (
    <Panel title="You">
      <p class="muted">Signed in as @{me.value?.username}</p>
      <DisplayName />
      <section>
        <h3>Theme</h3>
        <ThemeToggle />
      </section>
      <Password />
      <section>
        <h3>Keys</h3>
        <dl class="keys">
          {KEYS.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </section>
      <SignOut />
    </Panel>
  );
}

function DisplayName() {
  const [name, setName] = useState(me.value?.display_name ?? "");
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        parley.rest.patch<Me>("me/", { display_name: name.trim() }).then(
          ({ pk, username, display_name }) => {
            me.value = { pk, username, display_name };
            notify("Saved.");
          },
          (error) => notify(explain(error)),
        );
      }}
    >
      <div class="field">
        <label for="display-name">Display name</label>
        <input
          id="display-name"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <button type="submit">Save</button>
    </form>
  );
}

function Password() {
  const [problem, setProblem] = useState("");

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    try {
      parley.tokens.adopt(
        await parley.rest.post("auth/password/", Object.fromEntries(new FormData(form)) as object),
      );
      form.reset();
      setProblem("");
      notify("Changed. Your other devices are signed out.");
    } catch (error) {
      setProblem(explain(error));
    }
  }

  return (
    <details class="fold">
      <summary>Change password</summary>
      <form onSubmit={submit}>
        <div class="field">
          <label for="old-password">Current password</label>
          <input
            id="old-password"
            name="old_password"
            type="password"
            autoComplete="current-password"
            required
          />
        </div>
        <div class="field">
          <label for="new-password">New password</label>
          <input
            id="new-password"
            name="new_password"
            type="password"
            autoComplete="new-password"
            required
          />
        </div>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit">Change</button>
      </form>
    </details>
  );
}

function SignOut() {
  const [sure, setSure] = useState(false);
  const unsent = parley.outbox.size;
  return (
    <section>
      {sure && (
        <p class="problem" role="alert">
          {unsent} {unsent === 1 ? "message is" : "messages are"} not sent yet and would be lost.
        </p>
      )}
      <button
        type="button"
        class="danger"
        onClick={() => (unsent > 0 && !sure ? setSure(true) : void signOut())}
      >
        {sure ? "Sign out anyway" : "Sign out"}
      </button>
    </section>
  );
}
