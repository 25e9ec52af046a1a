// A client that lives through a restart of the server. The test stops and starts the server
// and writes to the room meanwhile; the script says when it is ready and hears what comes next.
"use strict";

const { connect, heardFromTest, listenToTest, person, randomUUID, run, say, settings, until } =
  require("./common");
const { STREAM, subscribeToMessages } = require("./room_stream");

run(async () => {
  listenToTest();
  const alice = await person("alice");

  // The URL may be a promise. Here the second one waits for the test, so that what the test
  // writes after the restart is written while this client is away.
  let connects = 0;
  const client = connect(async () => {
    if (++connects > 1) await heardFromTest("return");
    return alice.url();
  });

  const room = await client.create(STREAM, { name: `Lobby ${randomUUID().slice(0, 8)}` });
  await client.request(STREAM, { action: "join_room", pk: room.pk });
  const events = [];
  const seen = {};
  const resume = settings.resume ?? true;
  await subscribeToMessages(client, room.pk, (event) => events.push(event), seen, { resume });
  const instance = [];
  await client.subscribe(STREAM, room.pk, (data, action) => instance.push({ action, data }));
  for (const message of ["before 1", "before 2"]) {
    await client.request(STREAM, { action: "create_message", message });
  }
  await until("both messages", () => events.length === 2);

  say({ ready: true, room: room.pk, token: alice.token() });
  await until("the subscription after the restart", () => seen.replies?.length === 2, 20_000);

  // dcrf-client brings back subscriptions, not presence: the new socket has to join again.
  await client.request(STREAM, { action: "join_room", pk: room.pk });
  const live = await client.request(STREAM, { action: "create_message", message: "after 1" });
  await client.patch(STREAM, room.pk, { topic: "after" });
  await until("the live message", () => events.some((event) => event.pk === live.pk));
  await until("the update of the room", () => instance.some((one) => one.data.topic === "after"));

  const frames = client.heard.filter((frame) => ["hello", "bye"].includes(frame.action));
  client.close();
  return {
    connects,
    events: events.map(({ seq, action, data }) => ({ seq, action, text: data.text })),
    flat: frames.map(({ action, data }) => ({ action, code: data.code, epoch: data.epoch })),
    instance: instance.map(({ action, data }) => ({ action, topic: data.topic })),
    live_seq: live.seq,
    replies: seen.replies,
  };
});
