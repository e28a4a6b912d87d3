"""What reaches the user outside of the screen: bell, desktop notice, title of the tab, taskbar."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import FakeEngine, make_job
from tests.ui.pilots import settled
from tests.ui.pty_screen import PYTHON, PtyScreen
from wan_tui.domain.job import JobState
from wan_tui.settings import NoticeWishes
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.app import Studio
from wan_tui.ui.shell import desktop_notifier, event_batcher
from wan_tui.ui.shell.desktop_notifier import title_for

Make = Callable[..., Studio]
ROOT = Path(__file__).parents[2]
KEEP_TITLE, TITLE_BACK, BELL = "\x1b[22;0t", "\x1b[23;0t", "\x07"
WORKING, IDLE = "\x1b]9;4;3;0\x07", "\x1b]9;4;0;0\x07"
OFF = NoticeWishes(bell=False, desktop=False, title=False, progress=False)


@asynccontextmanager
async def listening(
    app: Studio, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Pilot[Any], list[str]]]:
    """Run ``app`` in ``around``; what it writes beside the screen is kept in the list."""
    written: list[str] = []
    monkeypatch.setattr(desktop_notifier, "terminal_writer", lambda app: written.append)
    app.surroundings = around
    with patch.object(event_batcher, "PAUSE", 0.0):
        async with app.run_test() as pilot:
            await app.ready.wait()
            await settled(pilot)
            yield pilot, written


@pytest.fixture
def two_running() -> FakeEngine:
    return FakeEngine([make_job(1, JobState.GENERATING, "a fox"), make_job(2, JobState.QUEUED, "a dog")])


WINDOWS = Surroundings(term="xterm-256color", terminal="windows-terminal")
TMUX = Surroundings(term="tmux-256color", terminal="kitty", multiplexer="tmux")


async def test_the_tab_counts_and_is_put_back(
    studio: Make, two_running: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Title and taskbar follow the jobs, are written only when something changed, and are restored at the end."""
    app = studio(two_running)
    first, second = (make_job(n).id for n in (1, 2))
    async with listening(app, WINDOWS, monkeypatch) as (pilot, written):
        assert written == [f"{KEEP_TITLE}\x1b]2;1 generating, 1 queued – wan-tui\x07", WORKING]
        written.clear()
        two_running.change(second, status_word="waiting for a worker")
        await settled(pilot)
        assert written == []
        two_running.change(second, state=JobState.GENERATING)
        await settled(pilot)
        assert written == ["\x1b]2;2 generating – wan-tui\x07", WORKING]
        two_running.change(first, state=JobState.FAILED)
        two_running.change(second, state=JobState.FAILED)
        await settled(pilot)
        assert written[-2:] == ["\x1b]2;wan-tui\x07", IDLE]
        written.clear()
        await pilot.press("ctrl+q")
    assert written == [TITLE_BACK]


async def test_done_and_failed_ring_and_notify(
    studio: Make, two_running: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One job: its prompt, cleaned. Several of one moment: one notice. In the words of the terminal, through tmux."""
    app = studio(two_running, notices=NoticeWishes(bell=True, title=False, progress=False))
    two_running.put(make_job(1, JobState.GENERATING, "a fox\x1b]52;c;aGk=\x07 \x9b31m[/bold]"))
    first, second = (make_job(n).id for n in (1, 2))
    async with listening(app, TMUX, monkeypatch) as (pilot, written):
        two_running.change(first, state=JobState.SAVED, film_path="/films/fox.mp4")
        await settled(pilot)
        assert written[0] == BELL
        assert len(written) == 2
        assert written[1].startswith("\x1bPtmux;\x1b\x1b]99;i=wan-tui:d=0:p=title;Saved\x07")
        assert "p=body;a fox]52;c;aGk= 31m[/bold] (fox.mp4)\x07" in written[1]
        written.clear()
        two_running.change(second, state=JobState.FAILED, error=make_job(3, JobState.FAILED).error)
        two_running.change(first, state=JobState.GENERATING)
        two_running.change(first, state=JobState.SAVED)
        await settled(pilot)
        assert written[0] == BELL
        assert len(written) == 2
        assert "p=title;wan-tui\x07" in written[1]
        assert "Saved" in written[1]
        assert "Failed: The service's filter" in written[1]


@pytest.mark.parametrize(
    ("wish", "sign"),
    [("bell", BELL), ("desktop", "\x1b]9;Saved"), ("title", "\x1b]2;"), ("progress", WORKING), (None, "")],
)
async def test_each_can_be_switched_off(
    studio: Make, two_running: FakeEngine, monkeypatch: pytest.MonkeyPatch, wish: str | None, sign: str
) -> None:
    """With one alone switched on, every sequence is of that kind; with none nothing is written."""
    app = studio(two_running, notices=replace(OFF, **{wish: True}) if wish else OFF)
    async with listening(app, WINDOWS, monkeypatch) as (pilot, written):
        two_running.change(make_job(1).id, state=JobState.SAVED)
        await settled(pilot)
    kept = [text for text in written if text not in (TITLE_BACK, IDLE)]
    assert bool(kept) is (wish is not None)
    assert all(sign in text for text in kept)
    assert bool(wish == "bell") is (BELL in written)


async def test_nothing_is_written_while_another_program_has_the_terminal(
    studio: Make, two_running: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a suspension title and taskbar are put back, and shown again afterwards."""
    app = studio(two_running, notices=NoticeWishes(bell=True))
    async with listening(app, WINDOWS, monkeypatch) as (pilot, written):
        written.clear()
        app.app_suspend_signal.publish(app)
        assert written == [IDLE, TITLE_BACK]
        two_running.change(make_job(1).id, state=JobState.SAVED)
        await settled(pilot)
        assert written == [IDLE, TITLE_BACK]
        app.app_resume_signal.publish(app)
        await settled(pilot)
        assert written[2:] == [f"{KEEP_TITLE}\x1b]2;1 queued – wan-tui\x07", WORKING]


def test_title() -> None:
    """Only what there is, the most telling first."""
    assert title_for(Counter()) == "wan-tui"
    assert (
        title_for(Counter({JobState.WAITING: 3, JobState.GENERATING: 2}))
        == "2 generating, 3 waiting – wan-tui"
    )
    assert title_for(Counter({JobState.UNCONFIRMED: 1})) == "1 in doubt – wan-tui"


def test_on_a_real_terminal(tmp_path: Path) -> None:
    """The demo in a pty: the title found is kept, a film is announced when saved, and the title comes back last."""
    config = tmp_path / "config" / "config.toml"
    config.parent.mkdir(mode=0o700)
    config.write_text("[notices]\nbell = true\n")
    environ = {
        **os.environ,
        "WAN_TUI_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "TERM_PROGRAM": "ghostty",
    }
    with PtyScreen([PYTHON, "-m", "wan_tui", "--demo"], 100, 30, environ) as terminal:
        terminal.until(lambda: "● online" in terminal.text())
        terminal.press("a paper boat")
        terminal.until(lambda: "12/800" in terminal.text())
        terminal.press("\n")
        terminal.until(lambda: b"Saved: a paper boat" in terminal.raw)
        terminal.until(lambda: terminal.raw.rfind(IDLE.encode()) > terminal.raw.rfind(WORKING.encode()))
        assert "\x1b]2;1 generating – wan-tui\x07".encode() in terminal.raw
        terminal.press("\x11")
        assert terminal.exit_code() == 0
        terminal.until(lambda: TITLE_BACK.encode() in terminal.raw)
        assert terminal.raw.index(KEEP_TITLE.encode()) < terminal.raw.index(b"\x1b]2;")
        assert terminal.raw.rindex(b"\x1b]2;") < terminal.raw.index(TITLE_BACK.encode())
