"""One reply for each frame, in their order, in the form in which the frame came."""

import json
from collections.abc import Callable
from typing import Any

from tests.harness.people import People, canary
from tests.harness.sockets import Socket, assert_refused, ok

Connect = Callable[..., Socket]


def test_pipelined_frames_get_one_reply_each_in_order(
    people: People, bob: Socket, room: int
) -> None:
    """200 frames of every sort in one breath: good, refused, unknown, flat and enveloped."""
    kinds: list[dict[str, Any]] = [
        {"action": "ping"},
        {"action": "create_message", "pk": room, "message": canary()},
        {"action": "retrieve", "pk": room},
        {"action": "retrieve", "pk": 10**15},
        {"action": "no_such"},
        {"action": "history", "pk": room, "limit": 0},
        {"action": "typing", "pk": room, "typing": True},
        {"action": "join_room", "pk": str(room)},
    ]
    sent: list[dict[str, Any]] = []
    for number in range(200):
        frame = {**kinds[number % len(kinds)], "request_id": f"r{number}"}
        sent.append({"stream": f"s{number}", "payload": frame} if number % 2 else frame)
        bob.ws.send(json.dumps(sent[-1]))

    received: list[dict[str, Any]] = []
    while len(received) < 200:
        frame = json.loads(bob.ws.recv(20))
        if "response_status" in frame.get("payload", frame):
            received.append(frame)

    for request, reply in zip(sent, received, strict=True):
        assert request.get("stream") == reply.get("stream")
        asked, answered = request.get("payload", request), reply.get("payload", reply)
        assert (answered["action"], answered["request_id"]) == (
            asked["action"],
            asked["request_id"],
        )
    assert people.alice.sees_room(room)["last_seq"] == 2 + 25


def test_envelope_answers_in_the_envelope_of_the_frame(
    people: People, connect: Connect, room: int
) -> None:
    """The client class asserts the form of every frame that it reads."""
    socket = connect(people.bob, stream='my stream " ü')

    ok(socket.request("join_room", pk=room))
    ok(socket.request("subscribe_to_messages_in_room", pk=room, request_id="s"), 201)
    people.alice.posts(room)
    assert socket.events(1)[0]["request_id"] == "s"
    assert_refused(socket.request("no_such"), 400, "unknown_action")


def test_envelope_and_flat_on_one_socket(people: People, bob: Socket, room: int) -> None:
    subscribe = {"action": "subscribe_to_messages_in_room", "pk": room}
    bob.ws.send(json.dumps({**subscribe, "request_id": "flat"}))
    bob.ws.send(json.dumps({"stream": "room", "payload": {**subscribe, "request_id": "wrapped"}}))
    replies = [json.loads(bob.ws.recv(5)) for _ in range(2)]
    assert ["payload" in reply for reply in replies] == [False, True]

    people.alice.posts(room)

    frames = [json.loads(bob.ws.recv(5)) for _ in range(2)]
    flat = [frame for frame in frames if "payload" not in frame]
    wrapped = [frame["payload"] for frame in frames if frame.get("stream") == "room"]
    assert [frame["request_id"] for frame in flat] == ["flat"]
    assert [frame["request_id"] for frame in wrapped] == ["wrapped"]
    assert {**flat[0], "request_id": 0} == {**wrapped[0], "request_id": 0}
