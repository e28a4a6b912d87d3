"""From the job list to the films and back: playing, comparing, stills, posters, another player, recipes."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.style import Style
from textual.widgets import Input, Static

from tests.patience import until
from tests.ui.conftest import FakeEngine, make_job, opened
from tests.ui.pilots import at_jobs, feedback, jobs, pane, settled, table
from tests.ui.player_host import bar
from tests.unit.media.films import write_film
from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.job import Job, JobState
from wan_tui.media.posters import PosterShelf
from wan_tui.media.recipe import Recipe, append_recipe
from wan_tui.terminal import clipboard, external_player
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.ui.app import Studio
from wan_tui.ui.commands.key_footer import KeyFooter
from wan_tui.ui.commands.palette import commands
from wan_tui.ui.dialogs.help import HelpScreen
from wan_tui.ui.dialogs.recipe_file import RecipeFile
from wan_tui.ui.form.composer import Composer
from wan_tui.ui.jobs.details_pane import DetailsPane
from wan_tui.ui.jobs.job_details import JobDetails
from wan_tui.ui.player.compare import CompareScreen
from wan_tui.ui.player.film_stage import FilmStage
from wan_tui.ui.player.player import PlayerScreen
from wan_tui.ui.player.poster import Poster

Make = Callable[..., Studio]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("films") / "card.mp4")


@pytest.fixture
def saved(film: Path, tmp_path: Path) -> list[Job]:
    """Three saved films, newest first, with a failed job between."""
    folder = tmp_path / "films"
    folder.mkdir()
    found = []
    for number in (1, 2, 3, 4):
        path = folder / f"{number}.mp4"
        if number == 2:
            found.append(make_job(2, JobState.FAILED))
        else:
            shutil.copyfile(film, path)
            found.append(make_job(number, film_path=str(path)))
    return found


def on_top(app: Studio) -> type[Any]:
    return type(app.screen)


def keys(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one(KeyFooter).render())


async def test_p_plays_the_film_and_q_leads_back(studio: Make, saved: list[Job]) -> None:
    """The cursor stays where it was; next goes to the next film of the list, past jobs that have none."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        await pilot.press("p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        await until(lambda: screen.stage.shot)
        assert str(screen.query_one("#title", Static).render()).startswith("1/3 a paper boat number 1")
        await pilot.press("n")
        assert screen.film.key == saved[2].id
        await pilot.press("q")
        assert table(pilot).current == saved[0].id
        assert jobs(pilot).has_focus_within


async def test_a_film_saved_under_the_eyes_is_one_of_the_list(studio: Make, saved: list[Job]) -> None:
    """Its row was put into the list while it was still being made."""
    running = replace(saved[0], state=JobState.COMPLETED, film_path=None, saved_at=None)
    engine = FakeEngine([running, *saved[1:]])
    app = studio(engine)
    async with at_jobs(app) as pilot:
        engine.change(running.id, state=JobState.SAVED, film_path=saved[0].film_path)
        await until(lambda: "Play" in keys(pilot))
        await pilot.press("p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        await until(lambda: screen.stage.shot)
        assert str(screen.query_one("#title", Static).render()).startswith("1/3 ")


async def test_only_what_can_be_watched_has_the_keys(studio: Make, saved: list[Job]) -> None:
    """Bar and palette offer to play a film, and nothing where there is none."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        assert "p Play" in keys(pilot)
        titles = [command.title for command in commands(app, app.screen)]
        assert "Play here; two marked: side by side; more: n for the next" in titles
        assert "The film in six stills" in titles
        await pilot.press("j")
        await settled(pilot)
        assert "Play" not in keys(pilot)
        await pilot.press("p", "t")
        assert app.screen is app.screen_stack[0]


async def test_two_marked_films_play_side_by_side(studio: Make, saved: list[Job]) -> None:
    """Marked with space, the upper one on the left; with one marked, it is the film under the cursor."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        await pilot.press("space", "g", "p")
        assert on_top(app) is PlayerScreen
        await pilot.press("q", "G", "space", "p")
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        assert [film.key for film in screen.films_on_screen] == [saved[0].id, saved[3].id]
        await until(lambda: screen.stage.shot)
        await pilot.press("q")
        assert len(table(pilot).marked) == 2


async def test_more_marked_films_play_in_turn(studio: Make, saved: list[Job]) -> None:
    """The one under the cursor first if it is marked, else the upper one; others are passed over."""
    more = make_job(5, film_path=saved[0].film_path)
    app = studio(FakeEngine([*saved, more]))
    async with at_jobs(app) as pilot:
        # The cursor goes on with each mark.
        await pilot.press("space", "space", "space", "space", "p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        assert screen.film.key == saved[0].id
        passed = []
        for _ in range(3):
            await pilot.press("n")
            passed.append(screen.film.key)
        assert passed == [saved[2].id, saved[3].id, saved[0].id]
        await pilot.press("q", "k", "p")
        assert isinstance(app.screen, PlayerScreen)
        assert app.screen.film.key == saved[3].id


async def test_marked_jobs_without_a_film_are_left_out_in_words(studio: Make, saved: list[Job]) -> None:
    """Of a failed job and a film, the film plays, wherever the cursor is; a sentence says that the other has none."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        await pilot.press("j", "space", "space", "g", "p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        assert screen.film.key == saved[2].id
        assert "Only 1 of the 2 marked jobs has a film here." in feedback(pilot)


async def test_a_film_saved_meanwhile_is_next(studio: Make, saved: list[Job]) -> None:
    """The player's count and its key say so as soon as the film is there; the one that plays goes on."""
    coming = make_job(9, JobState.COMPLETED)
    engine = FakeEngine([saved[0], coming])
    app = studio(engine)
    async with at_jobs(app) as pilot:
        await pilot.press("g", "p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        title = screen.query_one("#title", Static)
        assert not str(title.render()).startswith("1/")
        assert "Next" not in keys(pilot)
        engine.change(coming.id, state=JobState.SAVED, film_path=saved[0].film_path)
        await until(lambda: str(title.render()).startswith("1/2 "))
        await settled(pilot)
        assert "n Next" in keys(pilot)
        await pilot.press("n")
        assert screen.film.key == coming.id


async def test_the_next_film_plays_like_the_one_before(studio: Make, saved: list[Job]) -> None:
    """As fast, and once or in a loop; end stands still on the last frame, of which the meter counts nothing."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        await pilot.press("p", "plus", "l", "n")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        await until(lambda: "1.5x  once" in bar(screen))
        await pilot.press("m", "end")
        await until(lambda: "paused" in bar(screen) and "0 fps  0 kB/s" in bar(screen))
        await until(lambda: (last := screen.stage.shot) is not None and last.frame == 29)


@pytest.mark.parametrize("marked", [False, True], ids=["one", "two"])
async def test_the_smallest_window_keeps_the_way_back(studio: Make, saved: list[Job], marked: bool) -> None:
    """Pausing, seeking and going back stay in the line of keys; what is missed least is left out."""
    app = studio(FakeEngine([saved[0], *saved[2:]]))
    async with at_jobs(app, (60, 20)) as pilot:
        await pilot.press(*(("space", "space") if marked else ()), "p")
        await until(lambda: on_top(app) is (CompareScreen if marked else PlayerScreen))
        await settled(pilot)
        for key in ("space Pause", "→ Seek", "q Back", "? Help", "^q Quit"):
            assert key in keys(pilot)
        assert "Fill" not in keys(pilot)


async def test_t_shows_the_stills(studio: Make, saved: list[Job]) -> None:
    """Six of them; t again plays."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        await pilot.press("t")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        views = screen.query("FilmstripView StillView")
        assert len(views) == 6
        await until(lambda: all(view._cells for view in views))  # type: ignore[attr-defined]
        assert "Pause" not in keys(pilot)
        await pilot.press("t")
        await until(lambda: screen.stage.shot)
        assert "Pause" in keys(pilot)


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://films.example/1.mp4?sign=abc", True),
        ("https://films.example/1.mp4\x1b\\\x07\x1b[2J", False),
        ("file:///etc/passwd", False),
    ],
)
async def test_only_a_link_that_may_be_opened_is_one_for_the_terminal(
    studio: Make, saved: list[Job], link: str, leads: bool
) -> None:
    """A history may hold anything: what is no plain link to the outside is not handed on as the target of one."""
    app = studio(FakeEngine([replace(saved[0], video_url=link, url_expires_at=None), *saved[1:]]))
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, PlayerScreen) and app.screen.query("#about"))
        note = app.screen.query_one("#about", Static).visual
        assert isinstance(note, Content)
        targets = {
            span.style.link for span in note.spans if isinstance(span.style, Style) and span.style.link
        }
        assert targets == ({link} if leads else set())


@pytest.mark.parametrize(("hours", "shown"), [(24, "sign=abc"), (0, "1.mp4")])
async def test_open_without_a_display_plays_here_and_shows_the_link(
    studio: Make, saved: list[Job], hours: int, shown: str
) -> None:
    """Over SSH: in full while it lives, else the file; the next film is without it."""
    expires = saved[0].created_at.replace(year=2027 if hours else 2025)
    app = studio(FakeEngine([replace(saved[0], url_expires_at=expires), *saved[1:]]))
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, PlayerScreen))
        await until(lambda: app.screen.query("#about"))
        note = app.screen.query_one("#about", Static)
        assert "No display to open it on." in str(note.render())
        assert shown in str(note.render())
        await until(lambda: note.display)
        await pilot.press("n")
        await until(lambda: not note.display)


async def test_the_poster_stands_beside_the_details(studio: Make, saved: list[Job]) -> None:
    """As soon as it is made; gone with the next job that has no film; the text keeps its room."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app, (120, 40)) as pilot:
        await until(lambda: pane(pilot).query(Poster))
        poster = pane(pilot).query_one(Poster)
        await until(lambda: poster._cells)
        assert poster._cells is not None
        assert poster.size.width == poster._cells.columns
        assert pane(pilot).query_one(JobDetails).size.width >= 36
        await pilot.press("j")
        await until(lambda: not poster.display)
        await pilot.press("j")
        await until(lambda: poster.display and poster._cells)


def _elsewhere(folder: Path, film: Path) -> Path:
    path = folder.parent / "elsewhere.mp4"
    shutil.copyfile(film, path)
    return path


def _linked(folder: Path, film: Path) -> Path:
    path = folder / "linked.mp4"
    path.symlink_to(_elsewhere(folder, film))
    return path


def _pipe(folder: Path, film: Path) -> Path:
    path = folder / "pipe.mp4"
    os.mkfifo(path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_elsewhere, "not a films folder"),
        (_linked, "not a films folder"),
        (_pipe, "Not a regular file"),
        (lambda folder, film: folder / "gone.mp4", "The film is missing"),
    ],
    ids=["elsewhere", "linked", "pipe", "gone"],
)
async def test_only_files_in_our_folders_are_shown(
    studio: Make, saved: list[Job], film: Path, make: Callable[[Path, Path], Path], sentence: str
) -> None:
    """Whatever the history says: no poster, and one sentence in place of the film, of its stills, of a pair."""
    path = make(Path(saved[0].film_path or "").parent, film)
    app = studio(FakeEngine([replace(saved[0], film_path=str(path)), *saved[2:]]))
    async with at_jobs(app) as pilot:
        await pilot.press("p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        await until(lambda: sentence in str(screen.query_one(".sentence", Static).render()))
        await pilot.press("t")
        await until(lambda: sentence in str(screen.query_one("FilmstripView .note", Static).render()))
        assert not screen.query_one(FilmStage).display
        await pilot.press("q", "space", "space", "p")
        await until(lambda: isinstance(app.screen, CompareScreen))
        await until(lambda: sentence in str(app.screen.query_one(".sentence", Static).render()))
        await pilot.press("q", "g")
        await settled(pilot)
        poster = pane(pilot).query_one(Poster)
        await until(lambda: not poster.display)
        assert not poster._cells


async def test_a_folder_of_earlier_films_is_one_of_ours(
    studio: Make, saved: list[Job], settings: Any, tmp_path: Path
) -> None:
    """As for opening."""
    path = tmp_path / "earlier" / "1.mp4"
    path.parent.mkdir()
    shutil.move(saved[0].film_path or "", path)
    paths = replace(settings.paths, older_films=(path.parent,))
    app = studio(FakeEngine([replace(saved[0], film_path=str(path))]), paths=paths)
    async with at_jobs(app) as pilot:
        await pilot.press("p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        await until(lambda: screen.stage.shot)


@pytest.mark.parametrize(
    ("keys", "size"), [("p", (80, 24)), ("t", (80, 24)), (" jj p", (80, 24)), ("", (120, 40))]
)
async def test_a_film_that_cannot_be_shown_is_told_of(
    studio: Make, saved: list[Job], keys: str, size: tuple[int, int]
) -> None:
    """In the player, the stills, a pair, and by its poster; where nobody shows it, nobody looks at it."""
    Path(saved[0].film_path or "").write_bytes(bytes(50_000))
    engine = FakeEngine(saved)
    async with at_jobs(studio(engine), size) as pilot:
        assert not engine.spoiled
        await pilot.press(*("space" if key == " " else key for key in keys))
        await until(lambda: engine.spoiled)
        assert {*engine.spoiled} == {"1.mp4"}


@pytest.mark.parametrize("spoiled", [True, False])
async def test_f_looks_at_a_film_before_it_says_it_is_here(
    studio: Make, saved: list[Job], spoiled: bool
) -> None:
    """Of one that nobody has shown yet, nobody knows; what is spoiled is fetched at once."""
    if spoiled:
        Path(saved[0].film_path or "").write_bytes(bytes(50_000))
    engine = FakeEngine(saved)
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press("f")
        await until(lambda: feedback(pilot))
        assert ("Nothing to fetch: the film is here." in feedback(pilot)) is not spoiled
        assert engine.called == ([("try_again", saved[0].id)] if spoiled else [])
        assert engine.spoiled == (["1.mp4"] if spoiled else [])


async def test_a_small_window_has_no_poster(studio: Make, saved: list[Job]) -> None:
    """The text needs the room."""
    app = studio(FakeEngine(saved))
    async with at_jobs(app, (60, 20)) as pilot:
        await pilot.press("enter")
        await settled(pilot)
        assert not pane(pilot).query_one(DetailsPane).query(Poster)


async def test_a_film_that_was_just_saved_gets_its_stills(studio: Make, saved: list[Job]) -> None:
    """In the background, before anybody asks."""
    running = replace(saved[0], state=JobState.COMPLETED, film_path=None, saved_at=None)
    engine = FakeEngine([running])
    app = studio(engine)
    async with at_jobs(app, (60, 20)):
        shelf = PosterShelf(app.settings.paths.state / "stills")
        engine.change(running.id, state=JobState.SAVED, film_path=saved[0].film_path)
        film = Path(saved[0].film_path or "")
        await until(lambda: shelf.cached(film))


async def test_a_cursor_report_reaches_the_player(studio: Make, saved: list[Job]) -> None:
    """Else the player takes the terminal for deaf and paces itself by guesses; under a dialog as well."""
    from textual.events import CursorPosition

    app = studio(FakeEngine(saved))
    async with at_jobs(app) as pilot:
        app.post_message(CursorPosition(0, 0))
        await settled(pilot)
        await pilot.press("p")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        answers: list[int] = []
        screen.stage.answered = lambda: answers.append(1)  # type: ignore[method-assign]
        app.post_message(CursorPosition(0, 0))
        await until(lambda: answers)
        await pilot.press("question_mark")
        app.post_message(CursorPosition(0, 0))
        await until(lambda: len(answers) == 2)


async def test_help_in_the_player_shows_its_keys(studio: Make, saved: list[Job]) -> None:
    """And not those of the list below; in the studio the help has them as well, with the user's changes."""
    app = studio(FakeEngine(saved), keys={"player.pause": "p"})
    async with at_jobs(app) as pilot:
        await pilot.press("p", "question_mark")
        await settled(pilot)
        text = str(app.screen.query_one("#help-text", Static).render())
        assert "Player\n" in text
        assert any(line.split()[:1] == ["p"] and "Pause" in line for line in text.splitlines())
        assert [line for line in text.splitlines() if " 0–9 " in line and "To 0 % … To 90 %" in line]
        assert "To 10 %" not in text
        assert "Job list" not in text
        await pilot.press("escape", "q", "question_mark")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)
        text = str(app.screen.query_one("#help-text", Static).render())
        assert "Side by side\n" in text


async def test_what_the_terminal_said_of_its_clipboard_reaches_the_copy(
    studio: Make, saved: list[Job], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that announces it is believed."""
    told: list[object] = []

    def copy(text: str, *, osc52: bool | None, **_: object) -> clipboard.CopyReport:
        told.append(osc52)
        return clipboard.CopyReport("Copied.", ("terminal",), certain=True)

    monkeypatch.setattr(clipboard, "copy", copy)
    engine = FakeEngine(saved)
    surroundings = studio(engine).surroundings
    app = Studio(lambda: engine, settings, surroundings, Capabilities(osc52=True))
    async with at_jobs(app) as pilot:
        await pilot.press("y", "p")
        await until(lambda: told)
    assert told == [True]


# Another player


async def test_a_player_of_ones_own_gets_the_film(
    studio: Make, saved: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its whole path; what goes wrong is said, and nothing is played here."""
    asked: list[tuple[str, Path, Path]] = []

    def refuse(player: str, film: Path, films: Path) -> list[str]:
        asked.append((player, film, films))
        raise external_player.ExternalPlayerFailed("The player “mpv” is not installed.")

    monkeypatch.setattr(external_player, "player_command", refuse)
    app = studio(FakeEngine(saved), player="mpv --quiet")
    async with at_jobs(app) as pilot:
        await pilot.press("p")
        await until(lambda: "not installed" in feedback(pilot))
        assert app.screen is app.screen_stack[0]
    assert asked == [("mpv --quiet", Path(saved[0].film_path or ""), app.settings.paths.films)]


# Recipes


@pytest.fixture
def with_recipe(film: Path, tmp_path: Path) -> Path:
    path = tmp_path / "from elsewhere.mp4"
    shutil.copyfile(film, path)
    parameters = {**make_job(9, prompt="foreign words").parameters, "aspect_ratio": "3:4", "watermark": True}
    append_recipe(path, Recipe(model=str(parameters["model"]), parameters=parameters))
    return path


async def test_the_recipe_of_a_file_comes_back_into_the_form(
    studio: Make, engine: FakeEngine, with_recipe: Path
) -> None:
    """Asked for by ctrl+o from anywhere; every field as it was; a wrong file is a sentence."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert isinstance(app.screen, RecipeFile)
        field = app.screen.query_one(Input)
        field.value = str(with_recipe.with_name("none.mp4"))
        await pilot.press("enter")
        await until(lambda: "There is no file" in str(app.screen.query_one("#answer", Static).render()))
        field.value = f"'{with_recipe}'"
        await pilot.press("enter")
        await until(lambda: not isinstance(app.screen, RecipeFile))
        await settled(pilot)
        values = app.screen.query_one(Composer).form.values
        assert (values["prompt"], values["aspect_ratio"], values["watermark"]) == (
            "foreign words",
            "3:4",
            True,
        )
        assert values["seed"] == "1009" or values["seed"] == 1009


async def test_what_was_typed_before_the_screen_goes_to_the_form(
    studio: Make, engine: FakeEngine, settings: Any
) -> None:
    """Letters are in the prompt; an enter is a new line there and orders nothing."""
    app = Studio(
        lambda: engine,
        settings,
        studio(engine).surroundings,
        Capabilities(typed="a fox é\n\x1b[A".encode()),
    )
    async with opened(app) as pilot:
        await asyncio.sleep(0.2)
        await settled(pilot)
        assert app.screen.query_one(Composer).form.values["prompt"] == "a fox é\n"
        assert engine.submitted == []


def test_errors_of_handing_over_are_ours() -> None:
    """So that whoever asked for it can say what became of it."""
    assert issubclass(external_player.ExternalPlayerFailed, WanTuiError)
