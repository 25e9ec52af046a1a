import { hasCode, noAnswer } from "./errors";
import { errorOf, readBody, type TokenKeeper } from "./tokens";

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RestOptions {
  origin: string;
  tokens: TokenKeeper;
  fetch: typeof fetch;
  timeoutMs?: number;
}

/** JSON over HTTP with the access token, renewed once when the server finds it expired. */
export class Rest {
  constructor(private readonly options: RestOptions) {}

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.request<T>("GET", path + queryString(query));
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.request<T>("POST", path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.request<T>("PATCH", path, body);
  }

  delete<T>(path: string, body?: object): Promise<T> {
    return this.request<T>("DELETE", path, body);
  }

  private async request<T>(method: string, path: string, body?: object, again = true): Promise<T> {
    const { origin, tokens, fetch, timeoutMs = 15_000 } = this.options;
    const token = await tokens.access();
    let response: Response;
    try {
      response = await fetch(`${origin}/api/${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body ? { "Content-Type": "application/json" } : {}),
        },
        body: body ? JSON.stringify(body) : undefined,
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch {
      throw noAnswer("offline", "The server could not be reached.");
    }
    const data = await readBody(response);
    if (response.ok) return data as T;
    const error = errorOf(response.status, data);
    if (again && hasCode(error, "token_expired", "not_authenticated")) {
      tokens.invalidate(token);
      return this.request<T>(method, path, body, false);
    }
    throw error;
  }
}

export function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}
