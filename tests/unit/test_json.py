"""JSON that the product takes, and what it refuses although Python would not.

Give `JSONDecoder` no `object_pairs_hook`, and the second of two keys wins in silence.
"""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.contract.json import NESTING, MalformedJSON, decode, encode

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_what_was_encoded_is_decoded(value: object) -> None:
    assert decode(encode(value)) == value


@given(values)
def test_what_others_encoded_is_decoded(value: object) -> None:
    assert decode(json.dumps(value)) == value
    assert decode(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize(
    "text",
    [
        nested(NESTING),
        '{"a":' * NESTING + "1" + "}" * NESTING,
        "[" + nested(NESTING - 1) + "," + nested(NESTING - 1) + "]",
        "[" + "[],{}," * 1000 + "1]",
        json.dumps("[{" * 1000),
        json.dumps('\\"[' * 1000),
        json.dumps(["\\" + "[" * 40, '"' + "{" * 40]),
    ],
    ids=["lists", "objects", "two beside each other", "wide", "in a text", "escapes", "both"],
)
def test_nesting_within_the_limit(text: str) -> None:
    assert decode(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        nested(NESTING + 1),
        '{"a":' * (NESTING + 1) + "1" + "}" * (NESTING + 1),
        '[{"a":' * 17 + "1" + "}]" * 17,
        '["\\"",' + nested(NESTING) + "]",
        nested(100_000),
        "[" * 100_000,
        '{"a":' * 50_000,
    ],
    ids=["lists", "objects", "mixed", "behind an escape", "deep", "open lists", "open objects"],
)
def test_nesting_past_the_limit(text: str) -> None:
    with pytest.raises(MalformedJSON):
        decode(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "{]",
        "[1,]",
        '{"a":1,}',
        "{'a':1}",
        "[1] [2]",
        "nul",
        "01",
        "+1",
        ".5",
        "0x10",
        '"\n"',
        '"\\x"',
        '"\\ud80"',
        "NaN",
        "[Infinity]",
        '{"a":-Infinity}',
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '[{"b":{"a":1,"a":2}}]',
        "\ufeff{}",
        b"\xef\xbb\xbf{}",
        b"\xff",
        b'"\xc3"',
        '{"a":1}'.encode("utf-16"),
    ],
    ids=repr,
)
def test_what_is_no_json(text: str | bytes) -> None:
    with pytest.raises(MalformedJSON):
        decode(text)


@pytest.mark.parametrize("digits", [1, 19, 20, 64])
def test_integer_stays_one_up_to_64_digits(digits: int) -> None:
    assert decode("9" * digits) == int("9" * digits)


@pytest.mark.parametrize("text", ["9" * 65, "9" * 5000, "-" + "9" * 64, "9" * 60_000, "1e400"])
def test_number_that_fits_nowhere_is_no_integer(text: str) -> None:
    value = decode(text)

    assert isinstance(value, float) and math.isinf(value)


def test_lone_surrogate_in_a_text_is_left_for_the_field_to_refuse() -> None:
    assert decode('["\\ud800"]') == ["\ud800"]
