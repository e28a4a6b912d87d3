"""Keys that arrive all at once, as they do over a slow line: none of them may act on what had the focus before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.patience import PATIENCE
from tests.ui.conftest import FakeEngine, make_job, opened
from tests.ui.pilots import at_jobs, settled, table
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS
from wan_tui.terminal import clipboard
from wan_tui.terminal.clipboard import CopyReport
from wan_tui.ui.app import Studio
from wan_tui.ui.compat import input_queue

Make = Callable[..., Studio]
OTHER_MODEL = "made-up/slow-to-fill"
NAMES = {"/": "slash", " ": "space", "*": "asterisk", "\t": "tab", "⇤": "shift+tab", "\r": "enter"} | {
    "⎋": "escape",
    "\x7f": "backspace",
}


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for a second must not look like a widget that hangs."""
    monkeypatch.setattr(input_queue, "DONE_AFTER", 30.0)


async def burst(pilot: Pilot[Any], keys: str) -> None:
    """Have the terminal send ``keys`` in one go."""
    for key in keys:
        pilot.app.post_message(events.Key(NAMES.get(key, key), key if key not in "⇤⎋" else None))
    app = pilot.app
    assert isinstance(app, Studio)
    async with asyncio.timeout(PATIENCE):
        await settled(pilot)
        while app._held or app._following:
            await settled(pilot)
    for _ in range(3):
        await settled(pilot)


async def test_a_prompt_typed_ahead_lands_in_the_form(studio: Make) -> None:
    """“1” and a prompt at once: every letter is in the prompt, nothing is ordered, trashed or opened."""
    engine = FakeEngine([make_job(n) for n in range(5)])
    async with at_jobs(studio(engine)) as pilot:
        await burst(pilot, "1drrx*y hello")
        focused = pilot.app.screen.focused
        assert isinstance(focused, TextArea)
        assert focused.text == "drrx*y hello"
    assert engine.submitted == []
    assert engine.called == []


@pytest.mark.parametrize("model", [DEFAULT_MODEL, OTHER_MODEL])
async def test_letters_after_edit_land_in_the_filled_form(studio: Make, monkeypatch: Any, model: str) -> None:
    """“e” and letters at once: they stand in the prompt that came from the job, and act on nothing."""
    monkeypatch.setitem(MODELS, OTHER_MODEL, replace(MODELS[DEFAULT_MODEL], id=OTHER_MODEL))
    engine = FakeEngine([make_job(n, prompt="a fox", model=model) for n in range(5)])
    async with at_jobs(studio(engine)) as pilot:
        await burst(pilot, "erxd*y")
        focused = pilot.app.screen.focused
        assert isinstance(focused, TextArea)
        assert sorted(focused.text) == sorted("a foxrxd*y")
        assert len(pilot.app.screen_stack) == 1
    assert engine.submitted == []
    assert engine.called == []


async def test_a_filter_typed_ahead_lands_in_the_filter(studio: Make) -> None:
    """“/” and the words at once."""
    engine = FakeEngine([make_job(n) for n in range(5)])
    async with at_jobs(studio(engine)) as pilot:
        await burst(pilot, "/drx number")
        assert pilot.app.screen.query_one("#jobs Input", Input).value == "drx number"
        assert not table(pilot).rows
    assert engine.submitted == []
    assert engine.called == []


async def test_copying_in_one_go(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """“yu” at once copies the link; the u is not an undo."""
    copied: list[str] = []

    def copy(text: str, **_: object) -> CopyReport:
        copied.append(text)
        return CopyReport("Sent.", ("terminal",))

    monkeypatch.setattr(clipboard, "copy", copy)
    engine = FakeEngine([make_job(1)])
    async with at_jobs(studio(engine)) as pilot:
        await burst(pilot, "yu")
        await pilot.app.workers.wait_for_complete()
        await settled(pilot)
        assert copied == ["https://films.example/1.mp4?sign=abc"]
        assert len(pilot.app.screen_stack) == 1


async def test_a_question_answered_in_one_go(studio: Make) -> None:
    """“xy” and “xn” at once: the answer counts, and the keyboard is alive after it."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    async with at_jobs(studio(engine)) as pilot:
        await burst(pilot, "xn")
        assert engine.called == []
        await burst(pilot, "xy")
        assert [name for name, _ in engine.called] == ["follow"]
        await burst(pilot, "*")
        assert [name for name, _ in engine.called] == ["follow", "star"]


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ("one\ttwo\tx", ["one", "two", ""]),
        ("one\ttwo⇤\x7f3", ["on3", "two", ""]),
        ("one\ttwo\t\t12\rx\r\r", ["one", "two", "12"]),
        ("one⎋1more", ["onemore", "", ""]),
        ("one⎋1\tmore\t\t7", ["one", "more", "7"]),
        ("⎋rd1two", ["two", "", ""]),
    ],
)
async def test_every_field_gets_its_own_text(studio: Make, keys: str, texts: list[str]) -> None:
    """A key that moves the focus and text after it at once: the text stands where the focus went."""
    engine = FakeEngine()
    app = studio(engine)
    async with opened(app, (120, 40)) as pilot:
        await burst(pilot, keys)
        prompt, negative = (area.text for area in app.screen.query(TextArea))
        assert [prompt, negative, app.screen.query_one("#field-seed Input", Input).value] == texts
    assert engine.submitted == []


async def test_a_paste_right_after_tab(studio: Make) -> None:
    """The paste goes to the field that the tab leads to."""
    app = studio(FakeEngine())
    async with opened(app, (120, 40)) as pilot:
        app.post_message(events.Key("tab", "\t"))
        app.post_message(events.Paste("blur"))
        await burst(pilot, "\tx")
        assert [area.text for area in app.screen.query(TextArea)] == ["", "blur"]


async def test_what_hangs_holds_no_key_for_ever(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A widget that never answers costs a moment, not the keyboard."""
    monkeypatch.setattr(input_queue, "DONE_AFTER", 0.05)
    app = studio(FakeEngine())
    async with opened(app, (120, 40)):
        area = app.screen.query_one(TextArea)
        stuck = asyncio.Event()
        area.call_later(stuck.wait)
        try:
            # The tab goes to the prompt and stays there; the key after it is given to what has the focus then.
            app.post_message(events.Key("tab", "\t"))
            await asyncio.sleep(0.02)
            app.screen.set_focus(app.screen.query(TextArea)[1])
            app.post_message(events.Key("ctrl+g", None))
            while not app.screen.query_one("#field-seed Input", Input).value:
                await asyncio.sleep(0.01)
        finally:
            stuck.set()
