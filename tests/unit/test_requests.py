"""Checking what clients send: types without coercion, and the field to blame.

Pass `strict=False` to msgspec for bodies too, and "5" and true are numbers.
"""

from typing import Any

import pytest

from backend.chat.errors import Invalid
from backend.contract import actions, json, requests
from backend.contract.checking import by_pk, check, digits_as_pk
from backend.contract.requests import BIGGEST


@pytest.mark.parametrize(
    ("shape", "raw"),
    [
        (actions.OneRoom, {"pk": 1}),
        (actions.OneRoom, {"pk": BIGGEST}),
        (requests.NewMessage, {"text": "x" * 4000, "client_id": "x" * 64}),
        (requests.NewMessage, {"text": "x", "client_id": None}),
        (actions.Subscribe, {"pk": 1, "after_seq": 0, "epoch": "e"}),
        (actions.Subscribe, {"pk": 1, "after_seq": BIGGEST}),
        (actions.History, {"pk": 1, "limit": 200, "before_seq": 5}),
        (actions.Typing, {"pk": 1, "typing": False}),
        (actions.CreateRoom, {"data": {"name": "x", "kind": "private"}}),
        (requests.SyncRequest, {"rooms": {"1": 0}, "limit": 1000}),
        (requests.Nothing, {}),
    ],
)
def test_check_takes(shape: type, raw: dict[str, Any]) -> None:
    assert isinstance(check(raw, shape), shape)


@pytest.mark.parametrize(
    ("shape", "raw", "field"),
    [
        # of the wrong type
        (actions.OneRoom, {"pk": 1.0}, "pk"),
        (actions.OneRoom, {"pk": True}, "pk"),
        (actions.OneRoom, {"pk": "1"}, "pk"),
        (actions.OneRoom, {"pk": None}, "pk"),
        (actions.OneRoom, {"pk": [1]}, "pk"),
        (actions.Typing, {"pk": 1, "typing": 1}, "typing"),
        (requests.NewMessage, {"text": 5}, "text"),
        # out of range
        (actions.OneRoom, {"pk": 0}, "pk"),
        (actions.OneRoom, {"pk": -1}, "pk"),
        (actions.OneRoom, {"pk": BIGGEST + 1}, "pk"),
        (actions.OneRoom, {"pk": 10**30}, "pk"),
        (actions.OneRoom, {"pk": float("inf")}, "pk"),
        (actions.Subscribe, {"pk": 1, "after_seq": -1}, "after_seq"),
        (actions.Subscribe, {"pk": 1, "after_seq": 2**63}, "after_seq"),
        (actions.History, {"pk": 1, "limit": 0}, "limit"),
        (actions.History, {"pk": 1, "limit": 201}, "limit"),
        (requests.SyncRequest, {"limit": 1001}, "limit"),
        (requests.NewMessage, {"text": ""}, "text"),
        (requests.NewMessage, {"text": "x" * 4001}, "text"),
        (requests.NewMessage, {"text": "x", "client_id": "a b"}, "client_id"),
        (requests.NewMessage, {"text": "x", "client_id": "x" * 65}, "client_id"),
        (requests.MessageChange, {"text": "x", "version": 0}, "version"),
        # missing, and unknown
        (actions.OneRoom, {}, "pk"),
        (requests.NewMessage, {"client_id": "c"}, "text"),
        (actions.OneRoom, {"pk": 1, "self": 1}, "self"),
        (actions.OneRoom, {"pk": 1, "": 1}, ""),
        (requests.Nothing, {"consumer": {}}, "consumer"),
        # within another object
        (actions.CreateRoom, {"data": {}}, "name"),
        (actions.CreateRoom, {"data": {"name": 5}}, "name"),
        (actions.CreateRoom, {"data": {"name": "x", "kind": "direct"}}, "kind"),
        (actions.CreateRoom, {"data": {"name": "x", "host": 1}}, "host"),
        (actions.CreateRoom, {"data": []}, "data"),
        (requests.SyncRequest, {"rooms": {"1": -1}}, "rooms"),
        (requests.SyncRequest, {"rooms": {"1": "2"}}, "rooms"),
        (requests.SyncRequest, {"rooms": [1]}, "rooms"),
        # no object at all
        (actions.OneRoom, [], None),
        (actions.OneRoom, None, None),
        (actions.OneRoom, "pk", None),
    ],
    ids=repr,
)
def test_check_names_the_field_to_blame(shape: type, raw: Any, field: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        check(raw, shape)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (requests.NewMessage, '{"text":"a","\\ud800":1}'),
        (requests.NewRoom, '{"name":"a","kind":"\\ud800"}'),
        (requests.NewMessage, '{"text":"a","client_id":"\\udfff"}'),
        (requests.NewMessage, '{"text":"a","a`b":1}'),
        (requests.NewMessage, '{"text":"a","x - at `$.y`":1}'),
    ],
    ids=["name", "choice", "pattern", "backtick", "like a message"],
)
def test_check_survives_odd_texts_and_what_it_says_can_be_sent(shape: type, body: str) -> None:
    with pytest.raises(Invalid) as caught:
        check(json.decode(body), shape)

    json.encode([caught.value.field, caught.value.detail])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"after_seq": "5", "limit": "1000", "wait": "2.5"}, (5, 1000, 2.5)),
        ({"after_seq": "0", "wait": "25"}, (0, 200, 25)),
        ({}, (0, 200, 0)),
    ],
)
def test_check_of_a_query_string_reads_numbers(query: dict[str, str], expected: tuple) -> None:  # type: ignore[type-arg]
    asked = check(query, requests.EventQuery, from_text=True)

    assert (asked.after_seq, asked.limit, asked.wait) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after_seq": "-1"}, "after_seq"),
        ({"after_seq": "1.5"}, "after_seq"),
        ({"after_seq": "x"}, "after_seq"),
        ({"after_seq": ""}, "after_seq"),
        ({"after_seq": "5 "}, "after_seq"),
        ({"after_seq": "٥"}, "after_seq"),
        ({"after_seq": "9" * 19}, "after_seq"),
        ({"after_seq": "9" * 5000}, "after_seq"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"wait": "25.1"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"wait": "nan"}, "wait"),
        ({"wait": "inf"}, "wait"),
        ({"offset": "1"}, "offset"),
    ],
    ids=repr,
)
def test_check_of_a_bad_query_string(query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        check(query, requests.EventQuery, from_text=True)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("pk", "read"),
    [("5", 5), ("007", 7), (5, 5), ("x", "x"), ("", ""), ("-5", "-5"), ("5.0", "5.0"), ("٥", "٥")],
)
def test_digits_as_pk(pk: Any, read: Any) -> None:
    assert digits_as_pk({"pk": pk, "other": "6"}) == {"pk": read, "other": "6"}


def test_digits_as_pk_past_any_pk_are_refused_as_a_pk() -> None:
    for digits in ("9" * 19, "9" * 20, "9" * 5000):
        with pytest.raises(Invalid) as caught:
            check(digits_as_pk({"pk": digits}), actions.OneRoom)
        assert caught.value.field == "pk"


def test_by_pk() -> None:
    assert by_pk({"1": 5, str(BIGGEST): 0}) == {1: 5, BIGGEST: 0}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "0",
        "-1",
        "x",
        "1.0",
        " 1",
        "٣",
        "\ud800",
        str(BIGGEST + 1),
        "9" * 5000,
        "0" * 19 + "1" + "9" * 30,
        "0" * 19 + "1" + "9" * 5000,
    ],
    ids=lambda name: ascii(name)[:30],
)
def test_by_pk_of_what_names_no_room(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        by_pk({name: 0})

    assert caught.value.field == "rooms"


def test_by_pk_of_one_room_named_twice() -> None:
    with pytest.raises(Invalid):
        by_pk({"1": 5, "01": 6})
