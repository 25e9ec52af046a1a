// What every script here needs: its settings, REST, a bound in time, and one JSON result.
"use strict";

const { randomUUID } = require("node:crypto");
const readline = require("node:readline");
const WebSocket = require("ws");
const dcrf = require("dcrf-client").default;

const LIMIT_MS = 28_000;
const WAIT_MS = 12_000;

const settings = JSON.parse(process.argv[2] ?? "{}"); // {http, ws, ...}

function say(object) {
  process.stdout.write(JSON.stringify(object) + "\n");
}

function fail(error) {
  say({ failed: error?.stack ?? JSON.stringify(error) });
  process.exit(1);
}

async function rest(method, path, { token, body } = {}) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(settings.http + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const data = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return data;
}

// A new account. `url` is a function: every connect, the first and each later one, asks the
// server for a fresh pair of tokens, because an access token lives for five minutes only.
async function person(name) {
  const username = `${name}-${randomUUID().slice(0, 8)}`;
  const password = `pw-${randomUUID()}`;
  const user = await rest("POST", "/api/auth/register/", { body: { username, password } });
  let pair = await rest("POST", "/api/auth/token/", { body: { username, password } });
  return {
    user,
    token: () => pair.access,
    async url() {
      pair = await rest("POST", "/api/auth/token/refresh/", { body: { refresh: pair.refresh } });
      return `${settings.ws}/ws/chat/room/?token=${pair.access}`;
    },
  };
}

// dcrf-client as it comes: Node 20 has no WebSocket of its own, so the class is given.
function connect(url) {
  const client = dcrf.connect(url, { websocket: { WebSocket } });
  client.heard = []; // every frame, in order, beside what the listeners make of it
  client.dispatcher.listen({}, (frame) => client.heard.push(frame));
  return client;
}

async function until(what, condition, limit = WAIT_MS) {
  const end = Date.now() + limit;
  for (;;) {
    const value = condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not seen in ${limit} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// The rejection of dcrf-client is the whole reply.
async function refused(promise) {
  const reply = await promise.then(
    () => { throw new Error("was not refused"); },
    (reply) => reply,
  );
  if (reply instanceof Error) throw reply;
  const [{ code, field }] = reply.errors;
  return { status: reply.response_status, code, field };
}

// Lines of the test that runs the script, for the moments when the two have to take turns.
const lines = [];
function listenToTest() {
  readline.createInterface({ input: process.stdin }).on("line", (line) => lines.push(line));
}
const heardFromTest = (word) => until(`the word ${word}`, () => lines.includes(word), 20_000);

function run(main) {
  process.on("unhandledRejection", fail);
  setTimeout(() => fail(new Error(`over ${LIMIT_MS} ms`)), LIMIT_MS);
  main().then((result) => { say(result); process.exit(0); }, fail);
}

module.exports = {
  WebSocket, connect, heardFromTest, listenToTest, person, randomUUID, refused, rest, run, say,
  settings, until,
};
