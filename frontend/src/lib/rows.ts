import type { Draft, Message, Pk } from "../client";
import { dayKey } from "./format";

/** What the log draws, from top to bottom. */
export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "new"; key: string }
  | { kind: "message"; key: string; message: Message; grouped: boolean }
  | { kind: "draft"; key: string; draft: Draft; grouped: boolean };

const GROUP_MS = 5 * 60_000;

interface Input {
  messages: Message[];
  drafts: Draft[];
  vanishing: ReadonlySet<Pk>;
  unreadAfter: number | null;
  me: Pk | undefined;
}

/** Puts day lines and the "new messages" line between, and groups what one person wrote in a row. */
export function rowsOf({ messages, drafts, vanishing, unreadAfter, me }: Input): Row[] {
  const rows: Row[] = [];
  let day = "";
  let author: Pk | undefined;
  let last = 0;
  let marked = unreadAfter === null;

  const startDay = (at: string) => {
    if (dayKey(at) === day) return;
    day = dayKey(at);
    author = undefined;
    rows.push({ kind: "day", key: `day ${day}`, at });
  };

  for (const message of messages) {
    if (vanishing.has(message.pk)) continue;
    startDay(message.created_at);
    if (!marked && message.seq > unreadAfter! && message.user.pk !== me) {
      rows.push({ kind: "new", key: "new" });
      marked = true;
      author = undefined;
    }
    const at = Date.parse(message.created_at);
    const grouped = author === message.user.pk && at - last < GROUP_MS && message.reply_to === null;
    author = message.user.pk;
    last = at;
    rows.push({ kind: "message", key: `m${message.pk}`, message, grouped });
  }

  const stored = new Set(messages.map((message) => message.client_id));
  for (const draft of drafts) {
    if (stored.has(draft.client_id)) continue;
    startDay(draft.created_at);
    const at = Date.parse(draft.created_at);
    const grouped = author === me && at - last < GROUP_MS && draft.reply_to === null;
    author = me;
    last = at;
    rows.push({ kind: "draft", key: `d${draft.client_id}`, draft, grouped });
  }
  return rows;
}
