import { useEffect, useState } from "preact/hooks";
import type { Page, User } from "../client";
import { parley } from "../parley";
import { isMe } from "../stores/session";

/** People whose names begin with a text; empty where the server does not search people. */
export function usePeople(text: string): User[] {
  const [found, setFound] = useState<User[]>([]);
  useEffect(() => {
    const wanted = text.trim();
    if (!wanted) return setFound([]);
    let stale = false;
    const timer = setTimeout(() => {
      parley.rest.get<Page<User>>("users/", { search: wanted, page_size: 10 }).then(
        ({ results }) => !stale && setFound(results.filter((user) => !isMe(user))),
        () => undefined,
      );
    }, 200);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [text]);
  return found;
}
