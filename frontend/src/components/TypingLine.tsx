import { listNames } from "../lib/format";
import type { OpenRoom } from "../stores/room";
import { isMe } from "../stores/session";
import { nameOf } from "./Avatar";

/** Keeps its height when nobody types, so that nothing moves. */
export function TypingLine({ open }: { open: OpenRoom }) {
  const typers = open.typing.value.filter((user) => !isMe(user));
  return (
    <p class="typing muted" aria-live="off">
      {typers.length > 0 && (
        <>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {listNames(typers.map(nameOf))} {typers.length === 1 ? "is" : "are"} typing…
        </>
      )}
    </p>
  );
}
