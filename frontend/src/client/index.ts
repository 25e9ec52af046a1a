import { Attendance } from "./attendance";
import { Connection } from "./connection";
import { Inbox } from "./inbox";
import { Outbox } from "./outbox";
import { Rest } from "./rest";
import { RoomSession } from "./room";
import { localStore, type Store } from "./storage";
import { browserLock, type Lock, TokenKeeper } from "./tokens";
import type { Pk } from "./types";

export interface ParleyOptions {
  /** Where the server is, "https://chat.example.org"; the page's own origin when absent. */
  origin?: string;
  store?: Store;
  lock?: Lock;
  fetch?: typeof fetch;
  WebSocket?: unknown;
  /** Ask for a one-use ticket per connection, so that no token is ever in a URL. */
  tickets?: boolean;
}

export type Parley = ReturnType<typeof createParley>;

/** Puts the parts together; each can be used alone. */
export function createParley(options: ParleyOptions = {}) {
  const origin = options.origin ?? location.origin;
  const store = options.store ?? localStore();
  const fetcher: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const tokens = new TokenKeeper({
    origin,
    store,
    fetch: fetcher,
    lock: options.lock ?? browserLock,
  });
  const rest = new Rest({ origin, tokens, fetch: fetcher });
  const connection = new Connection({
    socketOrigin: origin.replace(/^http/, "ws"),
    tokens,
    WebSocket: options.WebSocket,
    isOnline: () => typeof navigator === "undefined" || navigator.onLine !== false,
    ticket: options.tickets
      ? async () => (await rest.post<{ ticket: string }>("auth/ticket/")).ticket
      : undefined,
  });
  const outbox = new Outbox(connection, store);
  const attendance = new Attendance(connection);
  const inbox = new Inbox(connection, rest);
  tokens.on("signedOut", () => connection.stop());

  return {
    store,
    tokens,
    rest,
    connection,
    outbox,
    attendance,
    inbox,
    /** A room to read and write in; call `open()` on it. */
    room: (pk: Pk) => new RoomSession(pk, connection, rest, outbox),
    /** Tells the parts what the browser noticed; returns the function that ends it. */
    watchBrowser(): () => void {
      const stop = new AbortController();
      const on = (target: EventTarget, type: string, listener: (event: Event) => void) =>
        target.addEventListener(type, listener, { signal: stop.signal });
      on(window, "online", () => connection.retryNow());
      on(window, "offline", () => connection.retryNow());
      on(window, "pageshow", () => connection.retryNow());
      on(document, "visibilitychange", () => {
        if (document.visibilityState === "visible") connection.retryNow();
      });
      on(window, "storage", (event) => {
        const { key } = event as StorageEvent;
        tokens.storageChanged(key);
        outbox.storageChanged(key);
      });
      return () => stop.abort();
    },
  };
}

export { ParleyError, hasCode } from "./errors";
export type { ConnectionState } from "./connection";
export type { Draft } from "./outbox";
export type { Presence } from "./attendance";
export type { InboxStateOf } from "./inbox";
export { RoomSession } from "./room";
export type * from "./types";
