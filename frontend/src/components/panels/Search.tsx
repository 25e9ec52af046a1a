import { useEffect, useState } from "preact/hooks";
import { hasCode, type Message, type Page } from "../../client";
import { explain } from "../../lib/errors";
import { briefTime, fullTime } from "../../lib/format";
import { parley } from "../../parley";
import { current, openRoom } from "../../stores/room";
import { peers, rooms, titleOf } from "../../stores/rooms";
import { directPath, go, roomPath } from "../../stores/router";
import { Avatar, nameOf } from "../Avatar";
import { Panel } from "./Panel";

export default function Search() {
  const [text, setText] = useState("");
  const [everywhere, setEverywhere] = useState(false);
  const [found, setFound] = useState<Message[] | null>(null);
  const [problem, setProblem] = useState("");
  const here = current.value;
  const room = here && !everywhere ? here.pk : undefined;

  useEffect(() => {
    setProblem("");
    if (!text.trim()) return setFound(null);
    let stale = false;
    const timer = setTimeout(() => {
      parley.rest.get<Page<Message>>("search/messages/", { q: text.trim(), room }).then(
        ({ results }) => !stale && setFound(results),
        (error) => {
          if (stale) return;
          setFound(null);
          setProblem(
            hasCode(error, "not_found") ? "This server does not search messages." : explain(error),
          );
        },
      );
    }, 250);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [text, room]);

  return (
    <Panel title="Search">
      <form role="search" aria-label="Messages" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          aria-label="Words to look for"
          placeholder="Words to look for"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {here && (
          <label class="check">
            <input
              type="checkbox"
              checked={everywhere}
              onChange={(event) => setEverywhere(event.currentTarget.checked)}
            />{" "}
            In all rooms
          </label>
        )}
      </form>
      <p class="muted" role="status" aria-label="Results">
        {problem || (found && (found.length ? `${found.length} found` : "Nothing found"))}
      </p>
      <ul class="found">
        {found?.map((message) => (
          <li key={message.pk}>
            <button type="button" onClick={() => show(message)}>
              <Avatar user={message.user} />
              <span class="found-body">
                <span class="by">
                  <strong>{nameOf(message.user)}</strong>
                  <time dateTime={message.created_at} title={fullTime(message.created_at)}>
                    {briefTime(message.created_at)}
                  </time>
                  {everywhere && <span class="muted">{roomTitle(message)}</span>}
                </span>
                <span class="found-text">{message.text}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function roomTitle(message: Message): string {
  const room = rooms.value.get(message.room);
  return room ? titleOf(room) : "";
}

function show(message: Message): void {
  const room = rooms.value.get(message.room);
  const peer = peers.value.get(message.room);
  if (room?.name) go(roomPath(room.name));
  else if (peer) go(directPath(peer.username));
  void openRoom(message.room).jumpTo(message.seq);
}
