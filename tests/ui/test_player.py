"""The player's keys and states, headless; the way to a real terminal is tried in test_player_terminal.py."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any, Literal

import pytest
from textual.geometry import Region
from textual.widgets import Static

from tests.patience import until
from tests.ui.player_host import Host, bar, item, player, playing, screen_of
from tests.unit.media.films import write_film
from tests.unit.media.test_orientation import film_shown_as
from wan_tui.media.colours import Colours
from wan_tui.media.pacing import LOCAL, REMOTE, Quality
from wan_tui.media.painting import Target
from wan_tui.media.posters import PosterShelf
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.commands.key_footer import KeyFooter
from wan_tui.ui.player.film_stage import FilmStage
from wan_tui.ui.player.film_view import FilmView
from wan_tui.ui.player.player import PlayerScreen
from wan_tui.ui.player.player_bar import PlayerBar
from wan_tui.ui.player.poster import Poster
from wan_tui.ui.player.still_view import StillView
from wan_tui.ui.player.viewing import Viewing, viewing


def bar_text(host: Host) -> str:
    """What the line under the film says."""
    return str(host.screen.query_one(PlayerBar).render()).strip()


async def test_keys_do_what_they_say(film: Path, tmp_path: Path) -> None:
    """Pause, step, jump, speed, loop, fill and meter show in the bar and in the picture."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        await pilot.press("space", "0")
        await until(lambda: bar(screen).startswith("paused   0:00.0 / 0:02.0"))
        await pilot.press("full_stop", "full_stop", "comma")
        await until(lambda: screen.stage.shot and screen.stage.shot.frame == 1)
        await pilot.press("5")
        await until(lambda: screen.stage.shot and screen.stage.shot.frame == 30)
        await pilot.press("left")
        await until(lambda: screen.stage.shot and screen.stage.shot.frame == 0)
        await pilot.press("plus", "l", "m")
        await until(lambda: "1.5x  once" in bar(screen) and "fps" in bar(screen))
        view = screen.query_one(FilmView)
        before = view.painted
        await pilot.press("f")
        await until(lambda: view.painted is not before)
        assert view.painted is not None
        assert (view.painted.target.framing.columns, view.painted.target.framing.rows) == view.size
        await pilot.press("l", "space")
        await until(lambda: bar(screen).startswith("playing"))


async def test_the_end_is_told_and_one_key_plays_again(film: Path, tmp_path: Path) -> None:
    """Without looping; from the start."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        await pilot.press("l", "minus", "minus", "9")
        await until(lambda: bar(screen).startswith("ended    0:02.0 / 0:02.0"))
        await pilot.press("space")
        await until(lambda: bar(screen).startswith("playing  0:00."))


async def test_seeking_stops_at_the_last_frame(film: Path, tmp_path: Path) -> None:
    """A film that stands goes neither past its end nor round to its start; the bar counts frames then."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        await pilot.press("space", "right", "right", "right")
        await until(lambda: screen.stage.shot and screen.stage.shot.frame == 59)
        assert bar(screen).startswith("paused   0:02.0 / 0:02.0")
        assert "frame 60" in bar(screen)


async def test_the_meter_is_seen_in_the_smallest_window(film: Path, tmp_path: Path) -> None:
    """It takes the place of the bar."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(60, 20)) as pilot:
        screen = await playing(pilot)
        await pilot.press("m")
        await until(lambda: "kB/s  24-bit" in bar(screen))


async def test_next_and_previous_go_round_the_list(film: Path, tall: Path, tmp_path: Path) -> None:
    """The title says where one is; the other film is framed in its own shape."""
    host = Host(player([item(film, "first"), item(tall, "second")], tmp_path))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        for key, title in (("n", "2/2 second"), ("n", "1/2 first"), ("N", "2/2 second")):
            await pilot.press(key)
            await until(lambda: screen.stage.shot)
            assert str(screen.query_one("#title", Static).render()) == title
        painted = screen.query_one(FilmView).painted
        assert painted is not None
        assert painted.target.framing.columns < 80


async def test_prompt_and_parameters_on_a_key(film: Path, tmp_path: Path) -> None:
    """Beside the film, which makes room; hostile text is only text."""
    hostile = "cat [/bold] [@click=app.quit]x[/] \x1b]52;c;eA==\x07 \u202e"
    host = Host(player([item(film, hostile)], tmp_path))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        wide = screen.query_one(FilmView).size.width
        await pilot.press("i")
        await until(lambda: screen.query_one(FilmView).size.width < wide)
        shown = str(screen.query_one("#facts Static", Static).render())
        assert "cat [/bold] [@click=app.quit]x[/]" in shown
        assert "\x1b" not in shown
        assert "Seed" in shown
        await until(lambda: (p := screen.query_one(FilmView).painted) and p.target.framing.columns < wide)


async def test_a_long_prompt_can_be_read_to_its_end(film: Path, tmp_path: Path) -> None:
    """j and k move the text, the last parameter too comes into the smallest window."""
    host = Host(player([item(film, "a fox in the snow " * 40)], tmp_path))
    async with host.run_test(size=(60, 20)) as pilot:
        screen = await playing(pilot)
        await pilot.press("i")
        facts = screen.query_one("#facts")
        await until(lambda: facts.max_scroll_y)
        await pilot.press("j", "down", "k")
        await until(lambda: facts.scroll_y == 1)
        await pilot.press(*(["j"] * 60))
        await until(lambda: facts.scroll_y == facts.max_scroll_y)


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_leaving_goes_back_and_ends_the_thread(film: Path, tmp_path: Path, key: str) -> None:
    """Nothing of the player stays behind."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test() as pilot:
        screen = await playing(pilot)
        playback = screen.stage.playback
        await pilot.press(key)
        await until(lambda: host.screen is not screen)
        assert playback is not None
        assert await asyncio.to_thread(playback.join, 10)


async def test_no_film_is_a_sentence_and_the_next_one_plays(film: Path, tmp_path: Path) -> None:
    """A damaged film stops nobody."""
    (tmp_path / "noise.mp4").write_bytes(bytes(5000))
    host = Host(player([item(tmp_path / "noise.mp4"), item(film)], tmp_path / "shelf"))
    async with host.run_test() as pilot:
        await until(lambda: host.screen.has_class("-failed"))
        assert bar_text(host) == ""
        assert "cannot be read" in str(host.screen.query_one(".sentence", Static).render())
        assert not any(
            binding.id == "player.pause" for _, binding, on, _ in host.screen.active_bindings.values() if on
        )
        await pilot.press("n")
        await playing(pilot)
        assert not host.screen.has_class("-failed")


async def test_a_film_cut_short_says_so(film: Path, tmp_path: Path) -> None:
    """It plays as far as it goes, which could be taken for all of it."""
    data = film.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 6 // 10])
    host = Host(player([item(tmp_path / "cut.mp4"), item(film)], tmp_path / "shelf"))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        await until(lambda: "cut off" in bar(screen))
        await pilot.press("n")
        await until(lambda: "cut off" not in bar(screen) and screen.stage.shot)


async def test_keys_are_called_by_what_they_do_now(film: Path, tmp_path: Path) -> None:
    """What pauses plays on, what fills shows the whole picture again, what leads to the stills leads back."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(120, 30)) as pilot:
        screen = await playing(pilot)

        def words() -> set[str]:
            return {*str(screen.query_one(KeyFooter).render()).split()}

        assert {"Pause", "Fill", "Stills"} <= words()
        await pilot.press("space")
        await until(lambda: "Play" in words() and "Pause" not in words())
        await pilot.press("f")
        await until(lambda: "Fit" in words() and "Fill" not in words())
        await pilot.press("space", "f", "t")
        await until(lambda: "Film" in words() and "Stills" not in words())
        await pilot.press("t")
        await until(lambda: {"Pause", "Fill", "Stills"} <= words())


async def test_a_damaged_film_says_so(tmp_path: Path) -> None:
    """It plays past what is broken, which could be taken for the film."""
    film = write_film(tmp_path / "film.mp4", "testsrc2=s=320x180:r=30,noise=alls=20", frames=60)
    data = bytearray(film.read_bytes())
    middle = slice(len(data) // 3, len(data) * 2 // 3)
    data[middle] = random.Random(1).randbytes(middle.stop - middle.start)
    film.write_bytes(data)
    host = Host(player([item(film)], tmp_path / "shelf"))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        await until(lambda: "damaged" in bar(screen))


async def test_a_film_that_cannot_be_shown_upright_says_so(film: Path, tmp_path: Path) -> None:
    """A sentence under the picture, with the stills too, in the smallest window; not with the next film."""
    slanted = film_shown_as(tmp_path, (0.7071, 0.7071, -0.7071, 0.7071))
    host = Host(player([item(slanted), item(film)], tmp_path / "shelf"))
    async with host.run_test(size=(60, 20)) as pilot:
        screen = await playing(pilot)
        remark = screen.query_one("#remark", Static)
        await until(lambda: remark.size.height == 2)
        assert str(remark.render()).startswith("Shown as stored")
        await pilot.press("t")
        await until(lambda: not screen.stage.display)
        assert remark.size.height == 2
        await pilot.press("n")
        await until(lambda: not remark.display)


async def test_stills_on_a_key(film: Path, tmp_path: Path) -> None:
    """Six pictures in place of the film, which waits; the keys of playing are away meanwhile."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        await pilot.press("t")
        await until(lambda: all(view._cells for view in screen.query(StillView)))
        assert len(screen.query(StillView)) == 6
        assert not any(b.id == "player.pause" for _, b, on, _ in screen.active_bindings.values() if on)
        frame = screen.stage.shot.frame if screen.stage.shot else -1
        await pilot.press("t")
        await until(lambda: screen.stage.shot and screen.stage.shot.frame != frame)


@pytest.mark.parametrize(
    ("colours", "labels"),
    [
        (Colours.FULL, ["15-bit", "256 colours", "256 colours, small"]),
        (Colours.FEW, ["256 colours, small"]),
        (Colours.GREY, [f"{Colours.GREY}, small"]),
    ],
)
async def test_a_line_too_slow_ends_in_stills(
    film: Path, tmp_path: Path, colours: Colours, labels: list[str]
) -> None:
    """Step by step; a key tries moving pictures again, in the cheapest way."""
    host = Host(player([item(film)], tmp_path, viewing=Viewing(quality=Quality(colours, 60))))
    async with host.run_test(size=(100, 30)) as pilot:
        screen = await playing(pilot)
        for label in labels:
            screen.stage.post_message(FilmStage.LineTooSlow())
            await until(lambda label=label: screen.stage.quality.label() == label)  # type: ignore[misc]
        screen.stage.post_message(FilmStage.LineTooSlow())
        await until(lambda: all(view._cells for view in screen.query(StillView)))
        assert "too slow" in str(screen.query_one("FilmstripView .note", Static).render())
        stills = [view._cells for view in screen.query(StillView)]
        assert all(cells is not None and cells.colours == labels[-1].split(",")[0] for cells in stills)
        await pilot.press("t")
        frame = screen.stage.shot.frame if screen.stage.shot else -1
        await until(lambda: screen.stage.shot and screen.stage.shot.frame != frame)


async def test_a_film_behind_stills_waits(film: Path, tmp_path: Path) -> None:
    """Also when a screen lay over them, and when the player began with them; t then plays from there."""
    host = Host(PlayerScreen([item(film)], 0, Viewing(), PosterShelf(tmp_path), stills=True))
    async with host.run_test(size=(100, 30)) as pilot:
        await until(lambda: all(view._cells for view in host.screen.query(StillView)))
        screen = screen_of(pilot)
        await pilot.press("d")
        await until(lambda: host.screen is not screen)
        await pilot.press("d")
        await until(lambda: host.screen is screen)
        await pilot.pause()
        playback = screen.stage.playback
        assert playback is not None
        await until(lambda: playback._clock.duration)
        assert playback._frozen is not None
        assert screen.stage.shot is None
        await pilot.press("t")
        await until(lambda: (shot := screen.stage.shot) and shot.position < 1.0)


@pytest.mark.parametrize(("way", "offered"), [("cells", True), ("kitty", False), ("iterm2", False)])
async def test_colours_are_chosen_where_they_cost(
    film: Path, tmp_path: Path, way: Literal["cells", "kitty", "iterm2"], offered: bool
) -> None:
    """A small picture of the terminal's own keeps its place and has fewer pixels."""
    host = Host(player([item(film)], tmp_path, viewing=Viewing(way=way)))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        assert (
            any(b.id == "player.colours" for _, b, on, _ in screen.active_bindings.values() if on) is offered
        )
        if not offered:
            view = screen.query_one(FilmView)
            before = view.painted
            screen.stage.quality = Quality(Colours.FULL, 15, 0.6)
            await until(lambda: view.painted and before and view.painted.target != before.target)
            assert before is not None
            assert view.painted is not None
            assert view.painted.target.place == before.target.place
            assert view.painted.target.framing.width == pytest.approx(
                before.target.framing.width * 0.6, abs=2
            )


async def test_many_resizes_leave_one_picture_that_fits(film: Path, tmp_path: Path) -> None:
    """Down to sizes where hardly anything fits."""
    host = Host(player([item(film)], tmp_path))
    async with host.run_test(size=(80, 24)) as pilot:
        screen = await playing(pilot)
        for size in ((20, 6), (200, 60), (3, 4), (60, 20)):
            await pilot.resize_terminal(*size)
        view = screen.query_one(FilmView)

        def fits() -> bool:
            painted = view.painted
            return painted is not None and view.size.width == 60 and painted.target.framing.rows in (16, 17)

        await until(fits)


async def test_a_poster_is_there_and_goes(film: Path, tmp_path: Path) -> None:
    """Made when one stays at a film, away when there is none, empty where it cannot be made."""
    poster = Poster(player([], tmp_path)._shelf, Viewing())
    host = Host()
    async with host.run_test(size=(60, 20)):
        await host.screen.mount(poster)
        assert poster.has_class("-empty")
        poster.show_film(film)
        await until(lambda: poster._cells)
        assert not poster.has_class("-empty")
        assert poster.render_lines(Region(0, 10, 60, 1))[0].cell_length == poster.size.width
        poster.show_film(tmp_path / "missing.mp4")
        await until(lambda: poster.has_class("-empty") and not poster._cells)
        poster.show_film(film)
        await until(lambda: poster._cells)
        poster.show_film(None)
        await until(lambda: not poster._cells)


def test_facts_follow_the_parameter_table(tmp_path: Path) -> None:
    """Labels for people, switches as words, the model first; names of no table by themselves."""
    facts = item(tmp_path / "x.mp4", "a\nb", watermark=False, lens=35).facts()
    assert facts[0][1] == "alibaba/wan2.1-t2v-plus"
    assert dict(facts)["Watermark"] == "off"
    assert dict(facts)["lens"] == "35"
    assert dict(facts)["Prompt"] == "a\nb"


@pytest.mark.parametrize(
    ("capabilities", "around", "no_color", "expected"),
    [
        (Capabilities(), Surroundings(colorterm="truecolor"), False, ("cells", "cells", LOCAL)),
        (
            Capabilities(),
            Surroundings(colorterm="truecolor", over_ssh=True),
            False,
            ("cells", "cells", REMOTE),
        ),
        (Capabilities(), Surroundings(), False, ("cells", "cells", Quality(Colours.FEW, LOCAL.fps))),
        (Capabilities(("kitty",)), Surroundings(colorterm="truecolor"), False, ("kitty", "kitty", LOCAL)),
        (Capabilities(("iterm2",)), Surroundings(colorterm="truecolor"), False, ("iterm2", "iterm2", LOCAL)),
        (Capabilities(("sixel",)), Surroundings(colorterm="truecolor"), False, ("cells", "sixel", LOCAL)),
        (
            Capabilities(("kitty",)),
            Surroundings(),
            True,
            ("cells", "cells", Quality(Colours.GREY, LOCAL.fps)),
        ),
    ],
)
def test_the_way_fits_terminal_and_line(
    capabilities: Capabilities, around: Surroundings, no_color: bool, expected: tuple[str, str, Quality]
) -> None:
    """Pictures where they are offered, sixel for stills only; thrifty over a line; no colour when so wished."""
    way = viewing(capabilities, around, no_color)
    assert (way.way, way.still, way.quality) == expected


async def test_a_terminal_that_draws_pictures_gets_cells_under_a_toast(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture of the terminal's own would lie over the toast; afterwards it is back."""
    seen: list[Target] = []
    hold = FilmView.hold

    def spy(view: FilmView, painted: Any) -> None:
        if painted is not None:
            seen.append(painted.target)
        hold(view, painted)

    monkeypatch.setattr(FilmView, "hold", spy)
    host = Host(player([item(film)], tmp_path, viewing=Viewing(way="kitty")))
    async with host.run_test(size=(80, 24), notifications=True) as pilot:
        await playing(pilot)
        assert not seen[-1].covered
        host.notify("over the picture", timeout=0.5)
        await until(lambda: seen[-1].covered)
        await until(lambda: not seen[-1].covered)
