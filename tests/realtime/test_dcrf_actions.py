"""DCRF's own actions: rooms as instances of a model."""

from collections.abc import Callable

from tests.harness.people import People, unique
from tests.harness.sockets import Socket, assert_refused, ok

Connect = Callable[..., Socket]


def test_create_retrieve_patch_update_delete(people: People, alice: Socket) -> None:
    name = unique("by-socket")

    made = ok(alice.request("create", data={"name": name, "topic": "t"}), 201)
    assert (made["name"], made["topic"], made["membership"]["role"]) == (name, "t", "owner")

    assert ok(alice.request("retrieve", pk=made["pk"])) == people.alice.sees_room(made["pk"])

    patched = ok(alice.request("patch", pk=made["pk"], data={"topic": "new"}))
    assert (patched["name"], patched["topic"]) == (name, "new")

    renamed = unique("renamed")
    updated = ok(alice.request("update", pk=made["pk"], data={"name": renamed, "topic": "x"}))
    assert (updated["name"], updated["topic"]) == (renamed, "x")

    reply = alice.request("delete", pk=made["pk"])
    assert (reply["response_status"], reply["errors"], reply["data"]) == (204, [], None)
    assert_refused(alice.request("retrieve", pk=made["pk"]), 404, "not_found")
    assert ok(alice.request("create", data={"name": renamed}), 201)["pk"] != made["pk"]


def test_create_a_taken_name(people: People, alice: Socket) -> None:
    name = people.bob.makes_room()["name"]

    reply = alice.request("create", data={"name": name.upper()})

    assert_refused(reply, 409, "conflict", "name")


def test_list_is_newest_activity_first(people: People, bob: Socket) -> None:
    prefix = unique("list")
    older, newer = (people.alice.makes_room(name=f"{prefix} {n}")["pk"] for n in range(2))
    hidden = people.alice.makes_room(name=f"{prefix} hidden", kind="private")["pk"]
    people.alice.posts(older)

    everything = ok(bob.request("list"))
    found = ok(bob.request("list", data={"search": prefix}))

    assert len(everything) <= 200
    ours = [room["pk"] for room in everything if prefix in (room["name"] or "")]
    assert ours == [older, newer]
    assert hidden not in [room["pk"] for room in everything]
    assert found == [people.bob.sees_room(older), people.bob.sees_room(newer)]


def test_list_of_joined_rooms_of_a_kind(people: People, alice: Socket) -> None:
    prefix = unique("kinds")
    private = people.alice.makes_room(name=f"{prefix} private", kind="private")["pk"]
    people.alice.makes_room(name=f"{prefix} public")
    people.bob.makes_room(name=f"{prefix} other")

    query = {"search": prefix, "kind": "private", "joined": True}

    assert [room["pk"] for room in ok(alice.request("list", data=query))] == [private]
    assert len(ok(alice.request("list", data={"search": prefix, "joined": True}))) == 2
