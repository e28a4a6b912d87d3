"""An app that holds nothing but what is under test: a screen below, and films to play on top of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tests.patience import until
from wan_tui.domain.request import GenerationRequest
from wan_tui.media.pacing import LOCAL, REMOTE
from wan_tui.media.painting import Way
from wan_tui.media.posters import PosterShelf
from wan_tui.ui import app as studio
from wan_tui.ui import themes
from wan_tui.ui.compat.cursor_position import AnsweringApp
from wan_tui.ui.player.film_item import FilmItem
from wan_tui.ui.player.film_screen import FilmScreen
from wan_tui.ui.player.player import PlayerScreen
from wan_tui.ui.player.player_bar import PlayerBar
from wan_tui.ui.player.viewing import Viewing


def item(path: Path, prompt: str = "A dragon over the sea", **parameters: str | int | bool) -> FilmItem:
    values = {"prompt": prompt, "resolution": "720P", "aspect_ratio": "16:9", "seed": 7, **parameters}
    return FilmItem(path, GenerationRequest("alibaba/wan2.1-t2v-plus", values), key=path.stem)


class Host(AnsweringApp[None]):
    """``on_top`` is pushed at the start; the ``shelf`` keeps posters."""

    CSS_PATH = Path(studio.__file__).with_name("app.tcss")
    BINDINGS = [
        ("x", "toast", "Toast"),
        ("d", "dialog", "Dialog"),
        ("s", "hand_over", "Hand over"),
        ("p", "play", "Play"),
        ("ctrl+q", "quit", "Quit"),
    ]

    def __init__(self, on_top: Screen[None] | None = None) -> None:
        super().__init__()
        self._on_top = on_top
        self.open_player: Callable[[], Screen[None]] = Screen

    def compose(self) -> ComposeResult:
        yield Static("below")

    def on_mount(self) -> None:
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name
        if self._on_top is not None:
            self.push_screen(self._on_top)

    def action_play(self) -> None:
        self.push_screen(self.open_player())

    def action_toast(self) -> None:
        self.notify("A toast over the picture", timeout=1.0)

    def action_dialog(self) -> None:
        self.push_screen(Dialog())

    def action_hand_over(self) -> None:
        with self.suspend():
            sys.stdout.write("\x1b[1;1Hanother program was here\n" * 10)
            sys.stdout.flush()


class Dialog(ModalScreen[None]):
    """Covers the middle."""

    BINDINGS = [("d", "dismiss", "Away")]
    CSS = """
    Dialog { background: $background 60%; align: center middle; }
    Dialog Static { width: 20; height: 3; background: $panel; }
    """

    def compose(self) -> ComposeResult:
        yield Static("A dialog")


def player(
    films: Sequence[FilmItem], shelf: Path, start: int = 0, viewing: Viewing | None = None
) -> PlayerScreen:
    return PlayerScreen(films, start, viewing or Viewing(), PosterShelf(shelf))


def screen_of(pilot: Pilot[Any]) -> FilmScreen:
    screen = pilot.app.screen
    assert isinstance(screen, FilmScreen)
    return screen


async def playing(pilot: Pilot[Any], at_least: int = 1) -> FilmScreen:
    await until(lambda: isinstance(pilot.app.screen, FilmScreen))
    screen = screen_of(pilot)
    await until(lambda: screen.stage.shot is not None and screen.stage.shot.frame >= at_least)
    return screen


def bar(screen: FilmScreen) -> str:
    return screen.query_one(PlayerBar)._content.plain


def main() -> None:
    """``SHELF [--far | --thrifty | --kitty | --iterm2 | --closed] FILM ...``: plays, or waits for ``p`` when closed."""
    flags = {argument for argument in sys.argv[2:] if argument.startswith("--")}
    films = [item(Path(argument)) for argument in sys.argv[2:] if argument not in flags]
    quality = LOCAL
    if flags & {"--far", "--thrifty"}:
        quality = REMOTE if "--far" in flags else replace(REMOTE, fps=LOCAL.fps)

    def open_player() -> PlayerScreen:
        way: Way = "kitty" if "--kitty" in flags else "iterm2" if "--iterm2" in flags else "cells"
        return player(films, Path(sys.argv[1]), viewing=Viewing(way=way, quality=quality))

    host = Host(None if "--closed" in flags else open_player())
    host.open_player = open_player
    host.run()


if __name__ == "__main__":
    main()
