"""A private room exists only for its members: to others every answer is that of no room at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.harness.people import People, Person, assert_error
from tests.harness.sockets import Socket

NO_ROOM = 999_999_999
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()

# (method, path, body): everything that names a room; {user} is its member, {message} is in it.
ROOM_REQUESTS = [
    ("GET", "/api/rooms/{room}/", None),
    ("PATCH", "/api/rooms/{room}/", {"topic": "x"}),
    ("PATCH", "/api/rooms/{room}/", {"name": ""}),
    ("DELETE", "/api/rooms/{room}/", None),
    ("POST", "/api/rooms/{room}/join/", None),
    ("POST", "/api/rooms/{room}/leave/", None),
    ("GET", "/api/rooms/{room}/members/", None),
    ("POST", "/api/rooms/{room}/members/", {"username": "{stranger}"}),
    ("POST", "/api/rooms/{room}/members/", {"username": "{member}"}),
    ("POST", "/api/rooms/{room}/members/", {"username": "nobody-of-this-name"}),
    ("PATCH", "/api/rooms/{room}/members/{user}/", {"role": "member"}),
    ("PATCH", "/api/rooms/{room}/members/{user}/", {"muted_until": TOMORROW}),
    ("PATCH", "/api/rooms/{room}/members/{user}/", {"muted_until": "2000-01-01T00:00:00Z"}),
    ("POST", "/api/rooms/{room}/members/{user}/", None),
    ("DELETE", "/api/rooms/{room}/members/{user}/", None),
    ("DELETE", "/api/rooms/{room}/members/{user}/?ban=true", None),
    ("GET", "/api/rooms/{room}/online/", None),
    ("GET", "/api/rooms/{room}/messages/", None),
    ("GET", "/api/rooms/{room}/messages/?around_seq=3", None),
    ("GET", "/api/rooms/{room}/messages/?around_seq=3&after_seq=3", None),
    ("POST", "/api/rooms/{room}/messages/", {"text": "x"}),
    ("POST", "/api/rooms/{room}/messages/", {"text": "x", "reply_to": "{message}"}),
    ("POST", "/api/rooms/{room}/messages/", {"text": "x", "client_id": "a"}),
    ("GET", "/api/rooms/{room}/events/", None),
    ("GET", "/api/rooms/{room}/events/?after_seq=99999", None),
    ("GET", "/api/rooms/{room}/events/?after_seq=2&wait=1", None),
    ("GET", "/api/rooms/{room}/events/?epoch=foreign", None),
    ("POST", "/api/rooms/{room}/read/", {"seq": 1}),
    ("POST", "/api/rooms/{room}/read/", {"seq": 99999}),
    ("GET", "/api/search/messages/?q=word&room={room}", None),
]
MESSAGE_REQUESTS = [
    ("GET", "/api/messages/{message}/", None),
    ("PATCH", "/api/messages/{message}/", {"text": "x"}),
    ("PATCH", "/api/messages/{message}/", {"text": "x", "version": 9}),
    ("DELETE", "/api/messages/{message}/", None),
    ("PUT", "/api/messages/{message}/reactions/👍/", None),
    ("DELETE", "/api/messages/{message}/reactions/👍/", None),
    ("PUT", "/api/messages/{message}/reactions/nonsense/", None),
]


def filled(node: Any, values: dict[str, Any]) -> Any:
    """`{room}` and the like put in; a text that is nothing else becomes the value itself."""
    if isinstance(node, dict):
        return {key: filled(value, values) for key, value in node.items()}
    if isinstance(node, str):
        if node.startswith("{") and node.endswith("}") and node[1:-1] in values:
            return values[node[1:-1]]
        return node.format(**values)
    return node


def asked(person: Person, request: tuple[str, str, Any], values: dict[str, Any]) -> httpx.Response:
    method, path, body = request
    json = {} if body is None else {"json": filled(body, values)}
    return person.api.request(method, filled(path, values), **json)


@pytest.fixture
def world(people: People, private_room: int) -> dict[str, Any]:
    """Alice and Bob are in it; Charlie asks."""
    body = {"username": people.bob.username}
    assert people.alice.api.post(f"/api/rooms/{private_room}/members/", json=body).is_success
    return {
        "room": private_room,
        "message": people.bob.posts(private_room, "a secret word")["pk"],
        "user": people.bob.pk,
        "member": people.bob.username,
        "stranger": people.charlie.username,
    }


@pytest.mark.parametrize(
    "request_", [*ROOM_REQUESTS, *MESSAGE_REQUESTS], ids=lambda r: f"{r[0]} {r[1]} {r[2]}"
)
def test_private_room_answers_like_no_room(
    people: People, world: dict[str, Any], request_: tuple[str, str, Any]
) -> None:
    nothing = {**world, "room": NO_ROOM, "message": NO_ROOM}

    answer = asked(people.charlie, request_, world)
    of_nothing = asked(people.charlie, request_, nothing)

    assert answer.status_code in (400, 404)
    assert (answer.status_code, answer.content) == (of_nothing.status_code, of_nothing.content)
    volatile = {"date", "content-length", "x-request-id"}
    assert {k: v for k, v in answer.headers.items() if k not in volatile} == {
        k: v for k, v in of_nothing.headers.items() if k not in volatile
    }


def test_private_room_answers_404_to_what_would_be_good(
    people: People, world: dict[str, Any]
) -> None:
    for method, path, body in [
        ("GET", "/api/rooms/{room}/", None),
        ("POST", "/api/rooms/{room}/join/", None),
        ("POST", "/api/rooms/{room}/messages/", {"text": "x"}),
        ("GET", "/api/messages/{message}/", None),
        ("PUT", "/api/messages/{message}/reactions/👍/", None),
        ("GET", "/api/search/messages/?q=secret&room={room}", None),
    ]:
        assert_error(asked(people.charlie, (method, path, body), world), 404, "not_found")


def test_private_room_is_in_no_list_of_others(people: People, world: dict[str, Any]) -> None:
    name = people.alice.sees_room(world["room"])["name"]

    def seen(person: Person) -> list[int]:
        rows = person.gets("/api/rooms/", params={"search": name})["results"]
        return [row["pk"] for row in rows]

    assert (seen(people.alice), seen(people.bob), seen(people.charlie)) == (
        [world["room"]],
        [world["room"]],
        [],
    )


def test_private_room_in_sync_is_like_no_room(people: People, world: dict[str, Any]) -> None:
    room = str(world["room"])

    body = {"rooms": {room: 0, str(NO_ROOM): 0}}
    rooms = people.charlie.api.post("/api/sync/", json=body).json()["rooms"]

    assert rooms[room] == rooms[str(NO_ROOM)]
    assert rooms[room]["errors"][0]["code"] == "not_found"
    unasked = people.charlie.api.post("/api/sync/", json={"rooms": {}}).json()["rooms"]
    assert room not in unasked


@pytest.mark.parametrize(
    "frame",
    [
        {"action": "join_room", "pk": "{room}"},
        {"action": "leave_room", "pk": "{room}"},
        {"action": "leave_room", "pk": "{room}", "stay_member": True},
        {"action": "create_message", "pk": "{room}", "message": "x"},
        {"action": "create_message", "pk": "{room}", "message": "x", "reply_to": "{message}"},
        {"action": "update_message", "pk": "{message}", "message": "x"},
        {"action": "delete_message", "pk": "{message}"},
        {"action": "add_reaction", "pk": "{message}", "emoji": "👍"},
        {"action": "remove_reaction", "pk": "{message}", "emoji": "👍"},
        {"action": "subscribe_to_messages_in_room", "pk": "{room}"},
        {"action": "subscribe_to_messages_in_room", "pk": "{room}", "after_seq": 99999},
        {"action": "unsubscribe_from_messages_in_room", "pk": "{room}"},
        {"action": "history", "pk": "{room}"},
        {"action": "mark_read", "pk": "{room}", "seq": 1},
        {"action": "mark_read", "pk": "{room}", "seq": 99999},
        {"action": "typing", "pk": "{room}", "typing": True},
        {"action": "retrieve", "pk": "{room}"},
        {"action": "patch", "pk": "{room}", "data": {"topic": "x"}},
        {"action": "update", "pk": "{room}", "data": {"name": "x"}},
        {"action": "delete", "pk": "{room}"},
        {"action": "subscribe_instance", "pk": "{room}"},
        {"action": "unsubscribe_instance", "pk": "{room}"},
    ],
    ids=str,
)
def test_private_room_on_the_socket_answers_like_no_room(
    people: People,
    connect: Callable[..., Socket],
    world: dict[str, Any],
    frame: dict[str, Any],
) -> None:
    socket = connect(people.charlie)
    nothing = {**world, "room": NO_ROOM, "message": NO_ROOM}

    replies = []
    for values in (world, nothing):
        fields = filled(frame, values)
        socket.send({**fields, "request_id": "same"})
        replies.append(socket.reply("same"))

    assert replies[0] == replies[1]
    if replies[0]["response_status"] != 200:  # what ends something succeeds when it is not there
        assert replies[0]["errors"][0]["code"] == "not_found"


def test_private_room_stays_for_its_members_after_all_this(
    people: People, world: dict[str, Any]
) -> None:
    for request in [*ROOM_REQUESTS, *MESSAGE_REQUESTS]:
        asked(people.charlie, request, world)

    kinds = [event["event"] for event in people.alice.log(world["room"])]
    assert kinds == ["member.joined", "member.joined", "message.created"]


def test_private_room_is_gone_for_who_left_it(people: People, world: dict[str, Any]) -> None:
    people.bob.leaves(world["room"])

    assert_error(people.bob.api.get(f"/api/rooms/{world['room']}/"), 404, "not_found")
    assert_error(people.bob.api.post(f"/api/rooms/{world['room']}/join/"), 404, "not_found")
    assert_error(people.bob.api.get(f"/api/messages/{world['message']}/"), 404, "not_found")


@pytest.mark.parametrize("query", [{}, {"ban": "true"}], ids=str)
def test_private_room_is_gone_for_who_was_kicked_or_banned(
    people: People, world: dict[str, Any], query: dict[str, str]
) -> None:
    room = f"/api/rooms/{world['room']}/"

    answer = people.alice.api.delete(f"{room}members/{people.bob.pk}/", params=query)

    assert answer.status_code == 204
    for refused in (
        people.bob.api.get(room),
        people.bob.api.post(f"{room}join/"),
        people.bob.api.get(f"{room}messages/"),
        people.bob.api.get(f"/api/messages/{world['message']}/"),
    ):
        assert_error(refused, 404, "not_found")
