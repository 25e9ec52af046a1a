import type { components } from "./schema";

// The wire contract's objects. What REST answers comes from openapi/openapi.yaml (`npm run types`);
// where its words are plainer than the contract's, they are narrowed here. The socket's own frames
// are written out below.

type Schemas = components["schemas"];

/** Some fields of a type, with other types. */
type With<Base, Fields> = Omit<Base, keyof Fields> & Fields;

export type Pk = number;
export type RoomKind = "public" | "private" | "direct";
export type Role = "owner" | "moderator" | "member";

export type User = Schemas["User"];
export type Me = Schemas["Me"];
export type Reaction = Schemas["Reaction"];
export type Message = Schemas["Message"];
export type ErrorItem = With<Schemas["Error"], { field?: string | null }>;
export type Member = With<Schemas["Member"], { role: Role }>;
export type MemberChange = With<Schemas["MemberChange"], { role: Role }>;
export type Membership = With<Schemas["Membership"], { role: Role }>;
export type Room = With<Schemas["Room"], { kind: RoomKind; membership: Membership | null }>;
export type History = Schemas["MessageWindow"];
export type EventPage = With<Schemas["EventPage"], { results: LogEvent[] }>;
export type SyncReply = Schemas["Sync"];
export type InboxState = Schemas["InboxEntry"];

/** One entry of a room's log, as REST gives it and as a subscription delivers it. */
interface Logged<Name extends string, Data> {
  room: Pk;
  seq: number;
  event: Name;
  data: Data;
}

export type LogEvent =
  | Logged<
      | "message.created"
      | "message.updated"
      | "message.deleted"
      | "reaction.added"
      | "reaction.removed",
      Message
    >
  | Logged<"member.joined" | "member.left" | "member.updated", MemberChange>
  | Logged<"room.updated", Omit<Room, "membership">>;

export interface Page<T> {
  next: string | null;
  previous: string | null;
  results: T[];
}

export interface Hello {
  protocol: number;
  user: User;
  epoch: string;
  server_time: string;
  token_expires_at: string;
  heartbeat_seconds: number;
  limits: Record<string, unknown>;
}

export interface Joined {
  room: Room;
  current_users: User[];
  online: number;
  head_seq: number;
  epoch: string;
}

export interface Subscribed {
  room: Pk;
  head_seq: number;
  epoch: string;
  complete: boolean;
}

export interface Bye {
  code: number;
  reason: string;
  reconnect: boolean;
  retry_after_ms?: number | null;
}

/** Any frame from the server, taken out of its envelope. */
export interface Frame {
  action: string;
  request_id: string | number | null;
  response_status?: number;
  errors?: ErrorItem[];
  data?: unknown;
  event?: string;
  room?: Pk;
  seq?: number;
  pk?: Pk;
  duplicate?: boolean;
}
