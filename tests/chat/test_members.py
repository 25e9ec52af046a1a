"""Adding, roles, mute, kick and ban: the log, the audit, and who is left when all try at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.chat import members, messages, rooms
from backend.chat.errors import ChatError, Conflict, Forbidden, Muted, NotFound
from backend.chat.models import AuditEntry, Ban, Event, Membership, Room, User

from .people import in_threads, kinds, person, roles, say


@pytest.fixture
def dora(db: None) -> User:
    return person("dora")


def audit(room: int) -> list[tuple[str, str, str, str]]:
    rows = AuditEntry.objects.filter(room=room).order_by("pk")
    return list(rows.values_list("actor__username", "deed", "subject__username", "detail"))


def test_audit_has_an_entry_for_each_deed(
    alice: User, bob: User, charlie: User, lobby: int
) -> None:
    [said] = say(bob, lobby, "rude")
    until = timezone.now() + timedelta(hours=1)

    members.change(by=alice, room=lobby, user=bob.pk, role="moderator")
    members.change(by=alice, room=lobby, user=bob.pk, muted_until=until)
    members.change(by=alice, room=lobby, user=bob.pk, unmute=True)
    messages.delete(remover=alice, message=said.pk)
    members.kick(by=alice, room=lobby, user=bob.pk)
    members.kick(by=alice, room=lobby, user=charlie.pk, ban=True)
    members.lift_ban(by=alice, room=lobby, user=charlie.pk)

    assert [(deed, subject) for _, deed, subject, _ in audit(lobby)] == [
        ("role", "bob"),
        ("mute", "bob"),
        ("mute", "bob"),
        ("delete message", "bob"),
        ("kick", "bob"),
        ("ban", "charlie"),
        ("lift ban", "charlie"),
    ]
    assert {actor for actor, *_ in audit(lobby)} == {"alice"}
    assert "rude" not in str(audit(lobby))


def test_what_was_refused_leaves_no_trace(alice: User, bob: User, lobby: int) -> None:
    for refused in (
        lambda: members.kick(by=bob, room=lobby, user=alice.pk, ban=True),
        lambda: members.change(by=bob, room=lobby, user=alice.pk, role="member"),
        lambda: members.kick(by=alice, room=lobby, user=alice.pk),
    ):
        with pytest.raises(Forbidden):
            refused()

    assert (audit(lobby), Ban.objects.exists()) == ([], False)
    assert kinds(lobby) == ["member.joined"] * 2


def test_kick_and_ban_are_told_apart_in_the_log(
    alice: User, bob: User, dora: User, lobby: int
) -> None:
    rooms.join(user=dora, room=lobby)

    members.kick(by=alice, room=lobby, user=bob.pk)
    members.kick(by=alice, room=lobby, user=dora.pk, ban=True)

    left = Event.objects.filter(room=lobby, kind="member.left").order_by("seq")
    assert list(left.values_list("subject__username", "reason", "actor__username")) == [
        ("bob", "kicked", "alice"),
        ("dora", "banned", "alice"),
    ]
    assert rooms.why_gone(user=bob, room=lobby) == "kicked"
    assert rooms.why_gone(user=dora, room=lobby) == "banned"
    assert Room.objects.get(pk=lobby).member_count == 1


def test_ban_of_somebody_outside_is_in_no_log(alice: User, charlie: User, lobby: int) -> None:
    members.kick(by=alice, room=lobby, user=charlie.pk, ban=True)

    assert kinds(lobby) == ["member.joined"] * 2
    assert (lobby, charlie.pk) in members.recently_banned(within=timedelta(seconds=5))
    members.lift_ban(by=alice, room=lobby, user=charlie.pk)
    assert members.recently_banned(within=timedelta(seconds=5)) == set()


def test_mute_is_over_at_its_time(alice: User, bob: User, lobby: int) -> None:
    until = timezone.now() + timedelta(seconds=60)
    members.change(by=alice, room=lobby, user=bob.pk, muted_until=until)
    with pytest.raises(Muted) as refused:
        say(bob, lobby, "x")
    assert 55_000 < (refused.value.retry_after_ms or 0) <= 60_001

    Membership.objects.filter(user=bob, room=lobby).update(
        muted_until=timezone.now() - timedelta(seconds=1)
    )

    say(bob, lobby, "x")


def test_mute_until_now_is_too_late(alice: User, bob: User, lobby: int) -> None:
    with pytest.raises(ChatError) as refused:
        members.change(by=alice, room=lobby, user=bob.pk, muted_until=timezone.now())

    assert (refused.value.code, refused.value.field) == ("invalid", "muted_until")


@pytest.mark.parametrize("ban", [False, True])
def test_mute_waits_for_who_went_and_comes_back(
    alice: User, bob: User, lobby: int, ban: bool
) -> None:
    until = timezone.now() + timedelta(hours=1)
    members.change(by=alice, room=lobby, user=bob.pk, muted_until=until)
    members.kick(by=alice, room=lobby, user=bob.pk, ban=ban)
    if ban:
        members.lift_ban(by=alice, room=lobby, user=bob.pk)

    for _ in range(2):
        view = rooms.join(user=bob, room=lobby)
        assert view.membership and view.membership.muted_until == until
        rooms.leave(user=bob, room=lobby)
    members.add(by=alice, room=lobby, username="bob")

    with pytest.raises(Muted):
        say(bob, lobby, "x")


def test_ownership_handed_on_moves_the_host(alice: User, bob: User, lobby: int) -> None:
    members.change(by=alice, room=lobby, user=bob.pk, role="owner")
    assert Room.objects.get(pk=lobby).host == alice

    members.change(by=alice, room=lobby, user=alice.pk, role="moderator")

    assert Room.objects.get(pk=lobby).host == bob
    assert kinds(lobby)[2:] == ["member.updated", "member.updated", "room.updated"]


def test_two_owners_stepping_down_at_once_leave_one(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    members.change(by=alice, room=lobby, user=bob.pk, role="owner")

    results = in_threads(
        [
            lambda user=user: members.change(  # type: ignore[misc]
                by=user, room=lobby, user=user.pk, role="member"
            )
            for user in (alice, bob)
        ]
    )

    assert sorted(roles(lobby).values()) == ["member", "owner"]
    assert [type(result) for result in results if isinstance(result, Exception)] == [Conflict]


def test_added_by_two_at_once_is_one_member(
    committed: None, alice: User, bob: User, charlie: User, lobby: int
) -> None:
    results = in_threads(
        [
            lambda user=user: members.add(by=user, room=lobby, username="charlie")  # type: ignore[misc]
            for user in (alice, bob, alice, bob)
        ]
    )

    assert [type(r) for r in results if isinstance(r, Exception)] == [Conflict] * 3
    assert Room.objects.get(pk=lobby).member_count == 3


def test_kick_while_they_post_leaves_no_message_behind_the_leaving(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    in_threads(
        [lambda n=n: say(bob, lobby, str(n)) for n in range(6)]  # type: ignore[misc]
        + [lambda: members.kick(by=alice, room=lobby, user=bob.pk)]
    )

    left = Event.objects.get(room=lobby, kind="member.left")
    assert not Event.objects.filter(room=lobby, actor=bob, seq__gt=left.seq).exists()


def test_direct_begun_by_both_at_once_is_one_room(committed: None, alice: User, bob: User) -> None:
    results = in_threads(
        [
            lambda pair=pair: rooms.direct(user=pair[0], username=pair[1].username)  # type: ignore[misc]
            for pair in [(alice, bob), (bob, alice)] * 3
        ]
    )

    assert [result for result in results if isinstance(result, Exception)] == []
    assert len({view.room.pk for view, _ in results}) == 1
    assert [made for _, made in results].count(True) == 1
    assert kinds(results[0][0].room.pk) == ["member.joined"] * 2


def test_direct_with_a_deactivated_person(alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)

    with pytest.raises(NotFound):
        rooms.direct(user=alice, username="bob")
