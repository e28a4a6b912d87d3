"""Pictures of player, stills and two films side by side. Each docstring says what must be seen.

The films are of one colour at a time, without loss: every decoder and scaler makes the same of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import av
import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from tests.patience import until
from tests.ui.player_host import Host, item, player
from wan_tui.ui.player.compare import CompareScreen
from wan_tui.ui.player.film_screen import FilmScreen
from wan_tui.ui.player.filmstrip_view import FilmstripView
from wan_tui.ui.player.player import PlayerScreen
from wan_tui.ui.player.still_view import StillView
from wan_tui.ui.player.viewing import Viewing

Picture = Callable[..., bool]
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
FRAMES = 60
GREYS = (0x20, 0x48, 0x70, 0x98, 0xC0, 0xE8)
"""Of these each part of a film has one."""


def flat_film(path: Path, tint: tuple[int, int], lights: Sequence[int], size: tuple[int, int]) -> Path:
    """A film that goes through ``lights``, with the colour ``tint`` as Cb and Cr."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "qp": "0"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number in range(FRAMES):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane, value in zip(
                frame.planes, (lights[number * len(lights) // FRAMES], *tint), strict=True
            ):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


@pytest.fixture(autouse=True)
def _no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, no film is shown with less colour or detail for that."""
    monkeypatch.setattr(FilmScreen, "slow_down", lambda _: None)


@pytest.fixture
def blue(tmp_path: Path) -> Path:
    """Two seconds, wide: from dark to light."""
    return flat_film(tmp_path / "blue.mp4", (170, 110), GREYS, (320, 180))


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """Two seconds, upright."""
    return flat_film(tmp_path / "red.mp4", (100, 180), GREYS, (180, 320))


def paused_at(frame: int, *keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Wait until the film stands still at ``frame``, tenth of the way by tenth, then press ``keys``."""

    async def wait(pilot: Pilot[Any]) -> None:
        await until(lambda: isinstance(pilot.app.screen, FilmScreen))
        screen = pilot.app.screen
        assert isinstance(screen, FilmScreen)
        await until(lambda: screen.stage.shot is not None)
        await pilot.press("space", str(frame * 10 // FRAMES))
        await until(
            lambda: (
                screen.stage.shot and (screen.stage.shot.state, screen.stage.shot.frame) == ("paused", frame)
            )
        )
        await pilot.press(*keys)
        await until(lambda: all(view.painted for view in screen.stage._views))
        await pilot.pause()
        await pilot.pause()

    return wait


def host(screen: Screen[None]) -> Host:
    app = Host(screen)
    app.animation_level = "none"
    return app


@SIZES
def test_player(snap_compare: Picture, blue: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    """The prompt on top after 1/2; the film as large as fits, in the middle, one blue from edge to edge; below it
    "paused", 1.0 of 2.0 seconds, half a bar, frame 31; keys at the bottom: Play rather than Pause, Next.
    """
    films = [item(blue, "A dragon over the sea"), item(blue, "A paper boat")]
    app = host(player(films, tmp_path / "shelf"))
    assert snap_compare(app, run_before=paused_at(30), terminal_size=size)


@SIZES
def test_player_with_its_facts(
    snap_compare: Picture, blue: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Prompt and parameters on the right, label above text; the film is smaller and whole beside them."""
    app = host(player([item(blue)], tmp_path / "shelf"))
    assert snap_compare(app, run_before=paused_at(30, "i"), terminal_size=size)


@SIZES
def test_side_by_side(snap_compare: Picture, blue: Path, red: Path, size: tuple[int, int]) -> None:
    """Two titles that differ, each over its film: left a wide blue one, right an upright red one, both at frame 31.
    Beneath, what differs: the prompt with other words in bold, aspect ratio, seed.
    """
    left = item(blue, "A blue dragon over the sea", seed=1)
    right = item(red, "A red dragon over the sea", seed=2, aspect_ratio="9:16")
    app = host(CompareScreen(left, right, Viewing()))
    assert snap_compare(app, run_before=paused_at(30), terminal_size=size)


@SIZES
def test_stills(snap_compare: Picture, blue: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    """Six stills in two rows of three, with a gap between, from dark blue to light; no bar; t says Film."""
    screen = player([item(blue)], tmp_path / "shelf")
    screen.add_class("-stills")

    async def made(pilot: Pilot[Any]) -> None:
        await until(lambda: isinstance(pilot.app.screen, PlayerScreen))
        await until(lambda: all(view._cells for view in pilot.app.screen.query(StillView)))
        note = pilot.app.screen.query_one(FilmstripView).query_one(".note")
        await until(lambda: "Making" not in str(note.render()))
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(host(screen), run_before=made, terminal_size=size)
