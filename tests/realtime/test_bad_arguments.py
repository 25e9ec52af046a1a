"""Known actions with arguments that are none: each is refused, and the socket lives on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People, canary, unique
from tests.harness.sockets import Socket, assert_refused

Connect = Callable[..., Socket]
ID = "id-1"


@pytest.mark.parametrize(
    "key", ["self", "scope", "consumer", "args", "kwargs", "request", "stream"]
)
@pytest.mark.parametrize("action", ["ping", "create_message", "list", "join_room"])
def test_extra_key(bob: Socket, room: int, action: str, key: str) -> None:
    every: dict[str, dict[str, Any]] = {
        "ping": {},
        "create_message": {"pk": room, "message": canary()},
        "list": {},
        "join_room": {"pk": room},
    }

    reply = bob.request(action, **every[action], **{key: 1})

    assert_refused(reply, 400, "invalid", key)
    assert bob.is_alive()


PK = "join_room leave_room subscribe_to_messages_in_room unsubscribe_from_messages_in_room history "
PK += "typing update_message delete_message retrieve patch update delete subscribe_instance "
PK += "unsubscribe_instance create_message"
MORE: dict[str, dict[str, Any]] = {
    "typing": {"typing": True},
    "update_message": {"message": "x"},
    "create_message": {"message": "x"},
    "patch": {"data": {"topic": "x"}},
    "update": {"data": {"name": "x"}},
}


@pytest.mark.parametrize("action", PK.split())
def test_bad_pk(bob: Socket, action: str) -> None:
    """-1, 0, too big, of another type: all name `pk`."""
    values: list[Any] = [-1, 0, 10**30, 2**63, "x", "", "-1", "1.0", " 1", "١", 1.0, True, [], {}]

    for value in values:
        reply = bob.request(action, pk=value, **MORE.get(action, {}))
        assert_refused(reply, 400, "invalid", "pk")
    assert bob.is_alive()


@pytest.mark.parametrize("action", [name for name in PK.split() if name != "join_room"])
def test_missing_pk(bob: Socket, action: str) -> None:
    """Without a `pk`, and with a null, which is no number either."""
    assert_refused(bob.request(action, **MORE.get(action, {})), 400, "invalid", "pk")
    assert bob.is_alive()


@pytest.mark.parametrize("action", PK.split())
def test_pk_of_nothing(bob: Socket, action: str) -> None:
    if action.startswith("unsubscribe"):
        return  # there is nothing to unsubscribe from, in whatever room
    reply = bob.request(action, pk=10**15, **MORE.get(action, {}))

    assert_refused(reply, 404, "not_found")


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("join_room", {}, None),
        ("join_room", {"name": ""}, "name"),
        ("join_room", {"name": 5}, "name"),
        ("join_room", {"pk": 1, "name": "x"}, None),
        ("join_room", {"name": "x", "after_seq": 1}, "after_seq"),
        ("leave_room", {"pk": 1, "stay_member": "yes"}, "stay_member"),
        ("leave_room", {"pk": 1, "stay_member": 1}, "stay_member"),
        ("typing", {"pk": 1}, "typing"),
        ("typing", {"pk": 1, "typing": "yes"}, "typing"),
        ("typing", {"pk": 1, "typing": None}, "typing"),
        ("create_message", {"pk": 1}, "message"),
        ("create_message", {"pk": 1, "text": "x"}, None),
        ("update_message", {"pk": 1}, "message"),
        ("update_message", {"pk": 1, "message": "x", "version": "1"}, "version"),
        ("update_message", {"pk": 1, "message": "x", "version": 0}, "version"),
        ("history", {"pk": 1, "limit": 0}, "limit"),
        ("history", {"pk": 1, "limit": 201}, "limit"),
        ("history", {"pk": 1, "limit": "5"}, "limit"),
        ("history", {"pk": 1, "before_seq": -1}, "before_seq"),
        ("history", {"pk": 1, "before_seq": 1, "after_seq": 1}, None),
        ("create", {}, "data"),
        ("create", {"data": []}, "data"),
        ("create", {"data": {}}, "name"),
        ("create", {"data": {"name": ""}}, "name"),
        ("create", {"data": {"name": "x", "host": 1}}, "host"),
        ("create", {"data": {"name": "x", "kind": "secret"}}, "kind"),
        ("create", {"name": "x"}, None),
        ("patch", {"pk": 1}, "data"),
        ("patch", {"pk": 1, "data": {"kind": "private"}}, "kind"),
        ("list", {"data": {"kind": "secret"}}, "kind"),
        ("list", {"data": {"joined": "true"}}, "joined"),
        ("list", {"data": {"limit": 5}}, "limit"),
        ("list", {"data": "x"}, "data"),
        ("ping", {"pk": 1}, "pk"),
    ],
    ids=str,
)
def test_bad_field(bob: Socket, action: str, fields: dict[str, Any], field: str | None) -> None:
    assert_refused(bob.request(action, **fields), 400, "invalid", field)
    assert bob.is_alive()


def test_message_of_the_longest_text(bob: Socket, room: int) -> None:
    reply = bob.request("create_message", pk=room, message="🎈" * 4000)

    assert reply["response_status"] == 201


def test_private_room_of_others(bob: Socket, private_room: int) -> None:
    of_messages = {"update_message", "delete_message"}
    for action in set(PK.split()) - of_messages:
        if action.startswith("unsubscribe"):
            continue
        reply = bob.request(action, pk=private_room, **MORE.get(action, {}))
        assert_refused(reply, 404, "not_found")
    assert bob.is_alive()


def test_sending_after_leaving(bob: Socket, room: int) -> None:
    bob.request("join_room", pk=room)
    bob.request("leave_room", pk=room)

    reply = bob.request("create_message", pk=room, message=canary())

    assert_refused(reply, 403, "not_a_member")


def test_sending_without_a_room(bob: Socket) -> None:
    assert_refused(bob.request("create_message", message=canary()), 400, "invalid", "pk")


def test_refused_frames_change_nothing(bob: Socket, people: People, room: int) -> None:
    name = unique("kept")
    people.alice.api.patch(f"/api/rooms/{room}/", json={"name": name})
    message = people.alice.posts(room)

    refused: list[tuple[str, dict[str, Any]]] = [
        ("patch", {"pk": room, "data": {"topic": "mine"}}),
        ("update", {"pk": room, "data": {"name": unique("mine")}}),
        ("delete", {"pk": room}),
        ("update_message", {"pk": message["pk"], "message": "mine"}),
        ("delete_message", {"pk": message["pk"]}),
    ]
    for action, fields in refused:
        assert_refused(bob.request(action, **fields), 403, "forbidden")

    assert people.alice.sees_room(room)["name"] == name
    assert people.alice.gets(f"/api/messages/{message['pk']}/") == message
