"""What a fuzzer sends to an open socket: any JSON, and good frames with something wrong in them."""

import json
from typing import Any

from hypothesis import strategies as st

# Stand for pks that only the run knows; see `filled`.
PLACES = ["$public", "$private", "$foreign", "$message", "$foreign_message"]
TOKENS = ["$token", "$foreign_token"]


def weighted(*pairs: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """`one_of` counts the same strategy once, however often it is named."""
    numbered = [strategy for weight, strategy in pairs for _ in range(weight)]
    return st.integers(0, len(numbered) - 1).flatmap(lambda at: numbered[at])


words = st.text(alphabet="abcdefgh ", min_size=1, max_size=12)
oddities = ["", " ", "\u200b", "\x00", "x" * 4000, "x" * 4001, "é" * 4000, "__class__"]
texts = weighted(
    (6, words),
    (1, st.text(max_size=30)),
    # json.dumps writes them as escapes, lone surrogates too.
    (1, st.text(st.characters(codec=None), max_size=10)),
    (1, st.sampled_from(oddities)),
)
numbers = st.one_of(
    st.integers(-3, 300),
    st.sampled_from([2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**30, 10**400]),
    st.floats(),  # NaN and Infinity too, which json.dumps writes as no JSON
)
places = st.sampled_from(PLACES)
# Most name something, so that what lies behind the checks is met too.
pks = weighted((7, places), (1, numbers), (1, st.integers(0, 20).map(str)))
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, pks)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
emojis = st.sampled_from(["👍", "👩‍👩‍👧‍👦", "🇩🇪", "x", "👍👍", ""])
seqs = weighted((5, st.integers(0, 5)), (1, numbers))
client_ids = st.text(alphabet="abc._:-", min_size=1, max_size=4)


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


def exactly(
    required: dict[str, st.SearchStrategy[Any]], **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=members)


_room = {"pk": pks}
_of_room = optional(name=texts, topic=texts, kind=st.sampled_from(["public", "private", "x"]))
ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "join_room": optional(pk=pks, name=texts),
    "leave_room": exactly(_room, stay_member=st.booleans()),
    "create_message": exactly({"message": texts}, pk=pks, client_id=client_ids, reply_to=pks),
    "update_message": exactly({"pk": pks, "message": texts}, version=seqs),
    "delete_message": exactly(_room),
    "add_reaction": exactly({"pk": pks, "emoji": emojis}),
    "remove_reaction": exactly({"pk": pks, "emoji": emojis}),
    "subscribe_to_messages_in_room": exactly(_room, after_seq=seqs, epoch=texts),
    "unsubscribe_from_messages_in_room": exactly(_room),
    "history": exactly(_room, before_seq=seqs, after_seq=seqs, around_seq=seqs, limit=seqs),
    "mark_read": exactly({"pk": pks, "seq": seqs}),
    "typing": exactly({"pk": pks, "typing": st.booleans()}),
    "list": optional(data=optional(search=texts, kind=texts, joined=st.booleans())),
    "retrieve": exactly(_room),
    "create": exactly({"data": _of_room}),
    "patch": exactly({"pk": pks, "data": _of_room}),
    "update": exactly({"pk": pks, "data": _of_room}),
    "delete": exactly(_room),
    "subscribe_instance": exactly(_room),
    "unsubscribe_instance": exactly(_room),
    "subscribe_to_inbox": st.just({}),
    "unsubscribe_from_inbox": st.just({}),
    "sync": optional(rooms=st.dictionaries(pks.map(str), seqs, max_size=3), limit=seqs),
    "authenticate": st.fixed_dictionaries({"token": st.sampled_from(TOKENS) | texts}),
    "ping": st.just({}),
}


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A frame as an honest client sends it, its values drawn wide."""
    action = draw(st.sampled_from(sorted(ARGUMENTS)))
    frame = {"action": action, "request_id": draw(st.integers(-5, 2**53) | st.text(max_size=20))}
    return {**frame, **draw(ARGUMENTS[action])}


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An honest frame with one to three members changed, added or taken away, or wrapped."""
    frame = draw(requests())
    for _ in range(draw(st.integers(1, 3))):
        names = [*frame, "self", "scope", "args", "kwargs", "data", "extra"]
        name = draw(st.sampled_from(names) | texts)
        if draw(st.booleans()):
            frame[name] = draw(anything)
        else:
            frame.pop(name, None)
    return frame


enveloped = st.builds(
    lambda stream, payload: {"stream": stream, "payload": payload},
    weighted((4, words), (1, scalars)),
    requests() | mutated(),
)
# Broken on the way: a piece cut off, put in twice, or replaced.
broken = st.builds(
    lambda frame, at, length, put: (text := json.dumps(frame))[:at] + put + text[at + length :],
    requests(),
    st.integers(0, 60),
    st.integers(0, 5),
    st.text(max_size=3) | st.sampled_from(["{", "[" * 50, '"', ",", "NaN", "\ufeff", "1e400"]),
)
frames = weighted(
    (14, requests()),
    (10, mutated()),
    (3, enveloped),
    (1, anything),
    (1, broken),
    (1, st.text(max_size=100)),
)


def filled(node: Any, values: dict[str, Any]) -> Any:
    """The placeholders put in."""
    if isinstance(node, dict):
        return {filled_name(name, values): filled(value, values) for name, value in node.items()}
    if isinstance(node, list):
        return [filled(value, values) for value in node]
    return values.get(node, node) if isinstance(node, str) else node


def filled_name(name: Any, values: dict[str, Any]) -> str:
    return str(values.get(name, name))
