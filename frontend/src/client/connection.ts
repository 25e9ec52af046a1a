import type { DCRFClient } from "dcrf-client";
import { backoffMs } from "./backoff";
import { createDcrfClient } from "./dcrf";
import { Emitter } from "./emitter";
import { hasCode, noAnswer, ParleyError } from "./errors";
import { Renewal } from "./renewal";
import type { TokenKeeper } from "./tokens";
import type { Bye, Frame, Hello } from "./types";

export type ConnectionState =
  | { kind: "idle" }
  | { kind: "connecting" }
  | { kind: "live" }
  /** `retryAt`: when the next try begins (milliseconds); null while it is under way. */
  | { kind: "reconnecting"; retryAt: number | null }
  | { kind: "offline" }
  /** The server asked not to come back. */
  | { kind: "stopped"; code: number; reason: string };

export interface ConnectionOptions {
  /** `ws://` or `wss://` and host. */
  socketOrigin: string;
  tokens: TokenKeeper;
  WebSocket?: unknown;
  isOnline?: () => boolean;
  random?: () => number;
  /** Gives a one-use ticket to put into the URL instead of the access token. */
  ticket?: () => Promise<string>;
}

type Events = { state: ConnectionState; hello: Hello; frame: Frame; down: void };

interface Pending {
  action: string;
  resolve: (frame: Frame) => void;
  reject: (error: ParleyError) => void;
  timer: ReturnType<typeof setTimeout>;
}

const STREAM = "room";
const STABLE_MS = 5_000;

/**
 * One socket that comes back by itself. dcrf-client gives envelope and transport; what it lacks
 * is here: time-outs for requests, `bye`, a paced return with a fresh token, and knowing whether
 * the line is alive.
 */
export class Connection extends Emitter<Events> {
  state: ConnectionState = { kind: "idle" };
  hello: Hello | null = null;
  private client: DCRFClient | null = null;
  private pending = new Map<string, Pending>();
  private routes = new Map<string, (frame: Frame) => void>();
  private unknown = new Set<string>();
  private counter = 0;
  private attempt = 0;
  private stable = false;
  private readonly renewal = new Renewal(() => this.handToken());
  private nextDelay: number | null = null;
  private wake: (() => void) | null = null;
  private lastFrameAt = 0;
  private timers: Record<string, ReturnType<typeof setTimeout>> = {};

  constructor(private readonly options: ConnectionOptions) {
    super();
  }

  start(): void {
    if (this.client) return;
    this.attempt = 0;
    this.nextDelay = 0;
    this.setState({ kind: "connecting" });
    const client = createDcrfClient({
      url: () => this.nextUrl(client),
      WebSocket: this.options.WebSocket,
    });
    this.client = client;
    client.dispatcher.listen({}, (frame: Frame & { payload?: Frame }) => {
      if (this.client === client) this.receive(frame.payload ?? frame);
    });
    client.initialize();
    socketOf(client).addEventListener("close", (event) => {
      if (this.client === client) this.closed(event.code);
    });
  }

  stop(state: ConnectionState = { kind: "idle" }): void {
    const { client } = this;
    this.client = null;
    this.wake?.();
    client?.close(false);
    this.lost();
    this.setState(state);
  }

  /** Tries again now; on an open socket, asks whether it is really open. */
  retryNow(): void {
    if (this.state.kind === "live") void this.probe();
    else if (this.state.kind === "stopped") this.start();
    else this.wake?.();
  }

  /** False once the server has answered `unknown_action` to it. */
  supports(action: string): boolean {
    return !this.unknown.has(action);
  }

  newRequestId(): string {
    return `q${++this.counter}`;
  }

  /** Frames with this request id that are no replies: a subscription's. */
  route(requestId: string, handler: (frame: Frame) => void): () => void {
    this.routes.set(requestId, handler);
    return () => this.routes.delete(requestId);
  }

  /** Sends an action; resolves with the reply's `data`, rejects with a ParleyError. */
  async request<T>(
    action: string,
    fields: object = {},
    { requestId = this.newRequestId(), timeoutMs = 10_000 } = {},
  ): Promise<T> {
    if (this.state.kind !== "live") throw noAnswer("offline", "Not connected.");
    const reply = await new Promise<Frame>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(requestId);
        reject(noAnswer("timeout", "The server did not answer in time."));
      }, timeoutMs);
      this.pending.set(requestId, { action, resolve, reject, timer });
      // Past dcrf-client's queue: what waits there would be sent unasked much later.
      this.client!.sendNow({
        stream: STREAM,
        payload: { action, request_id: requestId, ...fields },
      });
    });
    const status = reply.response_status ?? 0;
    if (status >= 200 && status < 300) return reply.data as T;
    const error = new ParleyError(status, reply.errors ?? [], reply.data);
    if (error.code === "unknown_action") this.unknown.add(action);
    throw error;
  }

  /** Resolves with a URL when it is time to connect: it is how back-off reaches dcrf-client. */
  private async nextUrl(client: DCRFClient): Promise<string> {
    const { tokens, ticket, socketOrigin } = this.options;
    for (;;) {
      await this.waitForTurn();
      if (this.client !== client) return never();
      try {
        const [name, value] = ticket
          ? ["ticket", await ticket()]
          : ["token", await tokens.access()];
        return `${socketOrigin}/ws/chat/room/?${name}=${encodeURIComponent(value!)}`;
      } catch {
        // Signed out: the owner of this connection hears of it from the tokens and stops it.
        if (this.client !== client || !tokens.signedIn) return never();
      }
    }
  }

  private async waitForTurn(): Promise<void> {
    const online = this.options.isOnline?.() ?? true;
    const delay = this.nextDelay ?? backoffMs(this.attempt++, this.options.random);
    this.nextDelay = null;
    if (online && delay <= 0) return;
    // `onLine` errs at times, so even "offline" tries now and then.
    this.setState(
      online ? { kind: "reconnecting", retryAt: Date.now() + delay } : { kind: "offline" },
    );
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, online ? delay : 30_000);
    });
    this.wake = null;
    if (this.client) this.setState({ kind: "reconnecting", retryAt: null });
  }

  private receive(frame: Frame): void {
    this.lastFrameAt = Date.now();
    const id = frame.request_id == null ? null : String(frame.request_id);
    const pending = id !== null ? this.pending.get(id) : undefined;
    if (id !== null && pending && pending.action === frame.action && !frame.event) {
      clearTimeout(pending.timer);
      this.pending.delete(id);
      pending.resolve(frame);
    } else if (id !== null) {
      this.routes.get(id)?.(frame);
    } else if (frame.action === "hello") {
      this.welcomed(frame.data as Hello);
    } else if (frame.action === "bye") {
      this.dismissed(frame.data as Bye);
    } else {
      if (frame.action === "token_expiring") this.renewal.warned();
      this.emit("frame", frame);
    }
  }

  private welcomed(hello: Hello): void {
    this.hello = hello;
    // A server that greets and falls over at once must not be called back at once, for ever.
    this.timers.stable = setTimeout(() => {
      this.attempt = 0;
      this.stable = true;
    }, STABLE_MS);
    this.timers.alive = setInterval(() => {
      const silence = Date.now() - this.lastFrameAt;
      if (silence > (hello.heartbeat_seconds + 10) * 1000) void this.probe();
    }, 5_000);
    this.renewal.start(hello.server_time, hello.token_expires_at);
    this.setState({ kind: "live" });
    this.emit("hello", hello);
  }

  private dismissed(bye: Bye): void {
    if (bye.code === 4401) {
      // A token that ended on an open socket is no failure: come back at once with a fresh one.
      if (this.stable) this.nextDelay = 0;
      this.options.tokens.invalidate();
    } else if (!bye.reconnect) {
      this.stop({ kind: "stopped", code: bye.code, reason: bye.reason });
    } else if (bye.retry_after_ms != null) {
      this.nextDelay = bye.retry_after_ms;
    }
  }

  private closed(code: number | undefined): void {
    if (code === 4401) this.options.tokens.invalidate();
    if (code === 4403 || code === 4400) {
      this.stop({ kind: "stopped", code, reason: "" });
      return;
    }
    this.lost();
    this.setState({ kind: "reconnecting", retryAt: null });
  }

  private lost(): void {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.renewal.stop();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const { timer, reject } of waiting) {
      clearTimeout(timer);
      reject(noAnswer("lost", "The connection was lost before the answer came."));
    }
    this.stable = false;
    this.emit("down", undefined);
  }

  private async probe(): Promise<void> {
    const { client } = this;
    try {
      await this.request("ping", {}, { timeoutMs: 5_000 });
    } catch (error) {
      if (hasCode(error, "timeout") && client && this.client === client) {
        socketOf(client).reconnect();
      }
    }
  }

  private async handToken(): Promise<string | null> {
    if (!this.supports("authenticate")) return null;
    const token = await this.options.tokens.renew();
    const reply = await this.request<{ token_expires_at: string }>("authenticate", { token });
    return reply.token_expires_at;
  }

  private setState(state: ConnectionState): void {
    if (state.kind === this.state.kind && state.kind !== "reconnecting") return;
    this.state = state;
    this.emit("state", state);
  }
}

interface ReconnectingSocket {
  addEventListener(type: "close", listener: (event: { code?: number }) => void): void;
  reconnect(): void;
}

/** dcrf-client hides the socket's closing, and that it can be told to reconnect. */
function socketOf(client: DCRFClient): ReconnectingSocket {
  return (client.transport as unknown as { socket: ReconnectingSocket }).socket;
}

function never(): Promise<string> {
  return new Promise(() => undefined);
}
