"""The job list: rows, cursor, marks, filter, order, and news from the engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.geometry import Region
from textual.widgets import Input, Static

from tests.ui.conftest import NOW, FakeEngine, make_job
from tests.ui.pilots import at_jobs, filtered, jobs, lines, settled, studio_screen, table
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.events import DownloadProgress, JobChanged, LibraryLoaded
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import JobState
from wan_tui.domain.job_record import from_record, to_record
from wan_tui.ui.app import Studio
from wan_tui.ui.jobs import job_list
from wan_tui.ui.jobs.job_details import JobDetails
from wan_tui.ui.jobs.job_table import JobTable

Make = Callable[..., Studio]


async def test_newest_first_with_state_time_note_and_prompt(studio: Make, busy_engine: FakeEngine) -> None:
    """Each row says its state by sign and word, its time, the most useful note, and the prompt."""
    async with at_jobs(studio(busy_engine)) as pilot:
        shown = lines(pilot)
    assert shown[0].split()[:5] == ["›", "○", "queued", "0:00", "────"]
    assert "◐ generating" in shown[1]
    assert "3:00" in shown[1]
    assert "link 23 h" in shown[3]
    assert "moderation" in shown[5]
    assert "looking it up" in shown[7]
    assert "paper boat number 4" in shown[4]


async def test_moving_by_every_key(studio: Make) -> None:
    """Letters, arrows and page keys move the cursor; it never leaves the list, and stays in sight."""
    engine = FakeEngine([make_job(n) for n in range(100)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        rows = table(pilot).rows
        height = table(pilot).size.height
        for keys, index in (
            (("j", "j", "down"), 3),
            (("k", "up"), 1),
            (("g",), 0),
            (("k",), 0),
            (("G",), 99),
            (("j",), 99),
            (("home", "pagedown"), height),
            (("pageup",), 0),
            (("ctrl+d",), height // 2),
            (("ctrl+u",), 0),
        ):
            await pilot.press(*keys)
            assert table(pilot).current == rows[index].id
            assert any(line.startswith("›") for line in lines(pilot))


async def test_the_details_follow_the_cursor(studio: Make, busy_engine: FakeEngine) -> None:
    """The pane shows the job under the cursor, from the first one on, without a key."""
    async with at_jobs(studio(busy_engine)) as pilot:
        details = pilot.app.screen.query_one(JobDetails)
        assert details.job_id == table(pilot).current
        await pilot.press("j", "j")
        assert details.job_id == table(pilot).current


async def test_the_cursor_stays_on_its_job_when_others_come_and_go(studio: Make) -> None:
    """A new job on top or one that leaves above does not put another job under the cursor."""
    engine = FakeEngine([make_job(n) for n in range(10, 80)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press("G", "k", "k")
        current, before = table(pilot).current, lines(pilot)
        for number in (1, 2, 3):
            job = make_job(number, JobState.QUEUED)
            engine.put(job)
            engine.announce(JobChanged(job))
        await settled(pilot)
        assert table(pilot).current == current
        assert lines(pilot) == before
        first = table(pilot).rows[0].id
        engine.change(first, trashed_at=NOW)
        await settled(pilot)
        assert table(pilot).current == current


async def test_when_its_own_job_leaves_the_cursor_takes_the_next(studio: Make) -> None:
    """Trashing row after row works without moving."""
    engine = FakeEngine([make_job(n) for n in range(5)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("j")
        rows = list(table(pilot).rows)
        engine.change(rows[1].id, trashed_at=NOW)
        await settled(pilot)
        assert table(pilot).current == rows[2].id


@pytest.mark.parametrize("at_once", [10_000, 0])
async def test_a_new_order_gets_the_cursor_unless_the_jobs_are_in_use(
    studio: Make, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Ordered from the form, a film can be watched at once; whoever reads in the list is not disturbed."""
    monkeypatch.setattr(job_list, "AT_ONCE", at_once)
    engine = FakeEngine([make_job(n) for n in range(10, 80)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("G", "1")
        job = await engine.submit(make_job(1).request)
        await filtered(pilot)
        assert table(pilot).current == job.id
        await pilot.press("escape", "j", "j")
        current = table(pilot).current
        await engine.submit(make_job(2).request)
        await filtered(pilot)
        assert table(pilot).current == current


async def test_what_happens_below_a_dialog_is_taken_in(studio: Make) -> None:
    """List, details and status bar go on while the help covers them, and after it."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    async with at_jobs(studio(engine)) as pilot:
        running = table(pilot).current or ""
        await pilot.press("question_mark")
        assert len(pilot.app.screen_stack) == 2
        engine.change(running, state=JobState.FAILED)
        await settled(pilot)
        assert "failed" in lines(pilot)[0]
        await pilot.press("escape")
        engine.announce(LibraryLoaded(1))
        engine.change(running, starred=True)
        await engine.submit(make_job(2).request)
        await settled(pilot)
        assert "waiting" in lines(pilot)[0]
        assert "failed" in lines(pilot)[1]
        status = studio_screen(pilot).query_one("StatusBar")
        assert "1 waiting" in str(status.render())


async def test_a_change_shows_at_once_and_repaints_only_what_is_seen(
    studio: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred changes are one repaint; changes out of sight are none."""
    engine = FakeEngine([make_job(n, JobState.QUEUED) for n in range(100)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        the_table = table(pilot)
        rows = list(the_table.rows)
        repaints: list[object] = []
        refresh = the_table.refresh

        def counted(*regions: Region) -> JobTable:
            repaints.append(regions)
            return refresh(*regions)

        monkeypatch.setattr(the_table, "refresh", counted)
        monkeypatch.setattr(the_table, "tick", lambda: None)
        for row in rows[:10]:
            engine.put(make_job(rows.index(row), JobState.GENERATING))
        jobs(pilot).jobs_changed([row.id for row in rows[:10]])
        assert len(repaints) == 1
        assert "generating" in lines(pilot)[9]
        jobs(pilot).jobs_changed([row.id for row in rows[60:]])
        assert len(repaints) == 1


async def test_only_running_rows_tick(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second the elapsed time of what runs goes on; a list at rest is not painted."""
    engine = FakeEngine([make_job(1, JobState.GENERATING), make_job(2)])
    async with at_jobs(studio(engine)) as pilot:
        the_table = table(pilot)
        assert "3:00" in lines(pilot)[0]
        later = NOW.replace(second=7)
        monkeypatch.setattr(engine, "now", lambda: later)
        the_table.tick()
        assert "3:07" in lines(pilot)[0]
        engine.change(the_table.rows[0].id, state=JobState.FAILED)
        await settled(pilot)
        repaints: list[object] = []
        monkeypatch.setattr(the_table, "refresh", lambda *regions, **kw: repaints.append(regions))
        the_table.tick()
        assert not repaints


async def test_download_progress_is_shown_until_the_film_is_saved(studio: Make) -> None:
    """A share where the whole is known, a size where not."""
    engine = FakeEngine([make_job(1, JobState.COMPLETED)])
    async with at_jobs(studio(engine)) as pilot:
        job_id = table(pilot).current or ""
        engine.announce(DownloadProgress(job_id, 500_000, 1_000_000))
        await settled(pilot)
        assert "━━── 50%" in lines(pilot)[0]
        engine.announce(DownloadProgress(job_id, 500_000, None))
        await settled(pilot)
        assert "saving 500 kB" in lines(pilot)[0]
        engine.change(job_id, state=JobState.SAVED, film_path="/films/x.mp4")
        await settled(pilot)
        assert "saving" not in lines(pilot)[0]


async def test_filter_as_you_type_and_escape(studio: Make) -> None:
    """Each letter narrows the list; enter keeps the filter, escape shows everything again."""
    engine = FakeEngine([make_job(n, prompt="a red kite" if n % 2 else "a blue boat") for n in range(6)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("slash", *"kite")
        assert len(table(pilot).rows) == 3
        assert jobs(pilot).border_subtitle == "3 of 6"
        await pilot.press("enter")
        assert isinstance(pilot.app.screen.focused, JobTable)
        assert len(table(pilot).rows) == 3
        await pilot.press("escape")
        assert len(table(pilot).rows) == 6
        assert not jobs(pilot).query_one(Input).display


async def test_letters_stay_letters_in_the_filter(studio: Make) -> None:
    """Nothing is trashed or ordered by typing into the filter."""
    engine = FakeEngine([make_job(n) for n in range(3)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("slash", *"drxejk*", "space", "u")
        assert jobs(pilot).query_one(Input).value == "drxejk* u"
        assert engine.called == []
        assert engine.submitted == []
        assert not table(pilot).marked


async def test_nothing_matches(studio: Make) -> None:
    """An empty result names what was looked for, as plain text."""
    async with at_jobs(studio(FakeEngine([make_job(1)]))) as pilot:
        await pilot.press("slash", *"[/b]zzz")
        assert any("Nothing matches “[/b]zzz”. esc clears the filter." in line for line in lines(pilot))
        assert table(pilot).current is None
        await pilot.press("enter", "j", "k", "G", "enter", "o", "d", "r", "e", "y", "x", "space")


async def test_an_empty_library_says_what_to_do(studio: Make) -> None:
    """Nobody is left before a blank pane."""
    async with at_jobs(studio(FakeEngine())) as pilot:
        await settled(pilot)
        assert any("No films yet. Write a prompt and press ctrl+j." in line for line in lines(pilot))


async def test_a_long_list_is_filtered_in_a_thread(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyboard does not wait, and what is shown in the end fits the last letter typed."""
    monkeypatch.setattr(job_list, "AT_ONCE", 10)
    engine = FakeEngine([make_job(n, prompt=f"kite {'é' * (n % 4)}") for n in range(60)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("slash", *"kite é", "é", "é")
        await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == "filter"])
        await pilot.pause()
        prompts = [row.prompt for row in table(pilot).rows]
        assert prompts == ["kite ééé"] * 15


async def test_sorting_goes_round(studio: Make) -> None:
    """s: oldest first, by state, by cost, and back; the cursor stays on its job."""
    engine = FakeEngine([make_job(1), make_job(2, JobState.FAILED), make_job(3, JobState.QUEUED)])
    async with at_jobs(studio(engine)) as pilot:
        the_table, current = table(pilot), table(pilot).current
        newest = [row.id for row in the_table.rows]
        await pilot.press("s")
        assert [row.id for row in the_table.rows] == newest[::-1]
        assert jobs(pilot).border_subtitle == "3 jobs · oldest first"
        await pilot.press("s")
        assert [row.state for row in the_table.rows] == [JobState.QUEUED, JobState.SAVED, JobState.FAILED]
        await pilot.press("s")
        assert the_table.rows[0].usd
        await pilot.press("s")
        assert [row.id for row in the_table.rows] == newest
        assert table(pilot).current == current


async def test_marks_are_shown_counted_and_cleared(studio: Make) -> None:
    """space marks and goes on; escape drops the marks."""
    engine = FakeEngine([make_job(n) for n in range(5)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space")
        assert len(table(pilot).marked) == 2
        assert [line[1:2] for line in lines(pilot)[:3]] == ["◆", "◆", " "]
        assert jobs(pilot).border_subtitle == "5 jobs · 2 marked"
        await pilot.press("k", "space")
        assert len(table(pilot).marked) == 1
        await pilot.press("escape")
        assert not table(pilot).marked


async def test_marks_survive_filter_order_and_news(studio: Make) -> None:
    """They are those of jobs, not of rows; the border counts them, those that the filter hides as well."""
    engine = FakeEngine([make_job(n, prompt="a red kite" if n % 2 else "a blue boat") for n in range(6)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "space")
        marked = table(pilot).marked
        await pilot.press("slash", *"kite", "enter")
        assert table(pilot).marked == marked
        assert jobs(pilot).border_subtitle == "3 of 6 · 3 marked, 2 not shown"
        await pilot.press("s", "s")
        engine.put(make_job(7, prompt="a kite"))
        engine.announce(LibraryLoaded(7))
        await settled(pilot)
        assert table(pilot).marked == marked
        await pilot.press("slash", *"zzz", "enter")
        assert table(pilot).marked == marked
        await pilot.press("escape")
        assert table(pilot).marked == marked
        assert "3 marked" in str(jobs(pilot).border_subtitle)
        assert "not shown" not in str(jobs(pilot).border_subtitle)
        await pilot.press("escape")
        assert not table(pilot).marked


@pytest.mark.parametrize(
    ("key", "done"), [("d", "trash"), ("*", "star"), ("r", "submit"), ("f", "try_again")]
)
async def test_what_is_done_to_hidden_marks_is_asked_with_their_number(
    studio: Make, key: str, done: str
) -> None:
    """Nothing happens to what cannot be seen before a yes."""
    boats = [make_job(n, JobState.EXPIRED, prompt="a blue boat") for n in range(2)]
    engine = FakeEngine([*boats, make_job(2, JobState.EXPIRED, prompt="a red kite")])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "space", "slash", *"kite", "enter", key)
        asked = "\n".join(str(widget.render()) for widget in pilot.app.screen.query("Static"))
        assert "filter hides 2 of the 3 marked jobs" in asked
        await pilot.press("n")
        assert (engine.called, engine.submitted) == ([], [])
        await pilot.press(key, "y")
        await settled(pilot)
        names = [name for name, _ in engine.called] + ["submit"] * len(engine.submitted)
        assert set(names) == {done}


async def test_a_mark_goes_with_its_job_to_the_trash(studio: Make) -> None:
    """The next d would have brought back what the one before put there."""
    engine = FakeEngine([make_job(n) for n in range(3)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "d")
        await settled(pilot)
        assert not table(pilot).marked
        await pilot.press("slash", *"is:trashed", "enter", "space")
        assert len(table(pilot).marked) == 1
        await pilot.press("slash", *" x", "enter")
        assert len(table(pilot).marked) == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("state:bogus", "Unknown state “bogus”; use waiting,"),
        ("is:golden", "Unknown “is:golden”; use is:starred,"),
        ("seed:red", "“red” is not a seed"),
        ("colour:red", "Unknown field “colour:”; use state:, model:, seed:, is:."),
        ("kite -state:bogus", "Unknown state “bogus”"),
    ],
)
async def test_a_filter_that_means_nothing_says_so_under_its_line(
    studio: Make, query: str, told: str
) -> None:
    """As ``list`` does in the shell; the list goes on as it is, and the note goes with the word."""
    async with at_jobs(studio(FakeEngine([make_job(1, prompt="a kite")]))) as pilot:
        await pilot.press("slash")
        jobs(pilot).query_one(Input).value = query
        await pilot.pause()
        note = jobs(pilot).query_one("#filter-note", Static)
        assert note.display
        assert told in str(note.render())
        jobs(pilot).query_one(Input).value = "state:fail 16:9 -is:starred seed:7 http://x state: seed:"
        await pilot.pause()
        assert not note.display


async def test_mouse(studio: Make) -> None:
    """A click puts the cursor on the row, a double click opens the details, the wheel scrolls."""
    engine = FakeEngine([make_job(n) for n in range(60)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        the_table = table(pilot)
        await pilot.click("#jobs JobTable", offset=(20, 4))
        assert table(pilot).current == the_table.rows[4].id
        await pilot.double_click("#jobs JobTable", offset=(20, 6))
        assert isinstance(pilot.app.screen.focused, JobDetails)
        assert pilot.app.screen.query_one(JobDetails).job_id == the_table.rows[6].id


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_every_line_fills_the_table_exactly(
    studio: Make, busy_engine: FakeEngine, size: tuple[int, int]
) -> None:
    """Wide characters, marks and long texts never push a line out of its width, at any size."""
    for number, prompt in enumerate(
        ("龍" * 200, "🐉" * 200, "é" * 200, "a" * 5000, "[/bold] \x1b]52;c;aGk=\x07")
    ):
        busy_engine.put(make_job(100 + number, prompt=prompt, starred=True))
    async with at_jobs(studio(busy_engine), size) as pilot:
        await pilot.press("space")
        the_table = table(pilot)
        width = the_table.scrollable_content_region.width
        for y in range(the_table.size.height):
            strip = the_table.render_line(y)
            assert strip.cell_length == width
            assert "\x1b" not in strip.text


async def test_resizing_keeps_the_cursor_in_sight(studio: Make) -> None:
    """From large to small and back the same job stays current and visible."""
    engine = FakeEngine([make_job(n) for n in range(100)])
    async with at_jobs(studio(engine), (200, 60)) as pilot:
        await pilot.press("pagedown", "j", "j")
        current = table(pilot).current
        for size in ((80, 24), (60, 20), (120, 40), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert table(pilot).current == current
            assert any(line.startswith("›") for line in lines(pilot))


async def test_problems_are_told_in_the_row(studio: Make) -> None:
    """What stands in the way, a missing film, a job no longer followed."""
    problem = Failure("unreachable", "No route", Money.FREE)
    engine = FakeEngine(
        [
            make_job(1, JobState.WAITING, problem=problem),
            make_job(2),
            make_job(3, JobState.QUEUED, followed=False),
        ]
    )
    engine.film = FilmState.MISSING
    async with at_jobs(studio(engine)) as pilot:
        shown = lines(pilot)
        engine.film = FilmState.DAMAGED
        engine.change(table(pilot).rows[1].id)
        await settled(pilot)
        damaged = lines(pilot)[1]
    assert "! unreachable" in shown[0]
    assert "! film missing" in shown[1]
    assert "! film damaged" in damaged
    assert "not followed" in shown[2]


def test_jobs_of_the_fake_are_jobs() -> None:
    """The test data itself can be read back from a record."""
    job = make_job(1)
    assert from_record(to_record(job)) == job
