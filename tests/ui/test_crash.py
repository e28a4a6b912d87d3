"""A fault of the program's own: one sentence on the terminal, the jobs safe, no value of any variable shown."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.worker import WorkerFailed

from tests.ui.conftest import FakeEngine
from tests.ui.crash_host import KEY, LINK, crash
from tests.ui.pty_screen import PYTHON, PtyScreen
from wan_tui.ui.app import Studio

Make = Callable[..., Studio]
F1 = "\x1bOP"
ROOT = Path(__file__).parents[2]


async def _broken_worker() -> None:
    crash(None)


@pytest.mark.all_painted
@pytest.mark.parametrize("where", ["worker", "render", "timer"])
async def test_a_crash_is_one_sentence_and_stops_the_engine(
    studio: Make, engine: FakeEngine, where: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """Wherever the fault is, the kind and place are told but no value; the log has the traceback; the engine ends."""
    app = studio(engine)
    printed: list[str] = []
    monkeypatch.setattr(app.error_console, "print", lambda *texts, **_: printed.extend(map(str, texts)))

    def break_it() -> None:
        if where == "worker":
            app.run_worker(_broken_worker())
        elif where == "timer":
            app.set_timer(0.001, lambda: crash(app))
        else:
            bar = app.screen_stack[0].query_one("KeyFooter")
            monkeypatch.setattr(type(bar), "render", crash)
            bar.refresh()

    async def run() -> None:
        async with app.run_test() as pilot:
            await app.ready.wait()
            break_it()
            while app.is_running:
                await pilot.pause()

    with caplog.at_level(logging.ERROR, "wan_tui"), pytest.raises((ZeroDivisionError, WorkerFailed)):
        await run()
    assert app.return_code == 1
    assert len(printed) == 1
    assert "ZeroDivisionError at crash_host.py" in printed[0]
    assert "Jobs and films are safe" in printed[0]
    assert "-v" in printed[0]
    assert KEY not in printed[0]
    assert "Signature" not in printed[0]
    assert "in crash" in caplog.text
    assert engine.stopped == 1


def test_a_crash_on_a_terminal(tmp_path: Path) -> None:
    """The real program: the terminal comes back, with the sentence on it; neither key nor signature is anywhere."""
    environ = {**os.environ, "WAN_TUI_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    with PtyScreen([PYTHON, "-m", "tests.ui.crash_host", "--demo", "-v"], 100, 30, environ) as terminal:
        terminal.until(lambda: "● online" in terminal.text())
        terminal.press(F1)
        assert terminal.exit_code() == 1
        terminal.until(lambda: b"wan-tui crashed" in terminal.raw)
        assert terminal.modes() == terminal.modes_before
        shown, log = bytes(terminal.raw), next(tmp_path.rglob("wan-tui.log")).read_bytes()
    for text in (shown, log):
        assert KEY.encode() not in text
        assert LINK.partition("=")[2].encode() not in text
    assert b"Traceback" not in shown
    assert b"ZeroDivisionError" in log
    assert b"in crash" in log
