"""Many frames at once on one socket: done and answered in the order in which they were sent.

Seen red: with answers given as they are ready (the refusal came first), and with a `ping` that does
not wait for the posts before it.
"""

import json
from typing import Any

from tests.harness.people import People, canary
from tests.harness.sockets import Socket, ok, subscribe


def send(socket: Socket, request_id: int, action: str, **arguments: Any) -> None:
    socket.ws.send(json.dumps({"action": action, "request_id": request_id, **arguments}))


def replies(socket: Socket, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        frame = json.loads(socket.ws.recv(20))
        if "response_status" in frame and "room" not in frame:
            found.append(frame)
    return found


def test_posts_at_once_keep_their_order(people: People, bob: Socket, room: int) -> None:
    texts = [f"{n} {canary()}" for n in range(100)]
    for number, said in enumerate(texts):
        send(bob, number, "create_message", pk=room, message=said)

    answers = replies(bob, len(texts))

    assert [answer["request_id"] for answer in answers] == list(range(len(texts)))
    assert [answer["response_status"] for answer in answers] == [201] * len(texts)
    assert [answer["data"]["seq"] for answer in answers] == list(range(3, 103))
    assert [answer["data"]["text"] for answer in answers] == texts


def test_answers_come_in_order_though_some_are_ready_sooner(bob: Socket, room: int) -> None:
    send(bob, 1, "create_message", pk=room, message=canary())
    send(bob, 2, "create_message", pk=room, message=" ")
    send(bob, 3, "create_message", pk=room, message=canary(), extra=1)
    send(bob, 4, "create_message", pk=room, message=canary())
    bob.ws.send("[]")
    send(bob, 5, "ping")
    send(bob, 6, "nothing")

    answers = replies(bob, 7)

    told = [(answer["request_id"], answer["response_status"]) for answer in answers]
    assert told == [(1, 201), (2, 400), (3, 400), (4, 201), (None, 400), (5, 200), (6, 400)]


def test_what_follows_posts_finds_them_done(bob: Socket, room: int) -> None:
    for number in range(5):
        send(bob, number, "create_message", pk=room, message=canary())
    send(bob, 5, "history", pk=room)
    send(bob, 6, "leave_room", pk=room)
    send(bob, 7, "create_message", pk=room, message=canary())

    answers = replies(bob, 8)

    assert [answer["response_status"] for answer in answers] == [201] * 5 + [200, 200, 403]
    assert len(answers[5]["data"]["results"]) == 5


def test_subscriber_gets_posts_at_once_in_order(
    people: People, bob: Socket, room: int, connect: Any
) -> None:
    alice = connect(people.alice)
    ok(subscribe(alice, room), 201)
    for number in range(50):
        send(bob, number, "create_message", pk=room, message=canary())

    assert [event["seq"] for event in alice.events(50)] == list(range(3, 53))
