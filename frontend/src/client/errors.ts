import type { ErrorItem } from "./types";

/** What the server refused, or what kept an answer from coming; the same for REST and socket. */
export class ParleyError extends Error {
  /** The HTTP status, the frame's `response_status`, or 0 when there was no answer at all. */
  readonly status: number;
  readonly errors: ErrorItem[];
  readonly data: unknown;

  constructor(status: number, errors: ErrorItem[], data: unknown = null) {
    super(errors[0]?.detail || errors[0]?.code || `status ${status}`);
    this.name = "ParleyError";
    this.status = status;
    this.errors = errors;
    this.data = data;
  }

  get code(): string {
    return this.errors[0]?.code ?? "unknown";
  }

  get retryAfterMs(): number | null {
    return this.errors.find((error) => error.retry_after_ms != null)?.retry_after_ms ?? null;
  }

  /** Whether trying the same again later can help. */
  get temporary(): boolean {
    const { status } = this;
    return status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
  }
}

/** No answer: the connection is away, was lost, or took too long. */
export function noAnswer(code: "offline" | "lost" | "timeout", detail: string): ParleyError {
  return new ParleyError(0, [{ code, detail }]);
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof ParleyError && codes.includes(error.code);
}
