"""The gallery: tiles instead of lines, with the same cursor, marks and rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.patience import until
from tests.ui.conftest import NOW, FakeEngine, make_job
from tests.ui.pilots import at_jobs, jobs, lines, settled, table
from tests.unit.media.films import write_film
from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.time_left import TimeLeft
from wan_tui.media.posters import PosterShelf
from wan_tui.settings import Settings
from wan_tui.ui.app import Studio
from wan_tui.ui.compat.picture_strip import PictureStrip
from wan_tui.ui.compat.strip_row import StripRow
from wan_tui.ui.jobs.job_details import JobDetails
from wan_tui.ui.jobs.latest_films import LatestFilms

Make = Callable[..., Studio]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("films") / "card.mp4")


@pytest.fixture
async def saved(film: Path, tmp_path: Path, settings: Settings) -> list[Job]:
    """Two films with the stills of both made, newest first."""
    folder = tmp_path / "films"
    folder.mkdir()
    paths = [folder / "1.mp4", folder / "2.mp4"]
    for path in paths:
        shutil.copyfile(film, path)
    await PosterShelf(settings.paths.state / "stills").strip(paths[0])
    return [make_job(number, film_path=str(path)) for number, path in enumerate(paths, 1)]


async def to_gallery(pilot: Pilot[Any]) -> None:
    await pilot.press("v")
    await until(lambda: jobs(pilot).has_class("-gallery"))
    await settled(pilot)


def tiles(pilot: Pilot[Any]) -> str:
    return "\n".join(lines(pilot))


def pictures(pilot: Pilot[Any]) -> int:
    """Tiles with a picture on the first line of the table that has any."""
    shown = table(pilot)
    found = [
        sum(isinstance(part, PictureStrip) for part in strip._parts)
        for strip in map(shown.render_line, range(shown.size.height))
        if isinstance(strip, StripRow)
    ]
    return max(found, default=0)


async def test_v_shows_tiles_and_lines_in_turn(studio: Make) -> None:
    """The cursor stays on its job, marks stay, and the footer says what v does now."""
    engine = FakeEngine([make_job(n) for n in range(12)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press("j", "j", "space")
        job, marked = table(pilot).current, table(pilot).marked
        await to_gallery(pilot)
        assert (table(pilot).current, table(pilot).marked) == (job, marked)
        assert "State" not in tiles(pilot)
        assert "◆" in tiles(pilot)
        assert jobs(pilot).key_word("view") == "List"
        await pilot.press("v")
        await until(lambda: not jobs(pilot).has_class("-gallery"))
        await settled(pilot)
        assert (table(pilot).current, table(pilot).marked) == (job, marked)
        assert "◆" in tiles(pilot)
        assert "✓ saved" in tiles(pilot)


async def test_v_twice_at_once_is_the_list_again(studio: Make) -> None:
    """However long the gallery takes to load."""
    async with at_jobs(studio(FakeEngine([make_job(1)]))) as pilot:
        await pilot.press("v", "v")
        await pilot.app.workers.wait_for_complete()
        await settled(pilot)
        assert not jobs(pilot).has_class("-gallery")
        assert "✓ saved" in tiles(pilot)


async def test_the_next_start_shows_what_was_chosen(studio: Make) -> None:
    async with at_jobs(studio(FakeEngine([make_job(1)]))) as pilot:
        await to_gallery(pilot)
        await pilot.app.workers.wait_for_complete()
    async with at_jobs(studio(FakeEngine([make_job(1)]))) as pilot:
        await until(lambda: jobs(pilot).has_class("-gallery"))


async def test_keys_go_from_tile_to_tile(studio: Make) -> None:
    """Three side by side: arrows and letters in all directions, also into and out of a last row that is short."""
    engine = FakeEngine([make_job(n) for n in range(11)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)

        def at() -> int:
            return [row.id for row in table(pilot).rows].index(table(pilot).current or "")

        assert table(pilot)._geometry.per_row == 3
        for key, place in [
            ("right", 1), ("l", 2), ("right", 3), ("left", 2), ("down", 5), ("j", 8), ("j", 10), ("j", 10),
            ("k", 7), ("up", 4), ("k", 1), ("k", 1), ("h", 0), ("left", 0), ("G", 10), ("g", 0), ("pagedown", 6),
            ("pageup", 0),
        ]:  # fmt: skip
            await pilot.press(key)
            assert at() == place, key


async def test_left_and_right_are_no_keys_of_the_list(studio: Make) -> None:
    async with at_jobs(studio(FakeEngine([make_job(1), make_job(2)]))) as pilot:
        first = table(pilot).current
        await pilot.press("right", "l")
        assert table(pilot).current == first


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (160, 50), (200, 60)])
async def test_every_line_of_the_tiles_is_as_wide_as_the_table(studio: Make, size: tuple[int, int]) -> None:
    """Wide characters, a last row that is short, a long prompt: nothing shifts."""
    prompts = ["竹林の中を歩く猫", "a " * 90, "👩‍🚀 flies", "e\u0301toile"]
    engine = FakeEngine([make_job(n, state, prompts[n % 4]) for n, state in enumerate(JobState)])
    async with at_jobs(studio(engine), size) as pilot:
        await to_gallery(pilot)
        shown = table(pilot)
        widths = {shown.render_line(y).cell_length for y in range(shown.size.height)}
        assert widths == {shown._width}


async def test_posters_come_where_they_are_on_disk_and_where_they_must_be_made(
    studio: Make, saved: list[Job]
) -> None:
    """The one that only has to be read and the one that must be made; no tile waits in the end."""
    engine = FakeEngine([*saved, make_job(3, JobState.FAILED)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)
        await until(lambda: pictures(pilot) == 2)
        assert "✗ failed" in tiles(pilot)
        assert "moderation" in tiles(pilot)


async def test_a_film_appears_in_its_tile_as_soon_as_it_is_saved(studio: Make, saved: list[Job]) -> None:
    """Nobody scrolls, and nothing else changes."""
    running = replace(saved[0], state=JobState.GENERATING, film_path=None, film_size=None, saved_at=None)
    engine = FakeEngine([running, make_job(5, JobState.FAILED)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)
        assert "◐ generating" in tiles(pilot)
        engine.change(running.id, state=JobState.SAVED, film_path=saved[0].film_path, film_size=1000)
        await until(lambda: pictures(pilot) == 1)


async def test_a_poster_that_failed_is_tried_again_when_the_job_changes(
    studio: Make, saved: list[Job], film: Path
) -> None:
    """The film is fetched again to the same place."""
    path = Path(saved[0].film_path or "")
    path.write_bytes(b"damaged")
    engine = FakeEngine(saved[:1])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)
        await until(lambda: "no picture" in tiles(pilot))
        await until(lambda: engine.spoiled == [path.name])
        shutil.copyfile(film, path)
        engine.change(saved[0].id, film_size=path.stat().st_size)
        await until(lambda: pictures(pilot) == 1)


async def test_a_film_that_shows_nothing_says_so(studio: Make, tmp_path: Path) -> None:
    broken = tmp_path / "films" / "1.mp4"
    broken.parent.mkdir()
    broken.write_bytes(b"no film")
    engine = FakeEngine([replace(make_job(1, film_path=str(broken)), cost=None)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)
        await until(lambda: "no picture" in tiles(pilot))


async def test_the_estimate_and_the_download_fill_a_tile(
    studio: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the time has passed: half of the bar; then the download; then the film."""
    submitted = NOW - timedelta(seconds=60)
    running = make_job(1, JobState.GENERATING, submitted_at=submitted)
    engine = FakeEngine([running])
    monkeypatch.setattr(engine, "time_left", lambda job, now: TimeLeft(60.0, 60.0))
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)

        def bar() -> str:
            return "".join(sign for sign in tiles(pilot) if sign in "━─")

        assert bar().count("━") == pytest.approx(len(bar()) / 2, abs=1)
        engine.change(running.id, state=JobState.COMPLETED)
        engine.announce(DownloadProgress(running.id, 250, 1000))
        await settled(pilot)
        assert bar().count("━") == pytest.approx(len(bar()) / 4, abs=1)
        assert "saving 25%" in tiles(pilot)


async def test_a_click_chooses_a_tile_and_a_double_click_opens_it(studio: Make) -> None:
    engine = FakeEngine([make_job(n) for n in range(9)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await to_gallery(pilot)
        await pilot.click("#jobs JobTable", offset=(40, 10))
        assert table(pilot).current == table(pilot).rows[4].id
        await pilot.double_click("#jobs JobTable", offset=(60, 2))
        assert isinstance(pilot.app.screen.focused, JobDetails)
        assert pilot.app.screen.query_one(JobDetails).job_id == table(pilot).rows[2].id


@pytest.mark.latest_films
async def test_the_latest_films_stand_below_the_form(studio: Make) -> None:
    """Films and what is being made, no failures; a click goes to the job in the list."""
    engine = FakeEngine(
        [make_job(1), make_job(2, JobState.FAILED), make_job(3), make_job(4, JobState.QUEUED)]
    )
    async with at_jobs(studio(engine), (120, 40)) as pilot:
        await until(lambda: [strip for strip in pilot.app.screen.query(LatestFilms) if strip._tiles.rows])
        await settled(pilot)
        strip = pilot.app.screen.query_one(LatestFilms)
        assert [row.id for row in strip._tiles.rows] == [make_job(n).id for n in (1, 3, 4)]
        await pilot.click("#latest JobTable", offset=(30, 2))
        await settled(pilot)
        assert table(pilot).current == make_job(3).id
        assert pilot.app.screen.focused is table(pilot)
        engine.put(make_job(0, JobState.QUEUED))
        engine.change(make_job(0).id, state=JobState.GENERATING)
        await settled(pilot)
        assert strip._tiles.rows[0].id == make_job(0).id


@pytest.mark.latest_films
async def test_the_strip_stays_with_the_newest(studio: Make) -> None:
    """Whatever was the newest when it came up; and the ages in it go on."""
    engine = FakeEngine([make_job(n) for n in range(10, 30)])
    async with at_jobs(studio(engine), (120, 40)) as pilot:
        await until(lambda: [strip for strip in pilot.app.screen.query(LatestFilms) if strip._tiles.rows])
        await settled(pilot)
        strip = pilot.app.screen.query_one(LatestFilms)._tiles
        for number in range(9, -1, -1):
            engine.put(make_job(number, JobState.QUEUED))
            engine.change(make_job(number).id, state=JobState.GENERATING)
            await settled(pilot)
        assert strip.rows[0].id == make_job(0).id
        assert strip.scroll_offset.y == 0
        assert len(strip.rows) == strip.room == 4  # no row of tiles is cut
        assert table(pilot).current is not None


@pytest.mark.latest_films
async def test_a_film_of_the_strip_that_a_filter_hides_is_shown_all_the_same(studio: Make) -> None:
    """The filter goes: another job under the cursor would be acted on."""
    engine = FakeEngine([make_job(1, prompt="a boat"), make_job(2, prompt="a fox")])
    async with at_jobs(studio(engine), (120, 40)) as pilot:
        await until(lambda: [strip for strip in pilot.app.screen.query(LatestFilms) if strip._tiles.rows])
        await pilot.press("slash", *"fox", "enter")
        await settled(pilot)
        assert [row.prompt for row in table(pilot).rows] == ["a fox"]
        await pilot.click("#latest JobTable", offset=(4, 2))
        await settled(pilot)
        assert table(pilot).current == make_job(1).id
        assert len(table(pilot).rows) == 2


@pytest.mark.latest_films
async def test_a_window_without_room_shows_no_strip(studio: Make) -> None:
    """At 80x24 the form has it all."""
    async with at_jobs(studio(FakeEngine([make_job(1)])), (80, 24)) as pilot:
        await until(lambda: pilot.app.screen.query(LatestFilms))
        await pilot.press("1")
        await settled(pilot)
        assert not pilot.app.screen.query_one(LatestFilms).display
