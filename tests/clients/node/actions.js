// One client, every action: DCRF's own by dcrf-client's methods, the others by request().
"use strict";

const { connect, person, randomUUID, refused, run, until } = require("./common");
const { STREAM } = require("./room_stream");

run(async () => {
  const alice = await person("alice");
  const client = connect(alice.url);
  const ask = (action, fields = {}) => client.request(STREAM, { action, ...fields });
  const lastReply = () => client.heard.findLast((frame) => frame.payload?.response_status).payload;
  const result = { user: alice.user };

  const name = `Lobby ${randomUUID().slice(0, 8)}`;
  result.name = name;
  result.created = await client.create(STREAM, { name, topic: "first" });
  result.created_status = lastReply().response_status;
  const room = result.created.pk;
  result.listed = await client.list(STREAM, { search: name });
  result.listed_without_data = (await client.list(STREAM)).some((one) => one.pk === room);
  result.retrieved = await client.retrieve(STREAM, room);
  result.patched = await client.patch(STREAM, room, { topic: "second" });
  result.updated = await client.update(STREAM, room, { name: `${name} 2`, topic: "third" });

  result.joined = await ask("join_room", { pk: room });
  result.joined_by_name = await ask("join_room", { name: `${name} 2` });
  result.joined_by_digits = await ask("join_room", { pk: String(room) });

  const client_id = randomUUID();
  result.posted = await ask("create_message", { message: "one", pk: room, client_id });
  result.repeated = await ask("create_message", { message: "one", pk: room, client_id });
  result.repeated_status = lastReply().response_status;
  result.other_text = await refused(ask("create_message", { message: "two", pk: room, client_id }));
  result.without_pk = await ask("create_message", { message: "three" });
  result.edited = await ask(
    "update_message", { pk: result.posted.pk, message: "one!", version: 1 },
  );
  result.stale = await refused(
    ask("update_message", { pk: result.posted.pk, message: "late", version: 1 }),
  );
  result.tombstone = await ask("delete_message", { pk: result.without_pk.pk });
  result.history = await ask("history", { pk: room, limit: 10 });

  result.subscribed = await ask("subscribe_to_messages_in_room", { pk: room });
  result.subscribed_status = lastReply().response_status;
  result.ping = await ask("ping");
  result.sync = await ask("sync", { rooms: { [room]: result.posted.seq } });
  result.typing = await ask("typing", { pk: room, typing: true });
  result.unsubscribed = await ask("unsubscribe_from_messages_in_room", { pk: room });
  result.instance = await ask("subscribe_instance", { pk: room });
  result.instance_status = lastReply().response_status;
  result.no_instance = await ask("unsubscribe_instance", { pk: room });
  result.stayed = await ask("leave_room", { pk: room, stay_member: true });
  result.still_member = (await client.retrieve(STREAM, room)).membership;
  result.left = await ask("leave_room", { pk: room });
  result.no_member = (await client.retrieve(STREAM, room)).membership;

  result.refused = {
    unknown_action: await refused(ask("fly")),
    missing_field: await refused(ask("retrieve")),
    unknown_field: await refused(ask("ping", { colour: "red" })),
    unknown_room: await refused(client.retrieve(STREAM, 2 ** 40)),
    not_a_member: await refused(ask("create_message", { message: "hi", pk: room })),
    taken_name: await refused(client.create(STREAM, { name: `${name} 2` })),
    blank: await refused(client.create(STREAM, { name: " " })),
  };

  await ask("join_room", { pk: room }); // an empty room: who comes next is its owner
  result.deleted = await client.delete(STREAM, room);
  result.deleted_status = lastReply().response_status;
  result.gone = await refused(client.retrieve(STREAM, room));

  result.other_stream = await client.request("any-name", { action: "ping" });
  result.hello = await until("hello", () => client.heard.find((frame) => frame.action === "hello"));
  result.flat = [...new Set(client.heard.filter((f) => !f.payload).map((f) => f.action))];
  client.close();
  return result;
});
