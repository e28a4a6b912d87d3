"""Two films side by side, headless."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Static

from tests.patience import until
from tests.ui.player_host import Host, bar, item, playing, screen_of
from tests.unit.media.films import write_film
from tests.unit.media.test_orientation import film_shown_as
from wan_tui.media.pacing import REMOTE
from wan_tui.ui.player.compare import CompareScreen, titles_apart
from wan_tui.ui.player.film_item import FilmItem, differences
from wan_tui.ui.player.film_screen import FilmScreen
from wan_tui.ui.player.film_stage import FilmStage
from wan_tui.ui.player.film_view import FilmView
from wan_tui.ui.player.viewing import Viewing


async def test_two_films_in_step_with_their_differences(film: Path, tall: Path) -> None:
    """One clock for both; beneath stands what differs and nothing else."""
    left, right = item(film, "a red dragon", seed=1), item(tall, "a blue dragon", seed=2, watermark=True)
    host = Host(CompareScreen(left, right, Viewing()))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        await pilot.press("space", "9")
        await until(
            lambda: (
                screen.stage.shot and screen.stage.shot.state == "paused" and screen.stage.shot.frame == 54
            )
        )
        assert screen.stage.shot is not None
        assert len(screen.stage.shot.pictures) == 2
        texts = [str(text.render()) for text in screen.query(".difference Static").results(Static)]
        assert texts == [
            "Prompt  a red dragon",
            "Prompt  a blue dragon",
            "Seed  1",
            "Seed  2",
            "Watermark  –",
            "Watermark  on",
        ]
        columns = [
            {text.region.x for text in screen.query(f"{row} Static")} for row in ("#titles", ".difference")
        ]
        assert columns[0] == columns[1]
        await pilot.press("x")
        await until(lambda: str(screen.query_one("#titles Static", Static).render()) == "a blue dragon")
        await playing(pilot)


async def test_which_of_them_is_not_shown_upright(film: Path, tmp_path: Path) -> None:
    """It is told by its side."""
    slanted = film_shown_as(tmp_path, (1, 0.5, 0, 1))
    host = Host(CompareScreen(item(film), item(slanted), Viewing()))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        remark = screen.query_one("#remark", Static)
        await until(lambda: remark.display)
        assert str(remark.render()).startswith("Right: Shown as stored")


async def test_two_films_on_a_slow_line_go_on(film: Path) -> None:
    """In the cheapest way in which something moves; the bar says why it is so bad."""
    host = Host(CompareScreen(item(film), item(film), Viewing(quality=REMOTE)))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        for _ in range(3):
            screen.stage.post_message(FilmStage.LineTooSlow())
        await until(lambda: "slow connection" in bar(screen))
        assert screen.stage.quality.label() == "256 colours, small"
        frame = screen.stage.shot.frame if screen.stage.shot else -1
        await until(lambda: screen.stage.shot and screen.stage.shot.frame != frame)


@pytest.mark.parametrize("bad", [(0,), (1,), (0, 1)])
async def test_in_place_of_a_bad_film_is_said_why(film: Path, tmp_path: Path, bad: tuple[int, ...]) -> None:
    """The other one plays on its side, as fast as the keys say; swapped, the sides are right again."""
    films = [item(tmp_path / f"missing{side}.mp4" if side in bad else film) for side in range(2)]
    host = Host(CompareScreen(films[0], films[1], Viewing()))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = screen_of(pilot)
        await pilot.press("plus")
        for left in (0, 1):
            wrong = [left in bad, 1 - left in bad]
            places = list(screen.query(".sentence").results(Static))
            await until(lambda: [place.display for place in places] == wrong)  # noqa: B023
            said = ["The film cannot be opened" in str(place.render()) for place in places]
            assert said == wrong
            if all(wrong):
                assert screen.has_class("-failed")
                assert bar(screen) == ""
            else:
                await until(lambda: screen.stage.shot and screen.stage.shot.frame)
                await until(lambda: "1.5x" in bar(screen))
                [view] = (view for view in screen.query(FilmView) if view.display)
                assert (view.region.x > 40) == wrong[0]
                assert view.size.width < 60
            await pilot.press("x")


async def test_a_film_that_plays_goes_on_from_its_place_when_swapped(film: Path, tmp_path: Path) -> None:
    """Beside one that cannot be played as well, which has both begin twice; a key in between does not lose it."""
    long = write_film(tmp_path / "long.mp4", frames=900)
    host = Host(CompareScreen(item(tmp_path / "missing.mp4"), item(long), Viewing()))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        assert screen.stage.playback is not None
        screen.stage.playback.jump(0.5)
        await until(lambda: screen.stage.shot and screen.stage.shot.position >= 15.0)
        await pilot.press("x", "right")
        await until(lambda: screen.stage.shot and screen.stage.shot.position >= 15.5)
        assert screen.stage.shot is not None
        assert screen.stage.shot.position < 25.0


async def bar_at_rest(screen: FilmScreen) -> str:
    """What the bar says once that stays: a busy machine shows late that a key was pressed."""
    seen = ""
    while seen != bar(screen):
        seen = bar(screen)
        await asyncio.sleep(1.0)
    return seen


async def test_swapped_films_go_on_from_where_they_are(film: Path, tall: Path) -> None:
    """Paused they stay so, at the same moment; who compares looks at one frame from both sides."""
    host = Host(CompareScreen(item(film), item(tall), Viewing()))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        await pilot.press("full_stop", "plus", "l")
        await until(lambda: "paused" in bar(screen) and "once" in bar(screen))
        before, playback = await bar_at_rest(screen), screen.stage.playback
        await pilot.press("x")
        await until(lambda: screen.stage.playback is not playback and screen.stage.shot)
        await until(lambda: bar(screen) == before)
        assert screen.films_on_screen[0].path == tall


def named(prompt: str = "p", name: str = "1.mp4", **parameters: str | int | bool) -> FilmItem:
    return item(Path("/films") / name, prompt, **parameters)


@pytest.mark.parametrize(
    ("left", "right", "titles"),
    [
        (named("a red dragon"), named("a blue dragon"), ("a red dragon", "a blue dragon")),
        (
            named("a paper boat on a rainy street, seen from above"),
            named("a paper boat on a rainy street, seen from below, at night"),
            ("…seen from above", "…seen from below, at night"),
        ),
        (
            named("a paper boat on a rainy street"),
            named("a paper boat on a rainy street at night"),
            ("…street", "…street at night"),
        ),
        (
            named("龍が夜空を飛ぶ、雨の東京、ネオン、朝"),
            named("龍が夜空を飛ぶ、雨の東京、ネオン、夜"),
            ("…の東京、ネオン、朝", "…の東京、ネオン、夜"),
        ),
        (named(seed=1, watermark=True), named(seed=2), ("Seed 1 · Watermark on", "Seed 2 · Watermark –")),
        (
            named(name="2026-11-24_paper-boat_7f3a.mp4"),
            named(name="2026-11-24_paper-boat_81c2.mp4"),
            ("…-24_paper-boat_7f3a.mp4", "…-24_paper-boat_81c2.mp4"),
        ),
    ],
)
def test_titles_tell_two_films_apart(left: FilmItem, right: FilmItem, titles: tuple[str, str]) -> None:
    """Within what half a small window shows: by prompt, by parameters, by file."""
    shown = titles_apart(left, right)
    assert shown == titles
    assert shown[0][:26] != shown[1][:26]


def test_differences_are_those_alone(tmp_path: Path) -> None:
    """The same request has none."""
    one: FilmItem = item(tmp_path / "1.mp4", "p", seed=1)
    assert differences([one, one]) == []
    assert differences([one, item(tmp_path / "2.mp4", "p", seed=2)]) == [("Seed", ["1", "2"])]
