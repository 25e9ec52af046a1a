import { Emitter } from "./emitter";
import { hasCode, noAnswer, ParleyError } from "./errors";
import { readJson, type Store } from "./storage";
import type { ErrorItem } from "./types";

interface Pair {
  access: string;
  refresh: string;
}

type Claims = { exp: number; iat: number; user_id: number | string };

/** Runs one piece of work at a time over all tabs of the browser. */
export type Lock = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export interface TokenOptions {
  origin: string;
  store: Store;
  fetch: typeof fetch;
  lock: Lock;
  now?: () => number;
}

const KEY = "parley:login";
/** A token is renewed this long before it ends, or at half of its life when that is short. */
const EARLY_MS = 20_000;

/**
 * Keeps a login. The access token lives in memory only. The refresh token lies in storage, where
 * all tabs share it; as it is good for one use, renewal happens under a lock over the tabs.
 */
export class TokenKeeper extends Emitter<{ signedOut: "logout" | "refused"; renewed: void }> {
  private accessToken: string | null = null;
  private freshUntil = 0;
  private renewing: Promise<string> | null = null;
  private readonly now: () => number;

  constructor(private readonly options: TokenOptions) {
    super();
    this.now = options.now ?? Date.now;
  }

  get signedIn(): boolean {
    return this.stored() !== null;
  }

  async register(fields: Record<string, string>): Promise<void> {
    await this.post("register/", fields);
  }

  async login(username: string, password: string): Promise<void> {
    this.keep((await this.post("token/", { username, password })) as Pair);
  }

  async logout(): Promise<void> {
    const refresh = this.stored();
    this.forget("logout");
    if (refresh) await this.post("logout/", { refresh }).catch(() => undefined);
  }

  /** Takes over a pair that another endpoint gave (a changed password). */
  adopt(pair: Pair): void {
    this.keep(pair);
  }

  /** An access token that is good for a while yet; renews first when it is not. */
  async access(): Promise<string> {
    if (this.accessToken && this.now() < this.freshUntil) return this.accessToken;
    return this.renew();
  }

  /** A new access token, at once. Concurrent callers share one renewal. */
  renew(): Promise<string> {
    this.renewing ??= this.options
      .lock("parley:renew", () => this.rotate())
      .finally(() => (this.renewing = null));
    return this.renewing;
  }

  /** The server refused the access token: do not use it again. */
  invalidate(token?: string): void {
    if (token === undefined || token === this.accessToken) this.accessToken = null;
  }

  /** To be called when another tab wrote `key` in storage. */
  storageChanged(key: string | null): void {
    if (key !== null && key !== KEY) return;
    const refresh = this.stored();
    const mine = this.accessToken && claims(this.accessToken)?.user_id;
    if (!refresh || (mine && claims(refresh)?.user_id !== mine)) {
      this.accessToken = null;
      this.emit("signedOut", "logout");
    }
  }

  private async rotate(): Promise<string> {
    // Read under the lock: another tab may have rotated it while this one waited.
    const refresh = this.stored();
    if (!refresh)
      throw new ParleyError(401, [{ code: "not_authenticated", detail: "Signed out." }]);
    try {
      this.keep((await this.post("token/refresh/", { refresh })) as Pair);
    } catch (error) {
      // Where there are no locks, another tab may have used the token first: take its successor.
      if (refused(error) && this.stored() !== null && this.stored() !== refresh) {
        return this.rotate();
      }
      if (refused(error)) this.forget("refused");
      throw error;
    }
    this.emit("renewed", undefined);
    return this.accessToken!;
  }

  private stored(): string | null {
    return readJson<{ refresh: string }>(this.options.store, KEY)?.refresh ?? null;
  }

  private keep(pair: Pair): void {
    const read = claims(pair.access);
    // Only the difference of the two times is used: this machine's clock may be wrong.
    const lifetime = read ? (read.exp - read.iat) * 1000 : 60_000;
    this.accessToken = pair.access;
    this.freshUntil = this.now() + Math.max(lifetime - EARLY_MS, lifetime / 2);
    this.options.store.set(KEY, JSON.stringify({ refresh: pair.refresh }));
  }

  private forget(why: "logout" | "refused"): void {
    this.accessToken = null;
    this.options.store.remove(KEY);
    this.emit("signedOut", why);
  }

  private async post(path: string, body: object): Promise<unknown> {
    let response: Response;
    try {
      response = await this.options.fetch(`${this.options.origin}/api/auth/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      throw noAnswer("offline", "The server could not be reached.");
    }
    const data = await readBody(response);
    if (!response.ok) throw errorOf(response.status, data);
    return data;
  }
}

export async function readBody(response: Response): Promise<unknown> {
  return response.status === 204 ? null : response.json().catch(() => null);
}

export function errorOf(status: number, body: unknown): ParleyError {
  const { errors, data } = (body ?? {}) as { errors?: ErrorItem[]; data?: unknown };
  const fallback = [{ code: status >= 500 ? "unavailable" : "unknown", detail: "" }];
  return new ParleyError(status, Array.isArray(errors) && errors.length ? errors : fallback, data);
}

function refused(error: unknown): boolean {
  return (
    (error instanceof ParleyError && (error.status === 401 || error.status === 403)) ||
    hasCode(error, "invalid")
  );
}

function claims(jwt: string): Claims | null {
  try {
    const part = jwt.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(part)) as Claims;
  } catch {
    return null;
  }
}

/** navigator.locks where there is a secure context; else only this tab is kept in order. */
export const browserLock: Lock = (name, work) =>
  typeof navigator !== "undefined" && navigator.locks
    ? (navigator.locks.request(name, work) as ReturnType<typeof work>)
    : work();
