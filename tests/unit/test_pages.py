"""Pages by keyset: every row once, forwards and backwards, however many rows share a key.

Leave the pk out of `by`, and rows of one moment are skipped.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from backend.api.pages import Page, paginate
from backend.chat.errors import Invalid
from backend.chat.models import Room, User
from backend.contract.requests import BIGGEST, PageQuery

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = [("-active_at", "-pk"), ("active_at", "pk"), ("-active_at", "pk"), ("-last_seq", "-pk")]


def page(by: tuple[str, ...], size: int = 50, cursor: str | None = None) -> Page:
    address = "/api/rooms/?search=room%201&page_size=7"
    return paginate(
        Room.objects.all(),
        by=by,
        query=PageQuery(page_size=size, cursor=cursor),
        request=Request(APIRequestFactory().get(address)),
    )


def cursor_of(address: str | None) -> str | None:
    if address is None:
        return None
    assert address.startswith("http://testserver/api/rooms/?search=room+1&page_size=7&cursor=")
    return address.rsplit("cursor=", 1)[1]


def walk(by: tuple[str, ...], size: int) -> tuple[list[int], list[int]]:
    """The pks as they come page by page to the end, and from there back to the beginning."""
    forwards: list[list[int]] = []
    found = page(by, size)
    assert found.previous is None
    forwards.append([row.pk for row in found.rows])
    while cursor := cursor_of(found.next):
        found = page(by, size, cursor)
        forwards.append([row.pk for row in found.rows])
        assert len(forwards) < 1000, "round and round"
    backwards = [forwards[-1]]
    while cursor := cursor_of(found.previous):
        found = page(by, size, cursor)
        backwards.insert(0, [row.pk for row in found.rows])
        assert len(backwards) < 1000, "round and round"
    assert all(forwards[1:]) and all(len(part) <= size for part in forwards + backwards)
    return [*chain(*forwards)], [*chain(*backwards)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=9),
    size=st.integers(1, 5),
    by=st.sampled_from(ORDERS),
)
def test_every_row_comes_once_in_either_direction(
    db: None, rows: list[tuple[int, int]], size: int, by: tuple[str, ...]
) -> None:
    with transaction.atomic():
        for n, (moment, seq) in enumerate(rows):
            active_at = START + timedelta(microseconds=moment)
            Room.objects.create(name=f"room {n}", active_at=active_at, last_seq=seq)
        expected = list(Room.objects.order_by(*by).values_list("pk", flat=True))

        forwards, backwards = walk(by, size)

        assert forwards == backwards == expected
        transaction.set_rollback(True)


def test_rows_that_come_and_go_while_one_pages_move_no_others(db: None) -> None:
    rooms = [Room.objects.create(name=f"{n}", active_at=START) for n in range(6)]
    first = page(("active_at", "pk"), 2)

    rooms[1].delete()  # the row that the cursor names
    Room.objects.create(name="early", active_at=START - timedelta(1))
    second = page(("active_at", "pk"), 2, cursor_of(first.next))

    assert [row.name for row in first.rows + second.rows] == ["0", "1", "2", "3"]


def encoded(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


MOMENT = START.isoformat()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "0",
        "-1",
        "abc",
        "%00",
        "\0",
        "é",
        "a" * 999,
        encoded("x"),
        encoded({}),
        encoded([]),
        encoded(["next"]),
        encoded(["next", []]),
        encoded(["next", [MOMENT]]),
        encoded(["next", [MOMENT, 1, 2]]),
        encoded(["next", [MOMENT, "1"]]),
        encoded(["next", [MOMENT, 1.5]]),
        encoded(["next", [MOMENT, None]]),
        encoded(["next", [MOMENT, True]]),
        encoded(["next", [MOMENT, BIGGEST + 1]]),
        encoded(["next", [5, 1]]),
        encoded(["next", ["yesterday", 1]]),
        encoded(["next", ["", 1]]),
        encoded(["next", ["0001-01-01T00:00:00+14:00", 1]]),
        encoded(["next", ["9999-12-31T23:59:59-14:00", 1]]),
        encoded(["next", [[MOMENT], 1]]),
        encoded(["sideways", [MOMENT, 1]]),
    ],
    ids=lambda cursor: ascii(cursor)[:30],
)
def test_bad_cursor(db: None, cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        page(("-active_at", "-pk"), cursor=cursor)

    assert caught.value.field == "cursor"


@pytest.mark.parametrize("key", ["a\0b", "\ud800"], ids=ascii)
def test_text_in_a_cursor_that_no_row_can_have(db: None, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        paginate(
            User.objects.all(),
            by=("username_key", "pk"),
            query=PageQuery(cursor=encoded(["next", [key, 1]])),
            request=Request(APIRequestFactory().get("/api/users/")),
        )

    assert caught.value.field == "cursor"
