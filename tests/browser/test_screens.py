"""The main screens: no barriers, nothing sideways. SCREENSHOTS=1 also keeps their pictures."""

import os
from typing import Any

import pytest

from tests.harness.server import ROOT, Server

from .driver import Browser
from .world import DEMO_ROOM, demo_login

PICTURES = ROOT / "docs" / "screenshots"
KEPT = {"room-wide", "room-dark", "room-phone", "list-phone", "sign-in", "search", "members"}
SCREENS = sorted(KEPT | {"home", "about", "settings", "new-room", "members-dark"})


@pytest.fixture(scope="module")
def seen(browser: Browser, world: Server) -> dict[str, Any]:
    return browser.play(
        "screens",
        url=world.url,
        alice=demo_login("alice"),
        others=[demo_login(name) for name in ("bob", "dana")],
        room=DEMO_ROOM,
        pictures={name: str(PICTURES / f"{name}.png") for name in KEPT}
        if os.environ.get("SCREENSHOTS")
        else {},
    )


@pytest.mark.parametrize("name", SCREENS)
def test_screen_has_no_barriers(seen: dict[str, Any], name: str) -> None:
    assert seen[name]["barriers"] == []


@pytest.mark.parametrize("name", SCREENS)
def test_screen_fits_its_width(seen: dict[str, Any], name: str) -> None:
    assert seen[name]["overflow"] <= 0


def test_every_screen_is_looked_at(seen: dict[str, Any]) -> None:
    assert sorted(seen) == SCREENS


def test_pictures_are_small() -> None:
    pictures = {path.stem: path.stat().st_size for path in PICTURES.glob("*.png")}

    assert set(pictures) == KEPT
    assert max(pictures.values()) < 200_000
