"""Pages of long lists by keyset: every row comes once, at any depth, and a bad cursor is an error.

The cursor is the sort key of the row a page begins behind. It is opaque to clients: base64 of JSON.
"""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec
from django.db.models import CharField, DateTimeField, Model, Q, QuerySet
from msgspec import Meta
from rest_framework.request import Request

from backend.chat.errors import Invalid
from backend.contract.requests import BIGGEST

_Number = Annotated[int, Meta(ge=-BIGGEST, le=BIGGEST)]


class PagedQuery(Protocol):
    page_size: int
    cursor: str | None


class Cursor(msgspec.Struct, array_like=True):
    towards: Literal["next", "previous"]
    key: list[_Number | str]


class Page(msgspec.Struct):
    rows: list[Any]
    next: str | None
    previous: str | None


def paginate(
    rows: QuerySet[Any],
    *,
    by: tuple[str, ...],
    query: PagedQuery,
    request: Request,
) -> Page:
    """One page of `rows` in the order `by`, whose last field must be unique (the pk)."""
    cursor = _decode(query.cursor, rows, by) if query.cursor is not None else None
    backwards = cursor is not None and cursor.towards == "previous"
    order = tuple(_reverse(field) for field in by) if backwards else by
    if cursor is not None:
        rows = rows.filter(_behind(order, _values(cursor, rows, by)))
    found = list(rows.order_by(*order)[: query.page_size + 1])
    more = len(found) > query.page_size
    found = found[: query.page_size]
    if backwards:
        found.reverse()
    # The page one came from is there; the other direction, if a row more was found.
    has_next, has_previous = (True, more) if backwards else (more, cursor is not None)

    def address(towards: Literal["next", "previous"], row: Model) -> str:
        text = _encode(Cursor(towards, [_plain(row, field) for field in by]))
        params = request.query_params.copy()
        params["cursor"] = text
        return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")

    return Page(
        found,
        address("next", found[-1]) if found and has_next else None,
        address("previous", found[0]) if found and has_previous else None,
    )


def _behind(order: Iterable[str], values: list[Any]) -> Q:
    """Rows that sort after `values`: (a > x) or (a = x and b > y) …"""
    condition, same = Q(), Q()
    for field, value in zip(order, values, strict=True):
        name = field.lstrip("-")
        sign = "lt" if field.startswith("-") else "gt"
        condition |= same & Q(**{f"{name}__{sign}": value})
        same &= Q(**{name: value})
    return condition


def _reverse(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _plain(row: Model, field: str) -> int | str:
    value = getattr(row, field.lstrip("-"))
    return value.isoformat() if isinstance(value, datetime) else value


def _encode(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _decode(text: str, rows: QuerySet[Any], by: tuple[str, ...]) -> Cursor:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
        _values(cursor, rows, by)
    except (ValueError, TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise Invalid("This is no cursor of this list.", field="cursor") from error
    return cursor


def _values(cursor: Cursor, rows: QuerySet[Any], by: tuple[str, ...]) -> list[Any]:
    values: list[Any] = []
    for field, value in zip(by, cursor.key, strict=True):
        kind = _type_of(field.lstrip("-"), rows)
        if kind is datetime and isinstance(value, str):
            values.append(datetime.fromisoformat(value).astimezone(UTC))
        elif isinstance(value, kind) and "\0" not in str(value):
            values.append(value)
        else:
            raise TypeError(field)
    return values


def _type_of(name: str, rows: QuerySet[Any]) -> type:
    if name == "pk" or name in rows.query.annotations:
        return int
    column = rows.model._meta.get_field(name)
    if isinstance(column, DateTimeField):
        return datetime
    return str if isinstance(column, CharField) else int
