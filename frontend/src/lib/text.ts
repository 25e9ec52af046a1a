/** A piece of a message's text; the page draws each as elements, never as HTML. */
export type Piece =
  | { kind: "text" | "code" | "block" | "mention"; text: string }
  | { kind: "link"; text: string; href: string };

const PATTERN =
  /```(?:\w+\n|\n)?([\s\S]+?)```|`([^`\n]+)`|(https?:\/\/[^\s<>"'`]+)|(?<![\p{L}\p{N}_@.])@([\p{L}\p{N}\p{M}_.+-]*[\p{L}\p{N}\p{M}_])/gu;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PATTERN)) {
    const [whole, block, code, url, mention] = match;
    if (match.index > end) found.push({ kind: "text", text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (block !== undefined) found.push({ kind: "block", text: block.replace(/\n$/, "") });
    else if (code !== undefined) found.push({ kind: "code", text: code });
    else if (mention !== undefined) found.push({ kind: "mention", text: mention });
    else if (url !== undefined) {
      const trimmed = trimLink(url);
      end -= url.length - trimmed.length;
      found.push(linkOf(trimmed));
    }
  }
  if (end < text.length) found.push({ kind: "text", text: text.slice(end) });
  return found;
}

/** The full stop after a link, or a bracket around it, is no part of it. */
function trimLink(url: string): string {
  let end = url.length;
  while (end > 0) {
    const last = url[end - 1]!;
    const open = url.slice(0, end).split("(").length;
    const close = url.slice(0, end).split(")").length;
    if (".,;:!?*_~]}".includes(last) || (last === ")" && close > open)) end -= 1;
    else break;
  }
  return url.slice(0, end);
}

function linkOf(text: string): Piece {
  try {
    const { href, protocol } = new URL(text);
    if (protocol === "http:" || protocol === "https:") return { kind: "link", text, href };
  } catch {
    // No address after all.
  }
  return { kind: "text", text };
}
