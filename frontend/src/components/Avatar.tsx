import type { User } from "../client";

/** A person's initials on one of a few colours, always the same for the same person. */
export function Avatar({ user, online }: { user: User; online?: boolean }) {
  const name = user.display_name || user.username;
  return (
    <span class="avatar" data-hue={user.pk % 8} aria-hidden="true">
      {initials(name)}
      {online !== undefined && <span class="presence-dot" data-online={online} />}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase()).join("");
}

export const nameOf = (user: User) => user.display_name || user.username;
