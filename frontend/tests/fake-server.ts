import type { Bye, LogEvent, Message, Pk, User } from "../src/client/types";

type Json = Record<string, unknown>;

export const alice: User = { pk: 1, username: "alice", display_name: "Alice" };
export const bob: User = { pk: 2, username: "bob", display_name: "Bob" };

/** The browser's WebSocket as far as reconnecting-websocket uses it; `server` is at the other end. */
export function fakeSocketClass(server: FakeServer) {
  return class FakeSocket extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly OPEN = 1;
    readonly CLOSED = 3;
    readyState = 0;
    binaryType = "blob";
    bufferedAmount = 0;

    constructor(readonly url: string) {
      super();
      server.connecting(this);
    }

    open(): void {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    }

    deliver(frame: Json): void {
      if (this.readyState !== 1) return;
      this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
    }

    send(text: string): void {
      if (this.readyState === 1) server.received(this, JSON.parse(text) as Json);
    }

    close(code = 1000): void {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.dispatchEvent(Object.assign(new Event("close"), { code }));
    }
  };
}

export type FakeSocket = InstanceType<ReturnType<typeof fakeSocketClass>>;

interface Subscription {
  socket: FakeSocket;
  requestId: string;
}

/** A server of one room, in memory, that misbehaves on demand. */
export class FakeServer {
  log: LogEvent[] = [];
  epoch = "e1";
  sockets: FakeSocket[] = [];
  urls: string[] = [];
  frames: Json[] = [];
  calls: string[] = [];
  refreshes: string[] = [];
  /** Gives an action's answer instead of the usual one; null: no answer at all. */
  overrides = new Map<string, (payload: Json, socket: FakeSocket) => Json | null>();
  accept = true;
  greet = true;
  reachable = true;
  tokenSeconds = 300;
  /** Past so many missed events a subscription answers `complete: false`. */
  replayLimit = 1_000;
  subscriptions: Subscription[] = [];
  private refreshCounter = 0;
  validRefresh = "";

  readonly WebSocket = fakeSocketClass(this);

  get head(): number {
    return this.log.length;
  }

  get messages(): Message[] {
    return this.log
      .filter((one) => one.event === "message.created")
      .map((one) => one.data as Message);
  }

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }

  sent(action: string): Json[] {
    return this.frames.filter((frame) => frame.action === action);
  }

  // Sockets

  connecting(socket: FakeSocket): void {
    this.sockets.push(socket);
    this.urls.push(socket.url);
    setTimeout(() => {
      if (!this.accept) return socket.close(1006);
      socket.open();
      if (this.greet) this.hello(socket);
    }, 1);
  }

  hello(socket: FakeSocket): void {
    const now = Date.now();
    const data = {
      protocol: 1,
      user: alice,
      epoch: this.epoch,
      server_time: new Date(now).toISOString(),
      token_expires_at: new Date(now + this.tokenSeconds * 1000).toISOString(),
      heartbeat_seconds: 25,
      limits: {},
    };
    socket.deliver({ action: "hello", request_id: null, response_status: 200, errors: [], data });
  }

  bye(data: Bye): void {
    this.socket.deliver({ action: "bye", data: { ...data } });
    this.cut(data.code);
  }

  cut(code = 1006): void {
    const { socket } = this;
    this.subscriptions = this.subscriptions.filter((one) => one.socket !== socket);
    socket.close(code);
  }

  received(socket: FakeSocket, frame: Json): void {
    const payload = frame.payload as Json;
    this.frames.push(payload);
    const action = payload.action as string;
    const override = this.overrides.get(action);
    const reply = override ? override(payload, socket) : this.answer(payload, socket);
    if (reply) this.reply(socket, payload, reply);
    if (reply && action === "subscribe_to_messages_in_room") this.replay(socket, payload);
  }

  reply(socket: FakeSocket, payload: Json, reply: Json): void {
    const { action, request_id } = payload;
    socket.deliver({
      stream: "room",
      payload: { action, request_id, response_status: 200, errors: [], data: null, ...reply },
    });
  }

  private answer(payload: Json, socket: FakeSocket): Json {
    switch (payload.action) {
      case "subscribe_to_messages_in_room":
        if (payload.epoch && payload.epoch !== this.epoch) return refuse(409, "resync_required");
        return { response_status: 201, data: this.subscribed(payload) };
      case "create_message":
        return { response_status: 201, data: this.post(payload, socket) };
      case "ping":
        return { data: { heads: {} } };
      default:
        return refuse(400, "unknown_action");
    }
  }

  private subscribed(payload: Json): Json {
    const complete = this.head - (payload.after_seq as number) <= this.replayLimit;
    return { room: 1, head_seq: this.head, epoch: this.epoch, complete };
  }

  private replay(socket: FakeSocket, payload: Json): void {
    const requestId = payload.request_id as string;
    const after = payload.after_seq as number;
    if (this.head - after <= this.replayLimit) {
      for (const event of this.log.slice(after)) this.deliver({ socket, requestId }, event);
    }
    this.subscriptions.push({ socket, requestId });
  }

  // The room

  post(payload: Json, _socket?: FakeSocket): Message {
    const known = this.messages.find((one) => one.client_id && one.client_id === payload.client_id);
    return known ?? this.append(payload.message as string, alice, payload.client_id as string);
  }

  append(text: string, user = bob, clientId: string | null = null): Message {
    const seq = this.head + 1;
    const message: Message = {
      pk: 1000 + seq,
      room: 1,
      seq,
      user,
      text,
      client_id: clientId,
      reply_to: null,
      created_at: new Date().toISOString(),
      edited_at: null,
      deleted_at: null,
      version: 1,
      reactions: [],
      mentions: [],
    };
    this.push({ room: 1, seq, event: "message.created", data: message });
    return message;
  }

  push(event: LogEvent): void {
    this.log.push(event);
    for (const one of this.subscriptions) this.deliver(one, event);
  }

  deliver({ socket, requestId }: Subscription, event: LogEvent): void {
    socket.deliver({
      stream: "room",
      payload: {
        ...event,
        request_id: requestId,
        action: "create",
        errors: [],
        response_status: 200,
      },
    });
  }

  // REST

  readonly fetch = (async (input: string, init: RequestInit = {}) => {
    const url = new URL(input);
    this.calls.push(`${init.method ?? "GET"} ${url.pathname}${url.search}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (!this.reachable) throw new TypeError("fetch failed");
    const [status, body] = this.route(
      url,
      init.body ? (JSON.parse(init.body as string) as Json) : {},
    );
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  }) as typeof fetch;

  private route(url: URL, body: Json): [number, unknown] {
    const query = (name: string) => Number(url.searchParams.get(name) ?? NaN);
    switch (url.pathname) {
      case "/api/auth/token/":
        return [200, this.pair()];
      case "/api/auth/token/refresh/":
        this.refreshes.push(body.refresh as string);
        if (body.refresh !== this.validRefresh) return [401, errors("not_authenticated")];
        return [200, this.pair()];
      case "/api/rooms/1/messages/": {
        const results = this.messages.slice(-50);
        return [
          200,
          { results, head_seq: this.head, epoch: this.epoch, has_before: false, has_after: false },
        ];
      }
      case "/api/rooms/1/events/": {
        const results = this.log.slice(query("after_seq"), query("after_seq") + query("limit"));
        return [200, { results, head_seq: this.head, epoch: this.epoch, complete: true }];
      }
      default:
        return [404, errors("not_found")];
    }
  }

  private pair(): Json {
    const iat = Math.floor(Date.now() / 1000);
    this.refreshCounter += 1;
    this.validRefresh = jwt({ user_id: 1, iat, exp: iat + 86_400, n: this.refreshCounter });
    const access = jwt({ user_id: 1, iat, exp: iat + this.tokenSeconds, n: this.refreshCounter });
    return { access, refresh: this.validRefresh };
  }
}

export function refuse(status: number, code: string, more: Json = {}): Json {
  return { response_status: status, errors: [{ code, detail: "", field: null, ...more }] };
}

function errors(code: string): Json {
  return { errors: [{ code, detail: "", field: null }] };
}

function jwt(claims: Json): string {
  return `h.${btoa(JSON.stringify(claims))}.s`;
}

export function roomOf(message: Message): Pk {
  return message.room;
}
