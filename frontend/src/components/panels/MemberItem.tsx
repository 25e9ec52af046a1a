import type { Member, Room } from "../../client";
import { explain } from "../../lib/errors";
import { fullTime } from "../../lib/format";
import { ban, kick, loadMembers, mute, setRole } from "../../stores/members";
import { directPath, go } from "../../stores/router";
import { isMe } from "../../stores/session";
import { notify } from "../../stores/ui";
import { Avatar, nameOf } from "../Avatar";
import { Icon } from "../Icon";

interface Props {
  member: Member;
  room: Room | undefined;
  online: boolean;
}

type Choice = { label: string; run: () => unknown; danger?: boolean };

export function MemberItem({ member, room, online }: Props) {
  const { user, role, muted_until } = member;
  const muted = muted_until && Date.parse(muted_until) > Date.now();
  const choices = room ? choicesFor(member, room) : [];
  return (
    <li class="person">
      <Avatar user={user} online={online} />
      <span class="person-name">
        <span class="clip">
          {nameOf(user)}
          {isMe(user) && <span class="muted"> (you)</span>}
        </span>
        <span class="clip muted">
          @{user.username}
          {muted && ` · muted until ${fullTime(muted_until)}`}
        </span>
      </span>
      {role !== "member" && <span class="role">{role}</span>}
      {choices.length > 0 && (
        <details class="menu">
          <summary aria-label={`Actions for ${nameOf(user)}`}>
            <Icon name="more" />
          </summary>
          <div class="menu-body">
            {choices.map(({ label, run, danger }) => (
              <button
                key={label}
                type="button"
                class={danger ? "danger" : ""}
                onClick={(event) => {
                  event.currentTarget.closest("details")!.open = false;
                  void run();
                }}
              >
                {label}
              </button>
            ))}
          </div>
        </details>
      )}
    </li>
  );
}

/** What the caller may do to a member; the server has the last word. */
function choicesFor({ user, role, muted_until }: Member, room: Room): Choice[] {
  if (isMe(user)) return [];
  const mine = room.membership?.role;
  const moderates = mine === "owner" || (mine === "moderator" && role === "member");
  const act = (work: () => Promise<unknown>) => () =>
    work().then(
      () => loadMembers(room.pk, true),
      (error) => notify(explain(error)),
    );
  const choices: Choice[] = [{ label: "Message", run: () => go(directPath(user.username)) }];
  if (mine === "owner") {
    if (role !== "owner")
      choices.push({ label: "Make owner", run: act(() => setRole(room.pk, user.pk, "owner")) });
    if (role !== "moderator")
      choices.push({
        label: "Make moderator",
        run: act(() => setRole(room.pk, user.pk, "moderator")),
      });
    if (role !== "member")
      choices.push({ label: "Make member", run: act(() => setRole(room.pk, user.pk, "member")) });
  }
  if (moderates) {
    if (muted_until)
      choices.push({ label: "Unmute", run: act(() => mute(room.pk, user.pk, null)) });
    choices.push(
      { label: "Mute for 10 minutes", run: act(() => mute(room.pk, user.pk, 10)) },
      { label: "Mute for a day", run: act(() => mute(room.pk, user.pk, 24 * 60)) },
      { label: "Remove from room", run: act(() => kick(room.pk, user.pk)), danger: true },
      { label: "Ban", run: act(() => ban(room.pk, user.pk)), danger: true },
    );
  }
  return choices;
}
