"""Reactions, replies, mentions and read markers on the socket, and the room's log as a whole."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.people import People, canary, unique
from tests.harness.sockets import Frame, Socket, assert_refused, ok, subscribe

Connect = Callable[..., Socket]
THUMB = "👍"


# -- reactions -------------------------------------------------------------------------------


def test_reaction_is_an_update_of_the_message(
    people: People, alice: Socket, bob: Socket, room: int
) -> None:
    message = people.alice.posts(room)
    subscribe(alice, room, request_id="log")

    given = ok(bob.request("add_reaction", pk=message["pk"], emoji=THUMB))
    taken = ok(bob.request("remove_reaction", pk=message["pk"], emoji=THUMB))

    assert given["reactions"] == [{"emoji": THUMB, "count": 1, "users": [people.bob.pk]}]
    assert taken == message
    first, second = alice.events(2)
    assert [(f["action"], f["event"], f["seq"]) for f in (first, second)] == [
        ("update", "reaction.added", 4),
        ("update", "reaction.removed", 5),
    ]
    assert (first["pk"], second["pk"]) == (message["pk"], message["pk"])
    assert second["data"] == message
    assert (first["response_status"], first["errors"]) == (200, [])


def test_reaction_without_effect_is_no_event(people: People, bob: Socket, room: int) -> None:
    message = people.alice.posts(room)
    subscribe(bob, room)

    ok(bob.request("remove_reaction", pk=message["pk"], emoji=THUMB))
    first = ok(bob.request("add_reaction", pk=message["pk"], emoji=THUMB))
    again = ok(bob.request("add_reaction", pk=message["pk"], emoji=THUMB))

    assert first == again
    assert [f["seq"] for f in bob.settle(0.5) if "event" in f] == [4]


@pytest.mark.parametrize("action", ["add_reaction", "remove_reaction"])
@pytest.mark.parametrize(
    "emoji", ["", "x", ":thumbs_up:", THUMB * 2, "1", "\u200d", 5, None, [THUMB], "x" * 5000]
)
def test_reaction_that_is_no_emoji(
    people: People, bob: Socket, room: int, action: str, emoji: Any
) -> None:
    message = people.alice.posts(room)

    reply = bob.request(action, pk=message["pk"], emoji=emoji)

    assert_refused(reply, 400, "invalid", "emoji")


@pytest.mark.parametrize("action", ["add_reaction", "remove_reaction"])
def test_reaction_refused(
    people: People, bob: Socket, connect: Connect, room: int, action: str
) -> None:
    message = people.alice.posts(room)["pk"]
    outside = connect(people.charlie)

    assert_refused(outside.request(action, pk=message, emoji=THUMB), 403, "not_a_member")
    assert_refused(bob.request(action, pk=999_999_999, emoji=THUMB), 404, "not_found")
    assert_refused(bob.request(action, pk=message), 400, "invalid", "emoji")
    assert_refused(bob.request(action, emoji=THUMB), 400, "invalid", "pk")
    people.alice.api.delete(f"/api/messages/{message}/")
    assert_refused(bob.request(action, pk=message, emoji=THUMB), 409, "conflict")


# -- replies and mentions --------------------------------------------------------------------


def test_reply_and_mention(people: People, alice: Socket, bob: Socket, room: int) -> None:
    question = people.alice.posts(room)
    subscribe(alice, room)
    text = f"yes, @{people.alice.username}"

    sent = ok(bob.request("create_message", pk=room, message=text, reply_to=question["pk"]), 201)

    assert (sent["reply_to"], sent["mentions"]) == (question["pk"], [people.alice.pk])
    assert alice.events(1)[0]["data"] == sent
    edited = ok(bob.request("update_message", pk=sent["pk"], message="yes"))
    assert (edited["reply_to"], edited["mentions"]) == (question["pk"], [])


@pytest.mark.parametrize("reply_to", [999_999_999, 0, -1, "1", 1.0, True, 10**30], ids=str)
def test_reply_to_nothing(bob: Socket, room: int, reply_to: Any) -> None:
    reply = bob.request("create_message", pk=room, message="x", reply_to=reply_to)

    assert_refused(reply, 400, "invalid", "reply_to")


def test_reply_into_another_room(people: People, bob: Socket, room: int) -> None:
    elsewhere = people.alice.posts(people.alice.makes_room()["pk"])["pk"]

    reply = bob.request("create_message", pk=room, message="x", reply_to=elsewhere)

    assert_refused(reply, 400, "invalid", "reply_to")


# -- markers ---------------------------------------------------------------------------------


def test_mark_read_moves_forward_only(people: People, bob: Socket, room: int) -> None:
    for _ in range(2):
        people.alice.posts(room)

    assert ok(bob.request("mark_read", pk=room, seq=3)) == {"last_read_seq": 3, "unread_count": 1}
    assert ok(bob.request("mark_read", pk=room, seq=4)) == {"last_read_seq": 4, "unread_count": 0}
    assert ok(bob.request("mark_read", pk=room, seq=1)) == {"last_read_seq": 4, "unread_count": 0}
    assert people.bob.sees_room(room)["membership"]["last_read_seq"] == 4


def test_mark_read_refused(people: People, bob: Socket, connect: Connect, room: int) -> None:
    assert_refused(bob.request("mark_read", pk=room, seq=3), 400, "invalid", "seq")
    assert_refused(bob.request("mark_read", pk=room, seq=-1), 400, "invalid", "seq")
    assert_refused(bob.request("mark_read", pk=room, seq=1.0), 400, "invalid", "seq")
    assert_refused(bob.request("mark_read", pk=room), 400, "invalid", "seq")
    assert_refused(bob.request("mark_read", seq=1), 400, "invalid", "pk")
    assert_refused(bob.request("mark_read", pk=999_999_999, seq=1), 404, "not_found")
    outside = connect(people.charlie)
    assert_refused(outside.request("mark_read", pk=room, seq=1), 403, "not_a_member")


def test_sync_on_the_socket_counts_like_rest(people: People, connect: Connect) -> None:
    dora = people.new("dora")
    room = people.alice.makes_room()["pk"]
    dora.joins(room)
    people.alice.posts(room)
    socket = connect(dora)

    synced = ok(socket.request("sync", rooms={str(room): 2}))

    assert synced["rooms"][str(room)]["unread_count"] == 1
    assert synced == dora.api.post("/api/sync/", json={"rooms": {str(room): 2}}).json()
    ok(socket.request("mark_read", pk=room, seq=3))
    assert ok(socket.request("sync", rooms={}))["rooms"] == {
        str(room): {"head_seq": 3, "unread_count": 0}
    }


# -- state before + events = state fetched anew ----------------------------------------------


def fetched(people: People, room: int) -> dict[str, Any]:
    seen = people.alice.sees_room(room)
    members = people.alice.gets(f"/api/rooms/{room}/members/")["results"]
    history = people.alice.gets(f"/api/rooms/{room}/messages/", params={"limit": 200})["results"]
    return {
        "seq": seen["last_seq"],
        "about": about(seen),
        "members": {row["user"]["pk"]: (row["role"], row["muted_until"]) for row in members},
        "messages": {message["pk"]: message for message in history},
    }


def about(room: dict[str, Any]) -> dict[str, Any]:
    return {name: room[name] for name in ("name", "topic", "host", "kind")}


def reduced(state: dict[str, Any], frames: list[Frame]) -> dict[str, Any]:
    for frame in frames:
        data = frame["data"]
        assert frame["seq"] == state["seq"] + 1
        state["seq"] = frame["seq"]
        match frame["action"]:
            case "create" | "update" | "delete":
                state["messages"][frame["pk"]] = data
            case "member.joined" | "member.updated":
                state["members"][data["user"]["pk"]] = (data["role"], data["muted_until"])
            case "member.left":
                del state["members"][data["user"]["pk"]]
            case "room.updated":
                state["about"] = about(data)
            case other:
                raise AssertionError(f"an event that no client knows: {other}")
    return state


def test_events_of_every_kind_lead_to_what_is_fetched_anew(
    people: People, connect: Connect, room: int
) -> None:
    """Live, and read again from the log afterwards: both end in the same state."""
    socket = connect(people.new("watcher"))
    subscribe(socket, room)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    before, anew = fetched(people, room), fetched(people, room)
    alice, bob = (f"/api/rooms/{room}/members/{p.pk}/" for p in (people.alice, people.bob))

    first = people.bob.posts(room, f"hello @{people.alice.username}")
    second = people.alice.posts(room, canary(), reply_to=first["pk"])
    for person, method, path, json in [
        (people.bob, "PATCH", f"/api/messages/{first['pk']}/", {"text": "hello all"}),
        (people.alice, "PUT", f"/api/messages/{first['pk']}/reactions/{THUMB}/", None),
        (people.bob, "PUT", f"/api/messages/{second['pk']}/reactions/{THUMB}/", None),
        (people.bob, "DELETE", f"/api/messages/{second['pk']}/reactions/{THUMB}/", None),
        (people.charlie, "POST", f"/api/rooms/{room}/join/", None),
        (people.alice, "PATCH", bob, {"muted_until": tomorrow}),
        (people.alice, "PATCH", bob, {"role": "owner"}),
        (people.bob, "PATCH", f"/api/rooms/{room}/", {"topic": "new", "name": unique("new")}),
        (people.alice, "PATCH", alice, {"role": "member"}),
        (people.bob, "DELETE", f"/api/rooms/{room}/members/{people.charlie.pk}/", None),
        (people.alice, "DELETE", f"/api/messages/{second['pk']}/", None),
        (people.bob, "DELETE", alice, None),
        (people.alice, "POST", f"/api/rooms/{room}/join/", None),
    ]:
        answer = person.api.request(method, path, **({"json": json} if json else {}))
        assert answer.is_success, (method, path, answer.text)

    head = people.alice.sees_room(room)["last_seq"]
    frames = socket.events(head - 2)
    now = fetched(people, room)
    assert reduced(before, frames) == now
    again = [
        {**event, "action": action_of(event), "pk": event["data"].get("pk")}
        for event in people.alice.log(room, after_seq=2)
    ]
    assert reduced(anew, again) == now
    assert {frame["event"] for frame in frames} == {
        "message.created",
        "message.updated",
        "message.deleted",
        "reaction.added",
        "reaction.removed",
        "member.joined",
        "member.left",
        "member.updated",
        "room.updated",
    }


def action_of(event: dict[str, Any]) -> str:
    """A room's log over REST has no DCRF words."""
    of_message = event["event"].startswith(("message.", "reaction."))
    return "update" if of_message else str(event["event"])
