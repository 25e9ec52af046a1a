"""Rooms: make, list, show, change, delete, join, leave, members, online."""

from typing import Any

import pytest

from tests.harness.people import Client, People, assert_error, unique

PAGE_ENDS = {"next": None, "previous": None}


def test_create_makes_the_caller_its_owner(people: People) -> None:
    name = unique("Garden")

    answer = people.alice.api.post("/api/rooms/", json={"name": name, "topic": "Roses"})

    assert answer.status_code == 201
    room = answer.json()
    assert (room["name"], room["kind"], room["topic"]) == (name, "public", "Roses")
    assert room["host"]["pk"] == people.alice.pk
    assert room["membership"]["role"] == "owner"
    assert (room["last_seq"], room["member_count"], room["last_message"]) == (1, 1, None)
    [event] = people.alice.log(room["pk"])
    assert (event["seq"], event["event"]) == (1, "member.joined")
    assert event["data"]["user"]["pk"] == people.alice.pk
    assert event["data"]["role"] == "owner"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Tea {}", "tEA {}"),
        ("Straße {}", "STRASSE {}"),
        ("Ｔｅａ {}", "tea {}"),
        ("Çay İ {}", "çAY i̇ {}"),
        ("ΣΙΓΜΑΣ {}", "σιγμας {}"),
    ],
)
def test_create_name_taken_in_another_case_or_width(
    people: People, first: str, second: str
) -> None:
    tail = unique("")
    people.alice.makes_room(name=first.format(tail))

    answer = people.bob.api.post("/api/rooms/", json={"name": second.format(tail)})

    assert_error(answer, 409, "conflict", "name")


def test_create_name_taken_by_a_private_room(people: People) -> None:
    name = people.alice.makes_room(kind="private")["name"]

    assert_error(people.bob.api.post("/api/rooms/", json={"name": name}), 409, "conflict", "name")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "\u200b\u200d"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": "x", "kind": "secret"}, "kind"),
        ({"name": "x", "kind": "direct"}, "kind"),
        ({"name": "x", "topic": 1}, "topic"),
        ({"name": "x", "topic": "a\u0000b"}, "topic"),
        ({"name": "x", "host": 1}, "host"),
        ({"name": "x", "pk": 1}, "pk"),
    ],
    ids=str,
)
def test_create_with_a_bad_value(people: People, body: dict[str, Any], field: str) -> None:
    assert_error(people.alice.api.post("/api/rooms/", json=body), 400, "invalid", field)


def test_create_name_of_one_hundred_characters_outside_the_plane(people: People) -> None:
    name = (unique("🎈") + "🎈" * 100)[:100]

    assert people.alice.makes_room(name=name)["name"] == name


def test_show_public_room_to_somebody_outside(people: People, room: int) -> None:
    seen = people.charlie.sees_room(room)

    assert seen["membership"] is None
    assert (seen["pk"], seen["member_count"], seen["last_seq"]) == (room, 2, 2)


def test_show_membership_of_the_caller(people: People, room: int) -> None:
    people.alice.posts(room)

    membership = people.bob.sees_room(room)["membership"]

    assert membership["role"] == "member"
    assert membership["unread_count"] == 1
    assert people.alice.sees_room(room)["membership"]["unread_count"] == 0


OTHERS = [
    ("get", "/api/rooms/{}/", None),
    ("patch", "/api/rooms/{}/", {"topic": "x"}),
    ("delete", "/api/rooms/{}/", None),
    ("post", "/api/rooms/{}/join/", None),
    ("post", "/api/rooms/{}/leave/", None),
    ("get", "/api/rooms/{}/members/", None),
    ("get", "/api/rooms/{}/online/", None),
    ("get", "/api/rooms/{}/messages/", None),
    ("post", "/api/rooms/{}/messages/", {"text": "x"}),
    ("get", "/api/rooms/{}/events/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), OTHERS, ids=lambda value: str(value))
def test_private_room_of_others_does_not_exist(
    people: People, private_room: int, method: str, path: str, body: Any
) -> None:
    answer = people.charlie.api.request(method, path.format(private_room), json=body)

    assert_error(answer, 404, "not_found")


@pytest.mark.parametrize("pk", ["0", "-1", "99999999999999999999", "x", "1.0", "%00", "١"])
@pytest.mark.parametrize(("method", "path", "body"), OTHERS[:8:7], ids=lambda value: str(value))
def test_room_of_an_impossible_pk(
    people: People, pk: str, method: str, path: str, body: Any
) -> None:
    answer = people.alice.api.request(method, path.format(pk), json=body)

    assert_error(answer, 404, "not_found")


@pytest.mark.parametrize(("method", "path", "body"), OTHERS, ids=lambda value: str(value))
def test_everything_needs_a_login(
    guest: Client, room: int, method: str, path: str, body: Any
) -> None:
    assert_error(guest.request(method, path.format(room), json=body), 401, "not_authenticated")


def test_patch_by_the_owner_is_an_event(people: People, room: int) -> None:
    name = unique("renamed")

    answer = people.alice.api.patch(f"/api/rooms/{room}/", json={"name": name, "topic": "new"})

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["topic"]) == (name, "new")
    last = people.bob.log(room)[-1]
    assert last["event"] == "room.updated"
    assert (last["data"]["name"], last["actor"]["pk"]) == (name, people.alice.pk)
    assert "membership" not in last["data"]


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_patch_and_delete_by_others(people: People, room: int, who: str) -> None:
    person = getattr(people, who)

    changed = person.api.patch(f"/api/rooms/{room}/", json={"topic": "mine"})
    deleted = person.api.delete(f"/api/rooms/{room}/")

    for answer in (changed, deleted):
        assert_error(answer, 403, ("forbidden", "not_a_member"))
    assert people.alice.sees_room(room)["topic"] == ""


def test_patch_to_a_taken_name(people: People, room: int) -> None:
    taken = people.bob.makes_room()["name"]

    answer = people.alice.api.patch(f"/api/rooms/{room}/", json={"name": taken.upper()})

    assert_error(answer, 409, "conflict", "name")


def test_patch_may_change_the_case_of_its_own_name(people: People, room: int) -> None:
    name = people.alice.sees_room(room)["name"].upper()

    answer = people.alice.api.patch(f"/api/rooms/{room}/", json={"name": name})

    assert (answer.status_code, answer.json()["name"]) == (200, name)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": ""}, "name"), ({"kind": "private"}, "kind"), ({"topic": {}}, "topic")],
    ids=str,
)
def test_patch_with_a_bad_value(
    people: People, room: int, body: dict[str, Any], field: str
) -> None:
    assert_error(people.alice.api.patch(f"/api/rooms/{room}/", json=body), 400, "invalid", field)


def test_delete_hides_the_room_and_frees_its_name(people: People) -> None:
    room = people.alice.makes_room()
    message = people.alice.posts(room["pk"])

    assert people.alice.api.delete(f"/api/rooms/{room['pk']}/").status_code == 204

    for method, path, body in OTHERS:
        answer = people.alice.api.request(method, path.format(room["pk"]), json=body)
        assert_error(answer, 404, "not_found")
    assert_error(people.alice.api.get(f"/api/messages/{message['pk']}/"), 404, "not_found")
    assert people.bob.makes_room(name=room["name"])["pk"] != room["pk"]
