"""Accounts: register, log in, change, deactivate.

Save `username` without its key and `ALICE` gets an account beside `alice`.
"""

import pytest

from backend.chat import accounts
from backend.chat.errors import Conflict, Invalid, NotAuthenticated
from backend.chat.models import User

GOOD = "correct-horse-9"


pytestmark = pytest.mark.django_db


def test_register_stores_what_was_given() -> None:
    user = accounts.register(
        username="alice", password=GOOD, email="a@example.org", display_name=" Alice  A. "
    )

    stored = User.objects.get(pk=user.pk)
    assert (stored.username, stored.email) == ("alice", "a@example.org")
    assert stored.display_name == "Alice A."
    assert stored.check_password(GOOD) and GOOD not in stored.password
    assert stored.is_active and not stored.is_staff and not stored.is_superuser


@pytest.mark.parametrize("again", ["alice", "ALICE", "Alice", "ａｌｉｃｅ"])
def test_register_a_taken_name_in_any_case(again: str) -> None:
    accounts.register(username="alice", password=GOOD)

    with pytest.raises(Conflict) as caught:
        accounts.register(username=again, password=GOOD)

    assert caught.value.field == "username"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other"), [("müller", "MÜLLER"), ("straße", "STRASSE"), ("ольга", "ОЛЬГА")]
)
def test_register_a_taken_name_in_other_scripts(one: str, other: str) -> None:
    accounts.register(username=one, password=GOOD)

    with pytest.raises(Conflict):
        accounts.register(username=other, password=GOOD)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "a\0"}, "username"),
        ({"username": "a/b"}, "username"),
        # One character whose compatible form has 18.
        ({"username": "\ufdfa" * 150}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "1234567890"}, "password"),
        ({"password": "margaret-h"}, "password"),
        ({"password": "x9-" * 50}, "password"),
        ({"password": "correct\0horse"}, "password"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org\n"}, "email"),
        ({"email": "x" * 250 + "@example.org"}, "email"),
        ({"display_name": "x" * 101}, "display_name"),
        ({"display_name": "a\0"}, "display_name"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_register_with_a_bad_value_names_its_field(values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.register(**{"username": "margaret-h", "password": GOOD, **values})

    assert caught.value.field == field
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", ["alice", "ALICE"])
def test_log_in_whatever_the_case_of_the_name(typed: str) -> None:
    user = accounts.register(username="alice", password=GOOD)

    assert accounts.log_in(username=typed, password=GOOD) == user


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", GOOD.upper()),
        ("alice", ""),
        ("nobody", GOOD),
        ("", GOOD),
        ("x" * 1000, GOOD),
        ("alice", "x" * 5000),
    ],
)
def test_log_in_with_wrong_credentials_says_one_and_the_same(username: str, password: str) -> None:
    accounts.register(username="alice", password=GOOD)

    with pytest.raises(NotAuthenticated) as caught:
        accounts.log_in(username=username, password=password)

    assert caught.value.detail == "No active account has these credentials."


def test_log_in_when_deactivated() -> None:
    user = accounts.register(username="alice", password=GOOD)
    accounts.deactivate(user=user)

    with pytest.raises(NotAuthenticated):
        accounts.log_in(username="alice", password=GOOD)


def test_change_keeps_what_is_not_named() -> None:
    user = accounts.register(username="alice", password=GOOD, email="a@example.org")

    accounts.change(user=user, display_name="Alice")
    accounts.change(user=user, email="")

    stored = User.objects.get(pk=user.pk)
    assert (stored.display_name, stored.email) == ("Alice", "")


def test_change_does_not_undo_another_field_changed_meanwhile() -> None:
    user = accounts.register(username="alice", password=GOOD, email="old@example.org")
    same_person_elsewhere = User.objects.get(pk=user.pk)

    accounts.change(user=user, email="new@example.org")
    accounts.change(user=same_person_elsewhere, display_name="Alice")

    stored = User.objects.get(pk=user.pk)
    assert (stored.display_name, stored.email) == ("Alice", "new@example.org")


def test_change_to_a_bad_value_changes_nothing() -> None:
    user = accounts.register(username="alice", password=GOOD, display_name="Alice")

    with pytest.raises(Invalid):
        accounts.change(user=user, display_name="New", email="nobody")

    assert User.objects.get(pk=user.pk).display_name == "Alice"
