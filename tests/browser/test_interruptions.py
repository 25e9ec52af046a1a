"""The line is cut, the server restarts, the token ends: nothing is missing, nothing is double."""

from collections.abc import Callable
from typing import Any

from tests.harness.contract import Contract
from tests.harness.server import Server

from .conftest import SHORT_TOKEN_SECONDS
from .world import Cast, Scene

Play = Callable[..., Any]


def texts(reads: list[list[str]]) -> list[str]:
    return [text for _, text in reads]


def test_server_restarted_while_two_people_talk(play: Play, world: Server, scene: Scene) -> None:
    turns = {"stop the server": world.stop, "start the server": world.start}

    seen = play("restart", turns=turns, outage=True, **scene.settings)

    assert seen["meanwhile"] == [
        ["sent", "before"],
        ["sending", "during, one"],
        ["sending", "during, two"],
    ]
    said = ["before", "during, one", "during, two", "after"]
    assert scene.stored() == said
    assert texts(seen["alice"]) == texts(seen["bob"]) == said
    assert [state for state, _ in seen["alice"]] == ["sent", "sent", "sent", None]


def test_offline_and_back(play: Play, scene: Scene) -> None:
    seen = play("offline", outage=True, **scene.settings)

    assert seen["meanwhile"] == {
        "alice": [["sent", "before"], ["sending", "from the tunnel"]],
        "bob": [[None, "before"], ["sent", "where are you?"]],
    }
    said = ["before", "where are you?", "from the tunnel"]
    assert scene.stored() == said
    assert texts(seen["alice"]) == texts(seen["bob"]) == said


def test_message_written_offline_outlives_the_page(play: Play, scene: Scene) -> None:
    seen = play("reload", outage=True, **scene.settings)

    assert seen["reads"] == [["sent", "kept over a reload"]]
    assert scene.stored() == ["kept over a reload"]


def test_token_ends_and_everything_goes_on(
    play: Play, hasty_server: Server, contract: Contract
) -> None:
    scene = Scene(Cast(hasty_server, contract))

    seen = play("expiry", **scene.settings, url=hasty_server.url, seconds=SHORT_TOKEN_SECONDS + 3)

    assert len(seen["reads"]) > 5
    assert seen["reads"] == [["sent", text] for text in scene.stored()]
    assert seen["words"] == ["Live"]
    assert (seen["sockets"], seen["refused"]) == (1, [])
