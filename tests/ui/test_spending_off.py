"""The studio when it is not known where orders and keys would go: everything but ordering goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui.conftest import FakeEngine, opened
from tests.ui.pilots import feedback
from wan_tui.domain.errors import SpendingOff
from wan_tui.domain.events import Connection
from wan_tui.ui.app import Studio
from wan_tui.ui.dialogs.welcome import WelcomeScreen

Make = Callable[..., Studio]
OFF = SpendingOff("config.toml, line 3, column 8: expected '='", next_step="Correct it")


def text(pilot: Pilot[Any], selector: str) -> str:
    return str(pilot.app.screen.query_one(selector, Static).render())


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
@pytest.mark.parametrize("by", ["ctrl+j", "button"])
async def test_ordering_says_why_it_is_off(
    studio: Make, busy_engine: FakeEngine, by: str, size: tuple[int, int]
) -> None:
    """One line stands on the screen, the order is not taken, and no key is asked for: it could go anywhere."""
    busy_engine.connection = Connection.NO_KEY
    app = studio(busy_engine, key=None, key_source=None, spending_off=OFF)
    async with opened(app, size) as pilot:
        assert "Ordering is off. config.toml, line 3, column 8" in text(pilot, "#spending-off")
        assert "ordering is off" in str(pilot.app.screen.query_one("#status").render())
        await pilot.press(*"a boat")
        await (pilot.press("ctrl+j") if by == "ctrl+j" else pilot.click("#order"))
        await pilot.pause(0.3)
        assert "Nothing was ordered. config.toml, line 3, column 8" in text(pilot, "#note")
        await pilot.press("f2")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, WelcomeScreen)
        assert "The key cannot be changed" in feedback(pilot)
    assert busy_engine.submitted == []


async def test_films_are_still_played(studio: Make, busy_engine: FakeEngine, tmp_path: Path) -> None:
    """Looking costs nothing."""
    async with opened(studio(busy_engine, key=None, key_source=None, spending_off=OFF)) as pilot:
        await pilot.press("escape", "down", "down", "down", "down", "p")
        await pilot.pause()
        assert type(pilot.app.screen).__name__ == "PlayerScreen"


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_ordering_again_says_it_where_it_can_be_seen(
    studio: Make, busy_engine: FakeEngine, size: tuple[int, int]
) -> None:
    """A narrow window shows the list alone, so the form's answer stands where nobody looks."""
    async with opened(studio(busy_engine, spending_off=OFF), size) as pilot:
        await pilot.press("escape", "g", "r", "y")
        await pilot.pause(0.3)
        seen = feedback(pilot)
        seen += text(pilot, "#note") if pilot.app.screen.query_one("#note").region else ""
        assert "Nothing was ordered. config.toml, line 3, column 8" in seen
    assert busy_engine.submitted == []
