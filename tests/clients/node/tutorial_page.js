// Two pages as someone who followed the DCRF chat tutorial would have written them: a plain
// WebSocket, flat frames, one request_id for everything, and a switch over the action. Only the
// list of people is new to them: it comes as `presence`.
"use strict";

const { WebSocket, person, randomUUID, rest, run, until } = require("./common");

// What would be the document of the page.
class Page {
  log = [];
  room = null;
  people = new Map();
  refused = [];

  constructor(socketUrl, roomPk, requestId) {
    this.roomPk = roomPk; // from the address or a form field: digits in a string
    this.requestId = requestId;
    this.socket = new WebSocket(socketUrl);
    this.socket.onopen = () => {
      this.send({ action: "join_room", pk: this.roomPk });
      this.send({ action: "retrieve", pk: this.roomPk });
      this.send({ action: "subscribe_to_messages_in_room", pk: this.roomPk });
      this.send({ action: "subscribe_instance", pk: this.roomPk });
    };
    this.socket.onmessage = (event) => this.show(JSON.parse(event.data));
  }

  send(frame) {
    this.socket.send(JSON.stringify({ ...frame, request_id: this.requestId }));
  }

  submit(message) {
    this.send({ action: "create_message", message }); // the room is the one that was joined
  }

  show(data) {
    if (data.errors?.length) this.refused.push(data);
    switch (data.action) {
      case "join_room":
        for (const user of data.data.current_users) this.people.set(user.pk, user.username);
        break;
      case "retrieve":
        this.room = data.data;
        break;
      case "create":
        this.log.push(`${data.data.user.username}: ${data.data.text}`);
        break;
      case "update":
        if (data.data.name) this.room = data.data; // the room's own update, not a message's
        break;
      case "presence":
        for (const user of data.data.joined) this.people.set(user.pk, user.username);
        for (const user of data.data.left) this.people.delete(user.pk);
        break;
      case "subscribe_instance":
        this.ready = true; // the last of the four answers
        break;
      default:
        break;
    }
  }

  leave() {
    this.send({ action: "leave_room", pk: this.roomPk });
  }
}

run(async () => {
  const [alice, bob] = await Promise.all([person("alice"), person("bob")]);
  const body = { name: `Lobby ${randomUUID().slice(0, 8)}` };
  const { pk } = await rest("POST", "/api/rooms/", { token: alice.token(), body });

  const a = new Page(await alice.url(), String(pk), new Date().getTime());
  await until("Alice's page", () => a.ready);
  // The template's session key is an empty string for a visitor without a session.
  const b = new Page(await bob.url(), String(pk), "");
  await until("Bob's page", () => b.ready);
  await until("Bob on Alice's page", () => a.people.has(bob.user.pk));
  const together = { alice: [...a.people.values()], bob: [...b.people.values()] };

  a.submit("Hello Bob!");
  await until("the greeting on both pages", () => a.log.length === 1 && b.log.length === 1);
  b.submit("Hello Alice!");
  await until("the answer on both pages", () => a.log.length === 2 && b.log.length === 2);

  const topic = "the tutorial";
  await rest("PATCH", `/api/rooms/${pk}/`, { token: alice.token(), body: { topic } });
  await until("the topic on both pages", () => a.room.topic === topic && b.room.topic === topic);

  b.leave();
  await until("Bob gone from Alice's page", () => !a.people.has(bob.user.pk));
  a.submit("Bob?");
  await until("the question on Alice's page", () => a.log.length === 3);
  await new Promise((resolve) => setTimeout(resolve, 500)); // time enough to reach Bob wrongly

  const stored = await rest("GET", `/api/rooms/${pk}/messages/`, { token: alice.token() });
  const open = [a, b].map((page) => page.socket.readyState === WebSocket.OPEN);
  a.socket.close();
  b.socket.close();
  return {
    alice: alice.user.username,
    bob: bob.user.username,
    logs: { alice: a.log, bob: b.log },
    open,
    people: { together, after: [...a.people.values()] },
    refused: [...a.refused, ...b.refused],
    room: a.room,
    stored: stored.results.map((message) => message.text),
  };
});
