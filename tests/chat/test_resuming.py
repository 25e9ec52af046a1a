"""Coming back together: everyone gets what they missed, and a room is read once for all.

Seen red: with the earliest cursor's events for everyone, and with a query per subscriber.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.chat import presence, resuming, rooms
from backend.chat.accounts import Person
from backend.chat.errors import Banned, ChatError, NotFound, ResyncRequired
from backend.chat.events import LogPage
from backend.chat.models import Ban, User
from backend.chat.resuming import Resume, resume_all
from backend.chat.rooms import RoomView

from .people import person, say


def seqs(answer: LogPage | ChatError | None) -> list[int]:
    assert isinstance(answer, LogPage), answer
    return [event.seq for event in answer.events]


def test_each_gets_what_they_missed(alice: User, bob: User, lobby: int, den: int) -> None:
    say(bob, lobby, "3", "4", "5")

    answers = resume_all(
        [
            Resume(alice, lobby, 4),
            Resume(bob, lobby, 2),
            Resume(alice, lobby, None),
            Resume(alice, lobby, 5),
            Resume(bob, den, 0),
        ]
    )

    assert [seqs(answer) for answer in answers] == [[5], [3, 4, 5], [], [], [1]]
    assert all(isinstance(answer, LogPage) and answer.complete for answer in answers)


def test_each_comes_to_their_own_error(
    alice: User, bob: User, charlie: User, lobby: int, den: int
) -> None:
    outsider = person("dora")
    Ban.objects.create(room_id=lobby, user=outsider, by=alice, at="2026-01-01T00:00Z")

    answers = resume_all(
        [
            Resume(charlie, den, 0),
            Resume(outsider, lobby, 0),
            Resume(bob, lobby, 99),
            Resume(bob, lobby, 0, "another"),
            Resume(bob, 10**9, 0),
            Resume(charlie, lobby, 0),
        ]
    )

    kinds = [type(answer) for answer in answers]
    assert kinds == [NotFound, Banned, ResyncRequired, ResyncRequired, NotFound, LogPage]


def test_rooms_past_what_is_read_together_are_asked_for_again(
    bob: User, lobby: int, den: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "RESUME_MOST", 2)

    together = resume_all([Resume(bob, lobby, 0), Resume(bob, den, 0), Resume(bob, lobby, 1)])
    alone = resume_all([Resume(bob, den, 0)])

    assert (seqs(together[0]), together[1], seqs(together[2])) == ([1, 2], None, [2])
    assert seqs(alone[0]) == [1]


def test_resuming_costs_the_same_queries_for_one_and_for_three(
    alice: User, bob: User, charlie: User, lobby: int, den: int
) -> None:
    some = [Resume(bob, lobby, 0), Resume(charlie, lobby, 0), Resume(bob, den, 0)]

    def queries(resumes: list[Resume]) -> int:
        with CaptureQueriesContext(connection) as captured:
            resume_all(resumes)
        return len(captured)

    assert queries(some[1:2]) == queries(some)


def test_members_who_come_back_see_their_rooms(
    alice: User, bob: User, charlie: User, lobby: int, den: int
) -> None:
    say(alice, lobby, "3", "4")

    mine, hers, not_hers, none, stranger = rooms.rejoin_all(
        [(bob, lobby), (alice, lobby), (charlie, den), (bob, 10**9), (charlie, lobby)]
    )

    for answer, user in ((mine, bob), (hers, alice)):
        assert isinstance(answer, RoomView)
        expected = rooms.view(viewer=user, room=lobby)
        assert (answer.room, answer.membership) == (expected.room, expected.membership)
        assert answer.unread == expected.unread
    assert isinstance(not_hers, NotFound)
    assert isinstance(none, NotFound)
    assert stranger is None


def test_coming_back_costs_the_same_queries_for_one_and_for_three(
    alice: User, bob: User, lobby: int, den: int
) -> None:
    worker = presence.register()
    everyone = [(alice, lobby), (bob, lobby), (bob, den)]

    def queries(entering: list[tuple[User, int]]) -> int:
        with CaptureQueriesContext(connection) as captured:
            rooms.rejoin_all(entering)
            presence.enter_all(worker=worker, entering=entering)
        return len(captured)

    assert queries(everyone[:1]) == queries(everyone)


def test_who_enters_is_shown_first_and_everybody_is_counted(
    alice: User, bob: User, charlie: User, lobby: int, den: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "SHOWN", 2)
    elsewhere, here = presence.register(), presence.register()
    presence.arrive(worker=elsewhere, pairs=[(lobby, alice.pk), (lobby, bob.pk)])

    answers = presence.enter_all(
        worker=here, entering=[(bob, lobby), (charlie, lobby), (alice, lobby), (bob, den)]
    )

    a, b, c = map(Person.of, (alice, bob, charlie))
    assert answers == [([b, a], 3), ([c, a], 3), ([a, b], 3), ([b], 1)]
