"""What one does with messages: by mouse, by keyboard alone, on a phone."""

from collections.abc import Callable
from typing import Any

from .world import Scene

Play = Callable[..., Any]


def test_editing_replying_and_reacting_are_seen_by_the_other(play: Play, scene: Scene) -> None:
    seen = play("deeds", **scene.settings)

    assert seen["alice"] == [["sent", "first draft (edited)"], [None, "well done"]]
    assert seen["bob"] == [[None, "first draft (edited)"], ["sent", "well done"]]
    assert seen["mine"] == "true"


def test_deleting_can_be_undone_for_a_while(play: Play, scene: Scene) -> None:
    seen = play("deleting", **scene.settings)

    assert seen["stillThere"] == 1
    assert scene.stored() == ["kept after all", ""]


def test_keyboard_alone_is_enough_to_sign_in_and_talk(play: Play, scene: Scene) -> None:
    seen = play("keyboard", **scene.settings)

    assert seen["focused"] == "Message"
    assert scene.stored() == ["no mouse", "and a reply"]


def test_phone_shows_the_list_or_the_room_and_never_scrolls_sideways(
    play: Play, scene: Scene
) -> None:
    seen = play("phone", **scene.settings)

    assert seen == {
        "overflow": {"list": 0, "room": 0, "panel": 0},
        "composerBesideList": False,
    }


def test_scrolling_up_loads_older_messages_without_a_jump(play: Play, scene: Scene) -> None:
    count = 160
    for number in range(count):
        scene.alice.posts(scene.pk, f"line {number} " + "and more " * (number % 40))

    seen = play("history", **scene.settings, last=f"line {count - 1} ")

    assert seen["atFirst"] < count, "everything was there at once: nothing to load"
    assert seen["distance"] <= 2, "the newest message is not in view"
    assert seen["worst"][0]["by"] < 3, seen["worst"]
    assert len(seen["seqs"]) == count
    assert seen["seqs"] == sorted(set(seen["seqs"]))
