"""The size of the terminal at the end of a storm of changes."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.geometry import Size

from tests.patience import PATIENCE
from wan_tui.ui.compat.resize import ResizingApp


class Host(ResizingApp[None]):
    """Has a terminal, as far as it knows."""

    is_headless = False


async def test_an_older_size_that_arrives_last_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal has 100x30; what arrives is that, and then 40x10 from before."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "30")
    app = Host()
    async with app.run_test(size=(80, 24)):
        for size in (Size(100, 30), Size(40, 10)):
            app.post_message(events.Resize(size, size))
        async with asyncio.timeout(PATIENCE):
            while app.size != (40, 10):
                await asyncio.sleep(0.01)
            while app.screen.size != (100, 30):
                await asyncio.sleep(0.01)
