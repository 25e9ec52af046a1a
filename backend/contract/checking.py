"""Turning what came into a request, or into the error that names the field to blame."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from backend.chat import errors

from .requests import BIGGEST

T = TypeVar("T")
_NAMED = re.compile(r"(?:unknown|missing required) field `([^`]*)`")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_PLAIN = {
    bool: re.compile("true|false"),
    int: re.compile("-?[0-9]+"),
    float: re.compile(r"-?[0-9]+(\.[0-9]+)?"),
}
_PK = re.compile("[1-9][0-9]{0,18}")
_PATH = re.compile(r"at `(?:key in )?\$([^`]*)`")


def check(raw: Any, shape: type[T], *, from_text: bool = False) -> T:
    """`raw` as the Struct `shape`. Raises `Invalid` naming the field to blame.

    `from_text`: the values are texts of a query string, so "5" is a number.
    """
    _refuse_what_is_no_text(raw)
    try:
        checked = msgspec.convert(raw, shape, strict=not from_text)
    except UnicodeError as error:  # a member's name holds a lone surrogate
        raise errors.Invalid("Object contains an unknown field") from error
    except msgspec.ValidationError as error:
        said = str(error)
        names = _NAMED.findall(said) or re.findall(r"\.([^.\[\]]+)", "".join(_PATH.findall(said)))
        blamed = names[-1].encode(errors="replace").decode() if names else None
        detail = said.split(" - at ")[0].encode(errors="replace").decode()
        raise errors.Invalid(detail, field=blamed) from error
    if from_text:
        _refuse_odd_numbers(raw, checked)
    return checked


def _refuse_what_is_no_text(raw: Any, field: str | None = None) -> None:
    """NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot write."""
    if isinstance(raw, str):
        if _NO_TEXT.search(raw):
            raise errors.Invalid("NUL and lone surrogates are not text.", field=field)
    elif isinstance(raw, dict):
        for name, value in raw.items():
            _refuse_what_is_no_text(value, field or _NO_TEXT.sub("\ufffd", name))
    elif isinstance(raw, list):
        for value in raw:
            _refuse_what_is_no_text(value, field)


def _refuse_odd_numbers(raw: Mapping[str, str], checked: Any) -> None:
    """Texts that pass for a number or a truth value elsewhere, like 1e3 or yes."""
    for name, said in raw.items():
        value = getattr(checked, name)
        if isinstance(value, bool | int | float) and not _PLAIN[type(value)].fullmatch(said):
            raise errors.Invalid("Write numbers in digits.", field=name)


def digits_as_pk(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, a `pk` of digits as the number: a page has it from an input or its URL."""
    pk = raw.get("pk")
    if isinstance(pk, str) and pk.isascii() and pk.isdigit() and len(pk) <= 19:
        return {**raw, "pk": int(pk)}
    return dict(raw)


def by_pk(rooms: Mapping[str, int]) -> dict[int, int]:
    """JSON's members have names of text; these are pks."""
    pks = {}
    for name, value in rooms.items():
        if not _PK.fullmatch(name) or int(name) > BIGGEST:
            raise errors.Invalid("Name rooms by their pk.", field="rooms")
        pks[int(name)] = value
    return pks
