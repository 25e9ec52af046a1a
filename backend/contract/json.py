"""Strict JSON for both doors: what RFC 8259 leaves open is refused here, once.

A key given twice, NaN, Infinity, nesting past 32 and lone surrogates in names are errors. Numbers
too large for any field come out as floats, so that they fail as a wrong type and not as a crash.
"""

import json
from typing import Any, NoReturn

import msgspec

NESTING = 32
_encoder = msgspec.json.Encoder(uuid_format="canonical")


class MalformedJSON(ValueError):
    """The text is not JSON as this product takes it."""


def encode(value: Any) -> bytes:
    return _encoder.encode(value)


def decode(text: str | bytes) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode()
        # Cheap for all honest input; only what opens many brackets is looked at closely.
        if text.count("{") + text.count("[") > NESTING:
            _check_nesting(text)
        return _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedJSON(str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJSON("A key is given twice.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJSON(f"{name} is no JSON value.")


def _integer(digits: str) -> int | float:
    # int() of thousands of digits is slow, then refused with an exception of its own.
    return int(digits) if len(digits) <= 64 else float("inf")


def _check_nesting(text: str) -> None:
    depth, in_string, escaped = 0, False, False
    for c in text:
        if in_string:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                in_string = False
        elif c == '"':
            in_string = True
        elif c in "{[":
            depth += 1
            if depth > NESTING:
                raise MalformedJSON(f"Nested deeper than {NESTING}.")
        elif c in "}]":
            depth -= 1


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer
)
