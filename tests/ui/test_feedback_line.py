"""What became of a key is seen on every screen, and covers nothing that is worked with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import FakeEngine, make_job, opened
from tests.ui.pilots import at_jobs, feedback, settled
from wan_tui.domain.job import JobState
from wan_tui.ui.app import Studio
from wan_tui.ui.messages import Feedback
from wan_tui.ui.shell import feedback as times
from wan_tui.ui.shell.feedback_line import FeedbackLine

Make = Callable[..., Studio]
LONG = "The service cannot be reached. Nothing was charged. Check the network, then press f."


async def answer(pilot: Pilot[Any], text: str, severity: str = "information") -> None:
    pilot.app.post_message(Feedback(text, severity))  # type: ignore[arg-type]
    await settled(pilot)


@pytest.mark.parametrize("severity", ["information", "error"])
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 50)])
async def test_it_covers_neither_list_nor_form(
    studio: Make, busy_engine: FakeEngine, size: tuple[int, int], severity: str
) -> None:
    """An error of the usual length neither, which is shown whole."""
    async with opened(studio(busy_engine), size) as pilot:
        await answer(pilot, LONG, severity)
        line = pilot.app.screen.query_one(FeedbackLine)
        sign = "✗ " if severity == "error" else ""
        assert feedback(pilot) == sign + LONG
        assert line.region.bottom == size[1]
        assert line.size.height == (2 if size[0] < 160 else 1)
        for panel in ("#form", "#order", "#pane", "#jobs"):
            assert not line.region.overlaps(pilot.app.screen.query_one(panel).region)


async def test_a_long_answer_is_cut_and_a_long_error_is_not(studio: Make, busy_engine: FakeEngine) -> None:
    """The end of an error says what to do."""
    async with opened(studio(busy_engine), (60, 20)) as pilot:
        await answer(pilot, "word " * 100)
        assert pilot.app.screen.query_one(FeedbackLine).size.height == 2
        assert feedback(pilot).endswith("…")
        await answer(pilot, LONG * 2, "error")
        assert feedback(pilot) == "✗ " + LONG * 2
        assert pilot.app.screen.query_one(FeedbackLine).size.height >= 4


@pytest.mark.parametrize("keys", ["?", "y", "ys", "p", "t", " jp", ("f2",), ("ctrl+o",), ("ctrl+p",)])
async def test_it_is_seen_on_every_screen(
    studio: Make, film: Path, tmp_path: Path, keys: str | tuple[str, ...]
) -> None:
    """Help, menus, player, stills, two films side by side, questions, the palette; and it moves along with them."""
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "card.mp4").write_bytes(film.read_bytes())
    engine = FakeEngine([make_job(n, film_path=str(folder / "card.mp4")) for n in (1, 2)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press(*("space" if key == " " else key for key in keys))
        await settled(pilot)
        assert len(pilot.app.screen_stack) > 1
        await answer(pilot, "Copied.")
        assert feedback(pilot) == "Copied."
        assert pilot.app.screen.query_one(FeedbackLine).region.bottom == 24
        pilot.app.pop_screen()
        await settled(pilot)
        assert feedback(pilot) == "Copied."


async def test_a_line_below_a_dialog_is_gone_when_that_is(
    studio: Make, busy_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was shown before a dialog opened does not come back old."""
    monkeypatch.setattr(times, "ANSWER_SECONDS", 0.3)
    async with at_jobs(studio(busy_engine)) as pilot:
        await answer(pilot, "Copied.")
        await pilot.press("?")
        await pilot.pause(0.5)
        assert feedback(pilot) == ""
        await pilot.press("escape")
        await settled(pilot)
        assert feedback(pilot) == ""


async def test_an_error_goes_with_a_key_that_is_not_part_of_a_text(
    studio: Make, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes a prompt looks elsewhere."""
    monkeypatch.setattr(times, "LEAST_SECONDS", 0.0)
    job = make_job(1, JobState.GENERATING)
    engine.put(job)
    async with opened(studio(engine)) as pilot:
        await pilot.press(*"a fox")
        engine.change(job.id, state=JobState.FAILED, error=make_job(1, JobState.FAILED).error)
        await pilot.pause(0.4)
        seen = f"✗ Failed: The service's filter refused the prompt. Not charged. Word it otherwise. ({job.prompt})"
        assert feedback(pilot) == seen
        await pilot.press(*" in snow")
        await settled(pilot)
        assert feedback(pilot) == seen
        await pilot.press("escape")
        await settled(pilot)
        assert feedback(pilot) == ""
