import { useEffect, useState } from "preact/hooks";
import type { Member } from "../../client";
import { explain } from "../../lib/errors";
import { addMember, loadMembers, members } from "../../stores/members";
import type { OpenRoom } from "../../stores/room";
import { rooms } from "../../stores/rooms";
import { notify } from "../../stores/ui";
import { nameOf } from "../Avatar";
import { MemberItem } from "./MemberItem";
import { Panel } from "./Panel";

const RANK = { owner: 0, moderator: 1, member: 2 };

export default function Members({ room: open }: { room: OpenRoom }) {
  const [problem, setProblem] = useState("");
  const room = rooms.value.get(open.pk);
  useEffect(() => {
    loadMembers(open.pk, true).catch((error) => setProblem(explain(error)));
  }, [open.pk]);

  const present = new Set(open.here.value.map((user) => user.pk));
  const list = members.value.get(open.pk) ?? [];
  const isHere = (member: Member) =>
    present.has(member.user.pk) || (!present.size && member.online);
  const sorted = [...list].sort(
    (a, b) => RANK[a.role] - RANK[b.role] || nameOf(a.user).localeCompare(nameOf(b.user)),
  );
  const groups = [
    { label: "Here now", list: sorted.filter(isHere), online: true },
    { label: "Not here", list: sorted.filter((member) => !isHere(member)), online: false },
  ];

  return (
    <Panel title="People">
      {room?.membership && <AddPerson pk={open.pk} />}
      {problem && <p class="problem">{problem}</p>}
      {groups.map(
        ({ label, list, online }) =>
          list.length > 0 && (
            <section key={label}>
              <h3>
                {label} <span class="muted">{list.length}</span>
              </h3>
              <ul class="people" aria-label={label}>
                {list.map((member) => (
                  <MemberItem key={member.user.pk} member={member} room={room} online={online} />
                ))}
              </ul>
            </section>
          ),
      )}
    </Panel>
  );
}

function AddPerson({ pk }: { pk: number }) {
  const [name, setName] = useState("");
  return (
    <form
      class="inline-form"
      aria-label="Add a person"
      onSubmit={(event) => {
        event.preventDefault();
        addMember(pk, name.trim()).then(
          () => {
            setName("");
            void loadMembers(pk, true).catch(() => undefined);
          },
          (error) => notify(explain(error)),
        );
      }}
    >
      <input
        aria-label="Username to add"
        placeholder="Add by username"
        autoComplete="off"
        autoCapitalize="none"
        required
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit">Add</button>
    </form>
  );
}
