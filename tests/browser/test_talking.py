"""Signing in, and what two people do with each other."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import canary, unique

from .world import Scene

Play = Callable[..., Any]


def test_registering_signs_in_and_lasts_over_a_reload(play: Play) -> None:
    name = unique("newcomer")
    newcomer = {"username": name, "password": canary("password"), "display_name": "Nina Newcomer"}

    seen = play("register", newcomer=newcomer, outage=True)  # a 401 is in the console

    assert "Nina Newcomer" in seen["account"]
    assert seen["refusal"] == "Wrong username or password."


def test_two_people_talk(play: Play, scene: Scene) -> None:
    seen = play("talk", **scene.settings)

    rounds = [f"{word} {number}" for number in (1, 2, 3) for word in ("question", "answer")]
    texts = [*rounds, "two lines:\nthe second"]
    mine = [text.startswith(("question", "two")) for text in texts]
    assert seen["alice"] == [
        ["sent" if is_mine else None, text] for text, is_mine in zip(texts, mine, strict=True)
    ]
    assert seen["bob"] == [
        [None if is_mine else "sent", text] for text, is_mine in zip(texts, mine, strict=True)
    ]
    assert scene.stored() == texts


def test_messages_in_another_room_are_counted_until_read(play: Play, scene: Scene) -> None:
    other = scene.bob.makes_room()
    scene.alice.joins(other["pk"])

    seen = play("unread", **scene.settings, other=other["name"])

    assert seen["title"].startswith("(")


def test_typing_the_name_of_a_room_opens_it_and_makes_it(play: Play, scene: Scene) -> None:
    name = unique("brand new")

    seen = play("byName", **scene.settings, name=name)

    assert seen["address"] == f"/room/{name.replace(' ', '%20')}"


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=window.pwned=1>",
        "<script>window.pwned = 1</script><b>bold</b> &amp; javascript:alert(1)",
    ],
)
def test_html_is_shown_as_the_text_it_is(play: Play, scene: Scene, text: str) -> None:
    seen = play("evil", **scene.settings, text=text)

    assert seen["shown"] == text
    assert seen["quoted"].endswith(text)
    assert (seen["made"], seen["ran"]) == (0, [None, None])


def test_policy_of_the_page_stops_scripts_that_are_not_its_own(play: Play) -> None:
    seen = play("policy")

    assert seen["ran"] is None
    assert any("Content Security Policy" in line for line in seen["complaints"])
    assert "script-src 'self'" in seen["header"]
    assert "unsafe" not in seen["header"]
