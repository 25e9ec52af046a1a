import { pieces } from "../lib/text";
import { isMe, me } from "../stores/session";
import { foldName, fullTime } from "../lib/format";

interface Props {
  text: string;
  editedAt?: string | null;
}

export function MessageText({ text, editedAt }: Props) {
  return (
    <div class="text">
      {pieces(text).map((piece, index) => {
        switch (piece.kind) {
          case "link":
            return (
              <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
                {piece.text}
              </a>
            );
          case "code":
            return <code key={index}>{piece.text}</code>;
          case "block":
            return <pre key={index}>{piece.text}</pre>;
          case "mention": {
            const mine = isMe(me.value) && foldName(piece.text) === foldName(me.value!.username);
            return (
              <span key={index} class="mention" data-me={mine}>
                @{piece.text}
              </span>
            );
          }
          default:
            return piece.text;
        }
      })}
      {editedAt && (
        <span class="edited" title={fullTime(editedAt)}>
          {" "}
          (edited)
        </span>
      )}
    </div>
  );
}
