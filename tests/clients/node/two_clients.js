// Two clients in one room: events, presence, the instance subscription, and the end of a room.
"use strict";

const { connect, person, randomUUID, run, until } = require("./common");
const { STREAM, subscribeToMessages } = require("./room_stream");

run(async () => {
  const [alice, bob] = await Promise.all([person("alice"), person("bob")]);
  const [a, b] = [connect(alice.url), connect(bob.url)];
  const payloads = (client, action) =>
    client.heard.map((frame) => frame.payload).filter((payload) => payload?.action === action);

  const room = await a.create(STREAM, { name: `Lobby ${randomUUID().slice(0, 8)}` });
  const other = await a.create(STREAM, { name: `Other ${randomUUID().slice(0, 8)}` });
  await a.request(STREAM, { action: "join_room", pk: room.pk });
  const heard = { alice: [], bob: [] };
  await subscribeToMessages(a, room.pk, (event) => heard.alice.push(event));

  const joined = await b.request(STREAM, { action: "join_room", pk: room.pk });
  await subscribeToMessages(b, room.pk, (event) => heard.bob.push(event));
  const instance = [];
  await b.subscribe(STREAM, room.pk, (data, action) => instance.push({ action, data }));
  await until("presence of Bob", () =>
    payloads(a, "presence").some((p) => p.data.joined.some((user) => user.pk === bob.user.pk)));

  const post = (client, { pk }, message) =>
    client.request(STREAM, { action: "create_message", pk, message });
  const first = await post(a, room, "hello");
  const second = await post(b, room, "hi");
  await post(a, other, "elsewhere");
  await a.request(STREAM, { action: "update_message", pk: first.pk, message: "hello, Bob" });
  await b.request(STREAM, { action: "delete_message", pk: second.pk });
  for (const name of ["alice", "bob"]) {
    await until(`the deletion at ${name}`, () => heard[name].some((e) => e.action === "delete"));
  }

  await b.request(STREAM, { action: "typing", pk: room.pk, typing: true });
  const typing = (await until("typing at Alice", () => payloads(a, "typing")
    .filter((payload) => payload.data?.user)))[0];

  await a.patch(STREAM, room.pk, { topic: "news" });
  await until("the update at Bob", () => instance.some((event) => event.action === "update"));
  await a.delete(STREAM, room.pk);
  await until("the delete at Bob", () => instance.some((event) => event.action === "delete"));
  const ended = await until("the end of Bob's subscription", () =>
    payloads(b, "subscription.ended")[0]);

  a.close();
  b.close();
  return { alice: alice.user, bob: bob.user, room, joined, first, second, heard, instance, typing,
    ended, bobs_typing: payloads(b, "typing") };
});
