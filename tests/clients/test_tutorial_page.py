"""A page written for the DCRF chat tutorial: plain WebSocket, flat frames, `pk` as digits."""

from typing import Any

import pytest

from tests.harness.server import Server

from .node_scripts import run


@pytest.fixture(scope="module")
def pages(server: Server) -> dict[str, Any]:
    """Alice's and Bob's page talked, Bob left; the tests look at what the pages show."""
    return run("tutorial_page.js", server)


def test_two_pages_talk(pages: dict[str, Any]) -> None:
    alice, bob = pages["alice"], pages["bob"]
    conversation = [f"{alice}: Hello Bob!", f"{bob}: Hello Alice!"]
    assert pages["logs"]["bob"] == conversation
    assert pages["logs"]["alice"] == [*conversation, f"{alice}: Bob?"]


def test_each_page_shows_who_is_in_the_room(pages: dict[str, Any]) -> None:
    everyone = sorted([pages["alice"], pages["bob"]])
    assert sorted(pages["people"]["together"]["alice"]) == everyone
    assert sorted(pages["people"]["together"]["bob"]) == everyone
    assert pages["people"]["after"] == [pages["alice"]]


def test_page_follows_its_room(pages: dict[str, Any]) -> None:
    assert pages["room"]["topic"] == "the tutorial"


def test_nothing_a_page_sends_is_refused(pages: dict[str, Any]) -> None:
    assert pages["refused"] == []
    assert pages["open"] == [True, True]


def test_history_shows_the_conversation(pages: dict[str, Any]) -> None:
    assert pages["stored"] == ["Hello Bob!", "Hello Alice!", "Bob?"]
