"""Pictures of form, preview, help and welcome. Each docstring says what must be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.ui.conftest import FakeEngine, when_ready
from wan_tui.domain.events import Connection
from wan_tui.ui.app import Studio

Make = Callable[..., Studio]
Picture = Callable[..., bool]
pytestmark = pytest.mark.latest_films

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


@SIZES
def test_form(snap_compare: Picture, studio: Make, busy_engine: FakeEngine, size: tuple[int, int]) -> None:
    """The prompt has the focus: a bar at its left, its count at the right. Chosen options are chips, the drawn
    seed pale in its field, the help of the prompt, price and button. Keys of the form at the bottom, help and
    quit at the right. At 80 columns a strip of three panels on top; at 120 jobs and details beside the form.
    """
    keys = [*"A red fox runs through fresh snow at dawn, long lens, mist"]
    assert snap_compare(studio(busy_engine), run_before=when_ready, press=keys, terminal_size=size)


def test_form_in_the_smallest_window(snap_compare: Picture, studio: Make, busy_engine: FakeEngine) -> None:
    """60x20: the form scrolls, strip and demo mark side by side, order button, help and quit are there."""
    app = studio(busy_engine, demo=True)
    assert snap_compare(app, run_before=when_ready, press=[*"A red fox", "tab"], terminal_size=(60, 20))


@SIZES
def test_problems(snap_compare: Picture, studio: Make, engine: FakeEngine, size: tuple[int, int]) -> None:
    """Tried to order: a ✗ line under prompt and seed, and "Nothing was ordered" above the price. The list says
    how to begin.
    """
    keys = ["tab", "tab", "tab", *"12x", "ctrl+j"]

    async def refused(pilot: Pilot[object]) -> None:
        await when_ready(pilot)
        await pilot.press(*keys)
        await pilot.pause(0.15)

    assert snap_compare(studio(engine), run_before=refused, terminal_size=size)


@SIZES
def test_too_long(snap_compare: Picture, studio: Make, engine: FakeEngine, size: tuple[int, int]) -> None:
    """The count of the prompt is a warning with a sign, a ! line under it says how much is ignored."""

    async def filled(pilot: Pilot[object]) -> None:
        await when_ready(pilot)
        pilot.app.screen.query_one(TextArea).insert("lorem ipsum " * 70)

    assert snap_compare(studio(engine), run_before=filled, terminal_size=size)


@SIZES
def test_preview(snap_compare: Picture, studio: Make, busy_engine: FakeEngine, size: tuple[int, int]) -> None:
    """What will be sent: address, JSON with the drawn seed, curl with the key's variable."""
    keys = [*"A red fox", "ctrl+r"]
    assert snap_compare(studio(busy_engine), run_before=when_ready, press=keys, terminal_size=size)


@SIZES
def test_help(snap_compare: Picture, studio: Make, busy_engine: FakeEngine, size: tuple[int, int]) -> None:
    """Keys in one column, what they do in the other, by context; the studio shines through behind."""
    assert snap_compare(studio(busy_engine), run_before=when_ready, press=["f1"], terminal_size=size)


@SIZES
def test_welcome(snap_compare: Picture, studio: Make, engine: FakeEngine, size: tuple[int, int]) -> None:
    """Why a key is needed, dots for what was typed, the answer in red, three ways on."""
    engine.connection = Connection.NO_KEY
    app = studio(engine, key=None, key_source=None)
    assert snap_compare(app, run_before=when_ready, press=[*"two words", "enter"], terminal_size=size)


def test_light(snap_compare: Picture, studio: Make, busy_engine: FakeEngine) -> None:
    """The light theme: dark text on paper, every word readable, the banner of a foreign host on top."""
    app = studio(busy_engine, theme="wan-light", base_url="https://proxy.example:8443")
    assert snap_compare(
        app, run_before=when_ready, press=[*"A red fox", "tab", "tab"], terminal_size=(120, 40)
    )


def test_no_color(
    snap_compare: Picture, studio: Make, busy_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR: greys only; the focused field, chosen options, states and keys are still told apart."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = studio(busy_engine)
    assert snap_compare(app, run_before=when_ready, press=[*"A red fox"], terminal_size=(120, 40))


def test_too_small(snap_compare: Picture, studio: Make, engine: FakeEngine) -> None:
    """One plain sentence."""
    assert snap_compare(studio(engine), run_before=when_ready, terminal_size=(50, 12))
