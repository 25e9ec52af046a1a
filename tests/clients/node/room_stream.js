// A room's events over dcrf-client 0.3.0, which itself knows subscriptions to one object only.
"use strict";

const { randomUUID } = require("./common");

const STREAM = "room";
const SUBSCRIBE = "subscribe_to_messages_in_room";

// `seen.seq` is the last event that was processed. resubscribe() sends `message` again after
// every reconnect, and JSON.stringify reads the getters anew: that makes them a resume cursor.
function subscribeToMessages(client, room, onEvent, seen = {}, { resume = true } = {}) {
  const requestId = randomUUID();
  const payload = {
    action: SUBSCRIBE,
    request_id: requestId,
    pk: room,
    get after_seq() { return resume ? seen.seq : undefined; },
    get epoch() { return resume ? seen.epoch : undefined; },
  };
  const message = { stream: STREAM, payload };

  for (const action of ["create", "update", "delete", "member.joined", "member.left"]) {
    const selector = { stream: STREAM, payload: { action, request_id: requestId } };
    client.dispatcher.listen(selector, (frame) => {
      seen.seq = frame.payload.seq;
      onEvent(frame.payload);
    });
  }

  // The replies: the first settles request() too, the later ones are seen here alone.
  const selector = { stream: STREAM, payload: { action: SUBSCRIBE, request_id: requestId } };
  const handler = ({ payload: reply }) => {
    (seen.replies ??= []).push({ status: reply.response_status, ...reply.data });
    if (reply.response_status !== 201) return;
    seen.epoch = reply.data.epoch;
    seen.seq ??= reply.data.head_seq; // nothing processed yet: what comes begins after the head
  };
  const listenerId = client.dispatcher.listen(selector, handler);
  client.subscriptions[listenerId] = { selector, handler, message };

  return client.request(STREAM, payload, requestId);
}

module.exports = { STREAM, subscribeToMessages };
