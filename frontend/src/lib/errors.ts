import { ParleyError } from "../client";

const WORDS: Record<string, string> = {
  offline: "You are offline. Try again in a moment.",
  lost: "The connection was lost. Try again in a moment.",
  timeout: "The server did not answer in time.",
  unknown_action: "This server does not offer that.",
  forbidden: "You may not do that.",
  not_a_member: "You are not a member of this room.",
  muted: "You are muted in this room.",
  banned: "You are banned from this room.",
  not_found: "It does not exist (any more).",
  too_large: "That is too long.",
  rate_limited: "Too fast. Try again in a moment.",
  unavailable: "The server is busy. Try again in a moment.",
  internal: "The server had a problem.",
};

/** What to tell a person about an error. */
export function explain(error: unknown): string {
  if (!(error instanceof ParleyError)) return "Something went wrong.";
  const detail = error.errors[0]?.detail;
  return WORDS[error.code] ?? (detail || "Something went wrong.");
}

export const explainCode = (code: string | null) => WORDS[code ?? ""] ?? "It was refused.";
