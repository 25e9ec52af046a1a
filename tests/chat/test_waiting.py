"""Who waits for a room's next event. Nobody is left behind in the register.

Forget the `finally`, and a waiter that failed is called for ever.
"""

import pytest

from backend.chat.waiting import rooms, waiting_for, wake


def test_wake_calls_those_who_wait_for_this_room() -> None:
    called: list[str] = []

    with (
        waiting_for(1, lambda: called.append("a")),
        waiting_for(1, lambda: called.append("b")),
        waiting_for(2, lambda: called.append("other")),
    ):
        wake(1)
        wake(3)

    assert sorted(called) == ["a", "b"]


def test_rooms_are_those_somebody_waits_for() -> None:
    with waiting_for(1, print):
        with waiting_for(2, print), waiting_for(1, repr):
            assert set(rooms()) == {1, 2}
        assert set(rooms()) == {1}
    assert set(rooms()) == set()


def test_waiter_that_fails_is_forgotten() -> None:
    with pytest.raises(RuntimeError), waiting_for(1, print):
        raise RuntimeError

    assert set(rooms()) == set()
    wake(1)
