"""Register, and the caller's own account."""

from typing import Any

import pytest

from tests.harness.people import Client, People, Person, assert_error, canary, unique


def register(guest: Client, **changes: Any) -> Any:
    body = {"username": unique("eve"), "password": canary("password"), **changes}
    kept = {name: value for name, value in body.items() if value is not None}
    return guest.post("/api/auth/register/", json=kept)


def test_register_answers_the_user_and_nothing_more(guest: Client) -> None:
    name = unique("eve")

    answer = register(guest, username=name, email="eve@example.org", display_name="Eve")

    assert answer.status_code == 201
    assert answer.json() == {
        "pk": answer.json()["pk"],
        "username": name,
        "display_name": "Eve",
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("eve{}", "EVE{}"),
        ("straße{}", "STRASSE{}"),
        ("δημος{}", "ΔΗΜΟΣ{}"),
        ("ｅｖｅ{}", "eve{}"),
        ("ﬁn{}", "FIN{}"),
        ("иван{}", "ИВАН{}"),
    ],
)
def test_register_name_taken_in_another_case_or_width(
    guest: Client, first: str, second: str
) -> None:
    tail = unique("")
    assert register(guest, username=first.format(tail)).status_code == 201

    answer = register(guest, username=second.format(tail))

    assert_error(answer, 409, "conflict", "username")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": None}, "username"),
        ({"username": ""}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "a\u0000b"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": 5}, "username"),
        ({"username": None, "name": "eve"}, None),
        ({"password": None}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "9182736450912"}, "password"),
        ({"password": 123456789012}, "password"),
        ({"email": "no address"}, "email"),
        ({"email": ["a@example.org"]}, "email"),
        ({"display_name": "x" * 1000}, "display_name"),
        ({"is_superuser": True}, "is_superuser"),
    ],
    ids=str,
)
def test_register_with_a_bad_value(guest: Client, changes: dict[str, Any], field: str) -> None:
    assert_error(register(guest, **changes), 400, "invalid", field)


def test_register_with_the_username_as_password(guest: Client) -> None:
    name = unique("eve")

    answer = register(guest, username=name, password=name)

    assert_error(answer, 400, "invalid", "password")


@pytest.fixture(scope="module")
def dora(people: People) -> Person:
    return people.new("dora")


def test_me_shows_the_account(dora: Person) -> None:
    me = dora.gets("/api/me/")

    assert me["pk"] == dora.pk
    assert me["username"] == dora.username
    assert {"display_name", "email", "date_joined"} <= set(me)


def test_me_patch_changes_what_others_see(dora: Person, people: People) -> None:
    answer = dora.api.patch(
        "/api/me/", json={"display_name": "Dora 🎈", "email": "dora@example.org"}
    )

    assert answer.status_code == 200
    assert answer.json()["email"] == "dora@example.org"
    room = dora.makes_room()
    host = people.alice.sees_room(room["pk"])["host"]
    assert host == {"pk": dora.pk, "username": dora.username, "display_name": "Dora 🎈"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "other"}, "username"),
        ({"pk": 1}, "pk"),
        ({"display_name": 5}, "display_name"),
        ({"display_name": "x" * 1000}, "display_name"),
        ({"display_name": "a\u0000b"}, "display_name"),
        ({"email": "nobody"}, "email"),
    ],
    ids=str,
)
def test_me_patch_with_a_bad_value(dora: Person, body: dict[str, Any], field: str) -> None:
    assert_error(dora.api.patch("/api/me/", json=body), 400, "invalid", field)


def test_me_needs_a_login(guest: Client) -> None:
    assert_error(guest.get("/api/me/"), 401, "not_authenticated")
