"""Stills and posters, headless: what they say, and when a picture of the terminal's own is drawn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.containers import Grid
from textual.widgets import Static

from tests.patience import until
from tests.ui.player_host import Host, item
from wan_tui.media.colours import Colours
from wan_tui.media.picture import from_rgb
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.player import still_view
from wan_tui.ui.player.filmstrip_view import FilmstripView
from wan_tui.ui.player.still_view import StillView
from wan_tui.ui.player.viewing import Viewing

RED = from_rgb(8, 8, bytes((200, 0, 0)) * 64)


async def test_a_film_without_stills_has_the_sentence_in_their_place(tmp_path: Path) -> None:
    """In the middle, where the pictures would be, as the player has its own."""
    stills = FilmstripView(PosterShelf(tmp_path / "shelf"), Viewing())
    host = Host()
    async with host.run_test(size=(80, 24)):
        await host.screen.mount(stills)
        stills.show(item(tmp_path / "gone.mp4"), Colours.FULL)
        await until(lambda: stills.has_class("-failed"))
        note = stills.query_one(".note", Static)
        await until(lambda: not stills.query_one(Grid).display and note.size.height > 10)
        text = [note.render_line(y).text.strip() for y in range(note.size.height)]
        (line,) = (y for y, words in enumerate(text) if words)
        assert "cannot be" in text[line] or "No stills" in text[line]
        assert abs(line - note.size.height // 2) <= 1


@pytest.mark.all_painted
async def test_nothing_is_drawn_while_the_terminal_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poster that is ready meanwhile waits; all are drawn again when the other program has ended."""
    drawn: list[str] = []
    monkeypatch.setattr(StillView, "_to_image", lambda *_: "<picture>")
    monkeypatch.setattr(still_view, "terminal_writer", lambda _: drawn.append)
    monkeypatch.setattr(Host, "is_headless", False)
    view = StillView(Viewing(still="iterm2"))
    host = Host()
    async with host.run_test(size=(40, 12)) as pilot:
        await host.screen.mount(view)
        await until(lambda: view.size)
        with host.batch_update():
            view.show(RED)
            await until(lambda: view._image)
            await asyncio.sleep(0)
            view._settle()
            assert drawn == []
        await until(lambda: drawn)
        await pilot.pause()
        drawn.clear()
        with host.batch_update():
            host._suspend_signal()
            host._resume_signal()
        await until(lambda: drawn)
