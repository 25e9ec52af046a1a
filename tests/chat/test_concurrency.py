"""Many at once, each in a thread with a connection of its own, on a real database.

Take `select_for_update` out of `events.writing` (and IMMEDIATE out of SQLite's settings), and two
writers take the same seq: one of them fails on the constraint instead of waiting for its turn.
"""

from backend.chat import messages, rooms
from backend.chat.errors import ChatError, Conflict
from backend.chat.models import Event, Membership, Message, Room, User

from .people import in_threads, person, roles, say, seqs


def failures(results: list[object]) -> list[object]:
    return [result for result in results if isinstance(result, Exception)]


def test_twenty_posting_to_one_room_take_the_numbers_in_turn(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    results = in_threads(
        [lambda n=n: say([alice, bob][n % 2], lobby, f"{n}a", f"{n}b") for n in range(20)]  # type: ignore[misc]
    )

    assert failures(results) == []
    assert seqs(lobby) == list(range(1, 43))
    assert Room.objects.get(pk=lobby).last_seq == 42
    said = Message.objects.filter(room=lobby).order_by("seq").values_list("text", flat=True)
    assert sorted(said) == sorted(f"{n}{part}" for n in range(20) for part in "ab")
    for n in range(20):  # and everyone's own in the order they were sent
        assert list(said).index(f"{n}a") < list(said).index(f"{n}b")


def test_refused_posts_between_others_leave_no_hole(
    committed: None, bob: User, charlie: User, lobby: int
) -> None:
    results = in_threads(
        [lambda n=n: say([bob, charlie][n % 2], lobby, str(n)) for n in range(12)]  # type: ignore[misc]
    )

    assert len(failures(results)) == 6
    assert all(isinstance(error, ChatError) for error in failures(results))
    assert seqs(lobby) == list(range(1, 9))


def test_rooms_do_not_wait_for_their_events_numbers_of_each_other(
    committed: None, alice: User
) -> None:
    halls = [rooms.create(owner=alice, name=f"Hall {n}").room.pk for n in range(4)]

    results = in_threads(
        [lambda n=n: say(alice, halls[n % 4], str(n)) for n in range(12)]  # type: ignore[misc]
    )

    assert failures(results) == []
    assert [seqs(hall) for hall in halls] == [[1, 2, 3, 4]] * 4


def test_one_person_joining_often_is_one_member(committed: None, charlie: User, lobby: int) -> None:
    results = in_threads([lambda: rooms.join(user=charlie, room=lobby)] * 6)

    assert failures(results) == []
    assert Room.objects.get(pk=lobby).member_count == Membership.objects.count() == 3
    assert seqs(lobby) == [1, 2, 3]


def test_several_joining_an_empty_room_get_one_owner(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    rooms.leave(user=bob, room=lobby)
    rooms.leave(user=alice, room=lobby)
    guests = [person(f"guest-{n}") for n in range(6)]

    results = in_threads([lambda u=u: rooms.join(user=u, room=lobby) for u in guests])  # type: ignore[misc]

    assert failures(results) == []
    assert sorted(roles(lobby).values()) == ["member"] * 5 + ["owner"]
    host = Room.objects.get(pk=lobby).host
    assert host and roles(lobby)[host.username] == "owner"


def test_everybody_leaving_at_once_leaves_an_empty_room(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    guests = [alice, bob, *(person(f"guest-{n}") for n in range(4))]
    for guest in guests[2:]:
        rooms.join(user=guest, room=lobby)

    results = in_threads([lambda u=u: rooms.leave(user=u, room=lobby) for u in guests])  # type: ignore[misc]

    assert failures(results) == []
    room = Room.objects.get(pk=lobby)
    assert (room.member_count, room.host, Membership.objects.count()) == (0, None, 0)
    assert seqs(lobby) == list(range(1, room.last_seq + 1))


def test_one_name_wanted_by_several_is_given_once(committed: None, alice: User) -> None:
    results = in_threads([lambda: rooms.create(owner=alice, name="Hall")] * 6)

    assert [type(error) for error in failures(results)] == [Conflict] * 5
    assert Event.objects.count() == 1


def test_edits_of_one_version_one_wins(committed: None, bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "first")

    results = in_threads(
        [
            lambda n=n: messages.edit(  # type: ignore[misc]
                editor=bob, message=message.pk, new_text=f"edit {n}", version=1
            )
            for n in range(5)
        ]
    )

    assert [type(error) for error in failures(results)] == [Conflict] * 4
    assert Message.objects.get(pk=message.pk).version == 2
    assert seqs(lobby) == [1, 2, 3, 4]


def test_deletion_of_the_room_under_posts(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    work = [lambda n=n: say(bob, lobby, str(n)) for n in range(8)]  # type: ignore[misc]
    work.insert(4, lambda: rooms.delete(remover=alice, room=lobby))  # type: ignore[arg-type, return-value]

    results = in_threads(work)

    assert not isinstance(results[4], Exception)
    stored = 8 - len([error for error in failures(results) if error.code == "not_found"])  # type: ignore[attr-defined]
    assert seqs(lobby) == list(range(1, 3 + stored))
