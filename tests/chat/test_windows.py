"""History by windows of seq, compared at every boundary with a list.

Answer `has_after` with a full page instead of one row more, and the last window says that more is
to come.
"""

import pytest

from backend.chat import history, messages, rooms
from backend.chat.errors import Invalid, NotFound
from backend.chat.history import Window
from backend.chat.models import History, User

from .people import say


@pytest.fixture
def spoken(alice: User, bob: User, lobby: int) -> list[int]:
    """The seqs of the messages, with events between them that are none: 3 4 6 8 9."""
    say(bob, lobby, "3", "4")
    rooms.change(changer=alice, room=lobby, topic="5")
    say(alice, lobby, "6")
    rooms.change(changer=alice, room=lobby, topic="7")
    return [3, 4, 6, *(message.seq for message in say(bob, lobby, "8", "9"))]


def seen(window: Window) -> list[int]:
    return [message.seq for message in window.messages]


def test_window_without_a_bound_is_the_newest(bob: User, lobby: int, spoken: list[int]) -> None:
    for limit in range(1, 8):
        window = history.window(reader=bob, room=lobby, limit=limit)

        assert seen(window) == spoken[-limit:]
        assert (window.has_before, window.has_after) == (limit < 5, False)
        assert window.head_seq == 9
        assert window.epoch == History.objects.get().epoch


def test_window_before_every_seq(bob: User, lobby: int, spoken: list[int]) -> None:
    for bound in range(12):
        for limit in range(1, 7):
            window = history.window(reader=bob, room=lobby, before_seq=bound, limit=limit)

            older = [seq for seq in spoken if seq < bound]
            assert seen(window) == older[-limit:], (bound, limit)
            assert window.has_before == (len(older) > limit), (bound, limit)
            assert window.has_after == any(seq >= bound for seq in spoken), (bound, limit)


def test_window_after_every_seq(bob: User, lobby: int, spoken: list[int]) -> None:
    for bound in range(12):
        for limit in range(1, 7):
            window = history.window(reader=bob, room=lobby, after_seq=bound, limit=limit)

            newer = [seq for seq in spoken if seq > bound]
            assert seen(window) == newer[:limit], (bound, limit)
            assert window.has_after == (len(newer) > limit), (bound, limit)
            assert window.has_before == any(seq <= bound for seq in spoken), (bound, limit)


def test_window_around_every_seq(bob: User, lobby: int, spoken: list[int]) -> None:
    for bound in range(12):
        for limit in range(1, 12):
            window = history.window(reader=bob, room=lobby, around_seq=bound, limit=limit)

            most_older, most_newer = limit - limit // 2, limit // 2
            older = [seq for seq in spoken if seq <= bound]
            newer = [seq for seq in spoken if seq > bound]
            assert seen(window) == older[-most_older:] + newer[:most_newer], (bound, limit)
            assert window.has_before == (len(older) > most_older), (bound, limit)
            assert window.has_after == (len(newer) > most_newer), (bound, limit)


def test_window_has_tombstones(bob: User, lobby: int, spoken: list[int]) -> None:
    window = history.window(reader=bob, room=lobby)
    messages.delete(remover=bob, message=window.messages[0].pk)

    again = history.window(reader=bob, room=lobby)

    assert seen(again) == spoken
    assert again.messages[0].text == "" and again.messages[0].deleted_at


def test_windows_after_one_another_give_every_message_once(bob: User, lobby: int) -> None:
    posted = [message.seq for message in say(bob, lobby, *"abcdefgh")]

    read: list[int] = []
    after, more = 0, True
    while more:
        window = history.window(reader=bob, room=lobby, after_seq=after, limit=3)
        read += seen(window)
        after, more = read[-1], window.has_after

    assert read == posted


def test_window_of_an_empty_room(alice: User, lobby: int) -> None:
    window = history.window(reader=alice, room=lobby)

    assert (seen(window), window.has_before, window.has_after) == ([], False, False)
    assert window.head_seq == 2


@pytest.mark.parametrize(
    "bounds",
    [
        {"before_seq": 5, "after_seq": 3},
        {"before_seq": 0, "around_seq": 0},
        {"before_seq": 1, "after_seq": 1, "around_seq": 1},
    ],
)
def test_window_of_two_bounds(bob: User, lobby: int, bounds: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        history.window(reader=bob, room=lobby, **bounds)  # type: ignore[arg-type]


def test_window_for_somebody_outside(bob: User, charlie: User, lobby: int, den: int) -> None:
    say(bob, lobby, "for all")

    assert len(history.window(reader=charlie, room=lobby).messages) == 1
    with pytest.raises(NotFound):
        history.window(reader=charlie, room=den)
