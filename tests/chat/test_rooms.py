"""Rooms: make, change, delete, find; their names.

Leave the condition out of `room_name_unique_while_alive` and a deleted room keeps its name.
"""

import pytest

from backend.chat import members, rooms
from backend.chat.errors import Conflict, Forbidden, Invalid, NotAMember, NotFound
from backend.chat.models import Room, User

from .people import kinds, promote, roles, say


def listed(viewer: User, **query: object) -> list[str]:
    return [room.name for room in rooms.listing(viewer=viewer, **query)]  # type: ignore[arg-type]


def test_create_makes_the_caller_its_owner_and_host(alice: User) -> None:
    view = rooms.create(owner=alice, name="  Tea   room ", topic="Oolong")

    assert (view.room.name, view.room.topic, view.room.kind) == ("Tea room", "Oolong", "public")
    assert view.room.host == alice
    assert (view.room.member_count, view.room.last_seq) == (1, 1)
    assert view.membership and view.membership.role == "owner"
    assert kinds(view.room.pk) == ["member.joined"]


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ("Lobby", "lobby"),
        ("Lobby", " LOBBY "),
        ("Tea  room", "tea room"),
        ("Weiß", "WEISS"),
        ("Ελλάς", "ΕΛΛΆΣ"),
        ("Чай", "ЧАЙ"),
        ("カフェ", "ｶﾌｪ"),
        ("Café", "CAFE\u0301"),
    ],
)
def test_create_with_a_taken_name(alice: User, bob: User, taken: str, wanted: str) -> None:
    rooms.create(owner=alice, name=taken)

    with pytest.raises(Conflict) as caught:
        rooms.create(owner=bob, name=wanted)

    assert caught.value.field == "name"
    assert Room.objects.count() == 1


def test_create_with_the_name_of_a_private_room(alice: User, charlie: User, den: int) -> None:
    with pytest.raises(Conflict):
        rooms.create(owner=charlie, name="den")


@pytest.mark.parametrize(
    ("values", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"topic": "x" * 501}, "topic")],
)
def test_create_with_a_bad_value(alice: User, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        rooms.create(owner=alice, **{"name": "Tea", **values})

    assert caught.value.field == field
    assert not Room.objects.exists()


def test_change_is_one_event_and_keeps_what_is_not_named(alice: User, lobby: int) -> None:
    rooms.change(changer=alice, room=lobby, topic="Hello")
    view = rooms.change(changer=alice, room=lobby, name="Hall")

    assert (view.room.name, view.room.topic) == ("Hall", "Hello")
    assert kinds(lobby)[2:] == ["room.updated", "room.updated"]
    assert rooms.named(viewer=alice, name="HALL") == lobby


def test_change_to_what_it_is_already_is_no_event(alice: User, lobby: int) -> None:
    rooms.change(changer=alice, room=lobby, name="Lobby", topic="")

    assert kinds(lobby) == ["member.joined", "member.joined"]


def test_change_of_letters_case_alone_is_a_change(alice: User, lobby: int) -> None:
    assert rooms.change(changer=alice, room=lobby, name="LOBBY").room.name == "LOBBY"


def test_change_to_a_taken_name_changes_nothing(alice: User, lobby: int) -> None:
    rooms.create(owner=alice, name="Hall")

    with pytest.raises(Conflict):
        rooms.change(changer=alice, room=lobby, name="HALL", topic="New")

    room = Room.objects.get(pk=lobby)
    assert (room.name, room.topic, room.last_seq) == ("Lobby", "", 2)
    assert len(kinds(lobby)) == 2


def test_change_by_a_moderator(alice: User, bob: User, lobby: int) -> None:
    promote(bob, lobby)

    assert rooms.change(changer=bob, room=lobby, topic="Ours").room.topic == "Ours"


def test_delete_hides_the_room_from_everyone(alice: User, bob: User, lobby: int) -> None:
    say(bob, lobby, "hello")

    last = rooms.delete(remover=alice, room=lobby)

    assert last.room.name == "Lobby"
    for act in (
        lambda: rooms.view(viewer=alice, room=lobby),
        lambda: rooms.join(user=bob, room=lobby),
        lambda: rooms.leave(user=bob, room=lobby),
        lambda: members.listing(viewer=alice, room=lobby),
        lambda: rooms.delete(remover=alice, room=lobby),
        lambda: rooms.named(viewer=alice, name="Lobby"),
        lambda: say(bob, lobby, "still there?"),
    ):
        with pytest.raises(NotFound):
            act()
    assert listed(alice) == []


def test_delete_frees_the_name(alice: User, bob: User, lobby: int) -> None:
    rooms.delete(remover=alice, room=lobby)

    again = rooms.create(owner=bob, name="LOBBY")

    assert again.room.pk != lobby
    assert roles(again.room.pk) == {"bob": "owner"}


@pytest.mark.parametrize(
    ("who", "refusal"), [("bob", Forbidden), ("charlie", NotAMember)], ids=["member", "outside"]
)
def test_delete_by_others(
    bob: User, charlie: User, lobby: int, who: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        rooms.delete(remover={"bob": bob, "charlie": charlie}[who], room=lobby)

    assert Room.objects.alive().filter(pk=lobby).exists()


def test_listing_has_public_rooms_and_the_viewers_own(
    bob: User, charlie: User, lobby: int, den: int
) -> None:
    assert sorted(listed(bob)) == ["Den", "Lobby"]
    assert listed(charlie) == ["Lobby"]


def test_listing_by_kind_membership_and_name(
    bob: User, charlie: User, lobby: int, den: int
) -> None:
    assert listed(bob, kind="private") == ["Den"]
    assert listed(bob, joined=False) == []
    assert listed(charlie, joined=True) == []
    assert listed(charlie, joined=False) == ["Lobby"]
    assert listed(bob, search="LOB") == ["Lobby"]
    assert listed(charlie, search="den") == []


def test_listing_takes_what_is_searched_for_literally(alice: User) -> None:
    for name in ("100%", "100 days", "a_b", "axb"):
        rooms.create(owner=alice, name=name)

    assert listed(alice, search="100%") == ["100%"]
    assert listed(alice, search="A_B") == ["a_b"]


def test_listing_begins_with_the_newest_activity(alice: User) -> None:
    first, *_ = (rooms.create(owner=alice, name=n).room.pk for n in ("1", "2", "3"))

    say(alice, first, "hello")

    assert listed(alice) == ["1", "3", "2"]


def test_named_finds_no_room_that_is_hidden(alice: User, charlie: User, den: int) -> None:
    assert rooms.named(viewer=alice, name="dEN") == den
    with pytest.raises(NotFound):
        rooms.named(viewer=charlie, name="den")
