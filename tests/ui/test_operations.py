"""The keys that act on jobs, and what they ask and say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from tests.ui.conftest import NOW, FakeEngine, make_job
from tests.ui.pilots import at_jobs, feedback, pane, settled, table
from wan_tui.domain.errors import Failure, LibraryUnwritable, Money
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import JobState
from wan_tui.terminal import clipboard, opening
from wan_tui.terminal.clipboard import CopyReport
from wan_tui.terminal.opening import Opening
from wan_tui.ui.app import Studio
from wan_tui.ui.compat.input_parser import PressedKey
from wan_tui.ui.dialogs.confirm import Confirm
from wan_tui.ui.dialogs.copy_menu import CopyMenu
from wan_tui.ui.dialogs.show_text import ShowText
from wan_tui.ui.jobs.operations import OPERATIONS, Selection
from wan_tui.ui.player.player import PlayerScreen

Make = Callable[..., Studio]

BROKE = Failure("generation_error", "The model broke", Money.FREE)
LOST = Failure("lost", "The service has not known this generation for a day", Money.CHARGED)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied; the terminal does not say whether it arrived."""
    texts: list[str] = []

    def copy(text: str, **_: object) -> CopyReport:
        texts.append(text)
        return CopyReport("Sent to the terminal's clipboard.", ("terminal",))

    monkeypatch.setattr(clipboard, "copy", copy)
    return texts


def on_top(app: App[Any], kind: type[Screen[Any]]) -> bool:
    return isinstance(app.screen, kind)


def shown_text(app: App[Any]) -> str:
    screen = app.screen
    return "\n".join(str(widget.render()) for widget in screen.query("Static"))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("u", "https://films.example/1.mp4?sign=abc"),
        ("p", "a boat [/bold]"),
        ("f", "/films/2026-11-24_paper-boat_0001.mp4"),
        ("i", "gen:1"),
    ],
)
async def test_copy_is_two_keys_and_shows_the_text(
    studio: Make, copied: list[str], key: str, text: str
) -> None:
    """y and a letter copy; nobody knows whether it arrived, so the text is shown as well, as it is."""
    engine = FakeEngine([make_job(1, prompt="a boat [/bold]")])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("y", key)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert copied == [text]
        assert not on_top(pilot.app, ShowText)
        assert feedback(pilot) == f"Sent to the terminal's clipboard. “{text}”"


async def test_copies_do_not_pile_up(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The word on one takes the place of the one before, quotes little, and gives the hint once."""
    report = CopyReport("Sent.", ("terminal",), hint="If it is not there, do this.")
    monkeypatch.setattr(clipboard, "copy", lambda text, **_: report)
    app = studio(FakeEngine([make_job(1, prompt="a boat\n" * 60)]))
    async with at_jobs(app, (80, 24)) as pilot:
        said = []
        for key in ("i", "i", "p"):
            await pilot.press("y", key)
            await app.workers.wait_for_complete()
            await settled(pilot)
            said.append(feedback(pilot))
        quoted = ("a boat " * 9)[:59] + "…"
        assert said == ["Sent. “gen:1” If it is not there, do this.", "Sent. “gen:1”", f"Sent. “{quoted}”"]


async def test_what_cannot_be_copied_is_shown(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no way leads out, the whole text stands on a page of its own; with y s all texts do at any time."""
    monkeypatch.setattr(clipboard, "copy", lambda text, **_: CopyReport("Not copied: too long."))
    prompt = "a boat " * 60
    async with at_jobs(studio(FakeEngine([make_job(1, prompt=prompt)]))) as pilot:
        await pilot.press("y", "p")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert on_top(pilot.app, ShowText)
        assert "Not copied: too long." in shown_text(pilot.app)
        assert prompt.strip() in shown_text(pilot.app)
        await pilot.press("escape", "y", "s")
        await pilot.pause()
        assert on_top(pilot.app, ShowText)
        assert "gen:1" in shown_text(pilot.app)
        assert "https://films.example/1.mp4?sign=abc" in shown_text(pilot.app)


@pytest.mark.parametrize(
    ("keys", "job", "why"),
    [
        ("x", make_job(1), "Nothing to withdraw: the film is made. d moves the job to the trash."),
        (
            "f",
            make_job(1, JobState.FAILED, error=BROKE),
            "A failed job is not retried: r orders it again,",
        ),
        ("f", make_job(1, JobState.QUEUED), "Nothing to do: this job goes on by itself."),
        ("f", make_job(1, JobState.QUEUED, followed=False), "no longer followed; x follows it again."),
        ("p", make_job(1, JobState.GENERATING), "No film yet: the service is making it."),
        (
            "t",
            make_job(1, JobState.FAILED, error=BROKE),
            "This job failed and has no film. Its details (enter) say why;",
        ),
        ("p", make_job(1, JobState.FAILED, error=LOST), "was not found; f looks again."),
        ("o", make_job(1, JobState.QUEUED), "No film yet: it is queued at the service."),
        (
            "o",
            make_job(1, JobState.EXPIRED, url_expires_at=NOW),
            "The link expired before the film was fetched;",
        ),
        ("u", make_job(1), "Nothing to undo;"),
        ("r", None, "No job is selected."),
    ],
)
async def test_a_key_that_does_nothing_says_why(studio: Make, keys: str, job: Any, why: str) -> None:
    """It is not in the bar, but may be pressed all the same."""
    async with at_jobs(studio(FakeEngine([job] if job else []))) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert why in feedback(pilot)


async def test_the_reason_is_that_of_the_marked_job(studio: Make) -> None:
    """Letting go acts on what is marked, whatever the cursor stands on."""
    engine = FakeEngine([make_job(1), make_job(2, JobState.WAITING)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "x")
        await settled(pilot)
        assert "Nothing to withdraw: the film is made." in feedback(pilot)
    assert engine.called == []


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("action", ["play", "stills", "open", "try_now", "withdraw"])
def test_every_state_has_its_reason(action: str, state: JobState) -> None:
    """Whatever cannot be done with it is told in a sentence that ends."""
    job, operation = make_job(1, state), OPERATIONS[action]
    selection = Selection([job], job, lambda _: FilmState.HERE, NOW)
    if action != "withdraw" or not operation.possible(selection):
        assert operation.why_not(selection).endswith(".")


@pytest.mark.parametrize(("key", "stills"), [("p", False), ("t", True)])
async def test_several_marked_films_are_gone_through_here(studio: Make, key: str, stills: bool) -> None:
    """Also where one film is handed to a player of the user's: films that are not marked are passed over."""
    made = [make_job(n) for n in range(5)]
    app = studio(FakeEngine(made), player="mpv")
    async with at_jobs(app) as pilot:
        await pilot.press("j", "space", "space", "space", "g", key)
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        assert screen.has_class("-stills") is stills
        passed = []
        for _ in range(4):
            passed.append(screen.film.key)
            await pilot.press("n")
        assert passed == [made[n].id for n in (1, 2, 3, 1)]


async def test_stills_of_two_marked_films(studio: Make) -> None:
    """Beginning with the one under the cursor; a marked job without a film is told of."""
    made = [make_job(n) for n in range(3)]
    app = studio(FakeEngine([*made, make_job(3, JobState.FAILED)]))
    async with at_jobs(app) as pilot:
        await pilot.press("space", "j", "space", "space", "k", "t")
        screen = app.screen
        assert isinstance(screen, PlayerScreen)
        assert screen.film.key == made[2].id
        await pilot.press("n")
        assert screen.film.key == made[0].id
        assert "Only 2 of the 3 marked jobs have a film here." in feedback(pilot)


async def test_a_film_in_an_older_folder_is_opened(
    studio: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of folders that are named in the config; for another one it is said what to write there."""
    film = tmp_path / "earlier" / "boat.mp4"
    film.parent.mkdir()
    film.touch()
    opened: list[str] = []

    def _open(target: str, *_: object) -> Opening:
        opened.append(target)
        return Opening("opened", "Opened.")

    monkeypatch.setattr(opening, "_open", _open)
    app = studio(FakeEngine([make_job(1, film_path=str(film))]))
    app.settings.paths.films.mkdir(parents=True)
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert f"{film.parent} is not a films folder" in shown_text(app)
        assert "older_films_folders in config.toml" in shown_text(app)
    assert opened == []
    paths = replace(app.settings.paths, older_films=(film.parent,))
    app = studio(FakeEngine([make_job(1, film_path=str(film))]), paths=paths)
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await app.workers.wait_for_complete()
    assert opened == [str(film)]


async def test_copy_as_curl_names_the_key_by_its_variable(studio: Make, copied: list[str]) -> None:
    """The command holds every parameter and no key."""
    engine = FakeEngine([make_job(1)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("y", "c")
        await pilot.app.workers.wait_for_complete()
    assert "$AIMLAPI_API_KEY" in copied[0]
    assert "sk-test" not in copied[0]
    assert '"seed": 1001' in copied[0]
    assert "/v2/generate/video/alibaba/generation" in copied[0]


async def test_the_copy_menu_offers_only_what_there_is(studio: Make, copied: list[str]) -> None:
    """A waiting job has no link and no file; escape leaves without copying."""
    engine = FakeEngine([make_job(1, JobState.WAITING)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("y", "u", "f")
        assert on_top(pilot.app, CopyMenu)
        assert "link" not in shown_text(pilot.app)
        await pilot.press("escape")
        assert not on_top(pilot.app, CopyMenu)
    assert copied == []


async def test_a_certain_copy_needs_no_screen(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the desktop's clipboard has it for sure, the line says so, with the text."""
    monkeypatch.setattr(clipboard, "copy", lambda text, **_: CopyReport("Copied.", ("desktop",), True))
    async with at_jobs(studio(FakeEngine([make_job(1, prompt="a boat")]))) as pilot:
        await pilot.press("y", "p")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert not on_top(pilot.app, ShowText)
        assert feedback(pilot) == "Copied. “a boat”"


async def test_open_prefers_the_film(studio: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """o hands the file to the opener, within the films folder, and says with what it was opened."""
    calls: list[tuple[Path, Path]] = []

    def open_film(path: Path, *, films: Path, **_: object) -> Opening:
        calls.append((path, films))
        return Opening("opened", "Opened with xdg-open.")

    monkeypatch.setattr(opening, "open_film", open_film)
    app = studio(FakeEngine([make_job(1)]))
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await app.workers.wait_for_complete()
        assert feedback(pilot) == "Opened with xdg-open."
    assert calls == [(Path("/films/2026-11-24_paper-boat_0001.mp4"), app.settings.paths.films)]


async def test_open_takes_the_link_while_there_is_no_film(
    studio: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film that is made but not saved yet is opened by its link; loopback only where the service is local."""
    calls: list[tuple[str, bool]] = []

    def open_link(url: str, *, allow_loopback: bool, **_: object) -> Opening:
        calls.append((url, allow_loopback))
        return Opening("opened", "Opened with firefox.")

    monkeypatch.setattr(opening, "open_link", open_link)
    app = studio(FakeEngine([make_job(1, JobState.COMPLETED)]))
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await app.workers.wait_for_complete()
    assert calls == [("https://films.example/1.mp4?sign=abc", False)]


async def test_open_without_a_display_shows_the_link_of_a_film_that_is_not_here(
    studio: Make, copied: list[str]
) -> None:
    """Over SSH nothing is started: the link is shown as text, and copied."""
    app = studio(FakeEngine([make_job(1, JobState.COMPLETED)]))
    async with at_jobs(app) as pilot:
        await pilot.press("o")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert on_top(app, ShowText)
        assert "No display to open it on. The link was sent to the terminal's clipboard." in shown_text(app)
        assert "https://films.example/1.mp4?sign=abc" in shown_text(app)
    assert copied == ["https://films.example/1.mp4?sign=abc"]


async def test_edit_brings_the_parameters_into_the_form(studio: Make) -> None:
    """e asks the studio for it."""
    app = studio(FakeEngine([make_job(1, prompt="a boat to change")]))
    async with at_jobs(app) as pilot:
        await pilot.press("e")
        await pilot.pause()
        assert app.screen.query_one("#form").has_focus_within


async def test_what_was_given_up_is_looked_for_again(studio: Make) -> None:
    """f is offered for an order or a generation whose trace was lost, not for one that was refused."""
    refused = Failure("rejected", "No", Money.FREE)
    engine = FakeEngine(
        [make_job(1, JobState.FAILED, error=LOST), make_job(2, JobState.FAILED, error=refused)]
    )
    async with at_jobs(studio(engine)) as pilot:
        assert pane(pilot).check_action("try_now", ())
        await pilot.press("f")
        await settled(pilot)
        assert [call[0] for call in engine.called] == ["try_again"]
        await pilot.press("j")
        await settled(pilot)
        assert not pane(pilot).check_action("try_now", ())


@pytest.mark.parametrize("state", JobState)
async def test_again_asks_with_price_and_seed(studio: Make, state: JobState) -> None:
    """Whatever became of the earlier film, a letter alone orders nothing; a key held down asks once."""
    engine = FakeEngine([make_job(1, state)])
    job = engine.job(engine.index.rows()[0].id)
    assert job is not None
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("r", "r", "r")
        assert "for about $0.42, with the same parameters and seed 1001?" in shown_text(pilot.app)
        await settled(pilot)
        assert engine.submitted == []
        await pilot.press("y")
        await settled(pilot)
        assert engine.submitted == [(job.request, job.id)]


async def test_a_yes_that_is_held_down_answers_nothing(studio: Make) -> None:
    """Where the terminal reports repeats, a key held since before the question is no answer to it."""
    engine = FakeEngine([make_job(1)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("r")
        for repeated in (True, True, False):
            assert engine.submitted == []
            assert on_top(pilot.app, Confirm)
            key = PressedKey("y", "y")
            key.repeated = repeated
            pilot.app.post_message(key)
            await settled(pilot)
        assert len(engine.submitted) == 1


async def test_again_with_no_known_price_says_so(studio: Make) -> None:
    """Not "$0.00", and no half of a sum."""
    engine = FakeEngine([make_job(1), make_job(2, model="acme/unknown")])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "r")
        assert "Order 2 films for an unknown price" in shown_text(pilot.app)
        assert "$" not in shown_text(pilot.app)


async def test_a_refused_prompt_is_to_be_changed(studio: Make) -> None:
    """Ordered again it is refused again: each way that asks about the job leads to e."""
    engine = FakeEngine([make_job(1, JobState.FAILED)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("r")
        assert "e lets you change it" in shown_text(pilot.app)
        await pilot.press("n")
        for key in ("f", "p", "o"):
            await pilot.press(key)
            await settled(pilot)
            # The next answer takes the place of the one before.
            assert feedback(pilot) == OPERATIONS["try_now"].reason(make_job(1, JobState.FAILED))
            assert "e lets you change it" in feedback(pilot)
        assert engine.submitted == []


@pytest.mark.parametrize(
    ("job", "word"),
    [
        (make_job(1, JobState.UNCONFIRMED), "may have been charged"),
        (
            make_job(1, JobState.FAILED, error=Failure("not_found", "No trace", Money.UNKNOWN)),
            "may have been charged",
        ),
        (make_job(1, JobState.GENERATING), "not finished yet"),
        (make_job(1, JobState.EXPIRED), "paid for and may"),
        (make_job(1, JobState.FAILED, error=LOST), "paid for and may"),
    ],
)
async def test_again_asks_where_it_may_cost_twice(studio: Make, job: object, word: str) -> None:
    """Only a y orders; enter and n do not."""
    engine = FakeEngine([job])  # type: ignore[list-item]
    async with at_jobs(studio(engine)) as pilot:
        for keys in (("r", "enter"), ("r", "n"), ("r", "escape")):
            await pilot.press(keys[0])
            assert on_top(pilot.app, Confirm)
            assert word in shown_text(pilot.app)
            assert "$0.42" in shown_text(pilot.app)
            await pilot.press(keys[1])
            await settled(pilot)
            assert engine.submitted == []
        await pilot.press("r", "y")
        await settled(pilot)
        assert len(engine.submitted) == 1


async def test_again_on_several_asks_with_the_price(studio: Make) -> None:
    """Three marked films are three orders, and their price is told first."""
    engine = FakeEngine([make_job(n) for n in range(4)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "space", "r")
        assert "Order 3 films for about $1.26" in shown_text(pilot.app)
        await pilot.press("y")
        await settled(pilot)
        assert len(engine.submitted) == 3
        assert not table(pilot).marked


async def test_withdraw_a_waiting_order_at_once(studio: Make) -> None:
    """Nothing was sent, so nothing is asked."""
    engine = FakeEngine([make_job(1, JobState.WAITING)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        assert engine.called == [("withdraw", engine.index.rows()[0].id)]
        assert "nothing was sent" in feedback(pilot)


async def test_stop_following_says_that_it_is_still_charged(studio: Make) -> None:
    """The service has no cancel: that is said before, and x again takes it back without a question."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    job_id = engine.index.rows()[0].id
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("x")
        assert "still makes and charges" in shown_text(pilot.app)
        await pilot.press("n")
        assert engine.called == []
        await pilot.press("x", "y")
        await settled(pilot)
        assert engine.called == [("follow", (job_id, False))]
        await pilot.press("x")
        await settled(pilot)
        assert engine.called[-1] == ("follow", (job_id, True))


async def test_trash_and_undo(studio: Make) -> None:
    """d takes the row away, u brings it back, in the order of the trashing."""
    engine = FakeEngine([make_job(n) for n in range(4)])
    async with at_jobs(studio(engine)) as pilot:
        ids = [row.id for row in table(pilot).rows]
        await pilot.press("d")
        await settled(pilot)
        await pilot.press("space", "space", "d")
        await settled(pilot)
        assert [row.id for row in table(pilot).rows] == ids[3:]
        await pilot.press("u")
        await settled(pilot)
        assert [row.id for row in table(pilot).rows] == ids[1:]
        await pilot.press("u")
        await settled(pilot)
        assert [row.id for row in table(pilot).rows] == ids
        assert not pane(pilot).check_action("undo", ())


@pytest.mark.parametrize(
    "state",
    [JobState.WAITING, JobState.SUBMITTING, JobState.UNCONFIRMED, JobState.GENERATING, JobState.COMPLETED],
)
async def test_what_is_not_finished_is_not_trashed_unasked(studio: Make, state: JobState) -> None:
    """Money or a film still hangs on it."""
    engine = FakeEngine([make_job(1, state)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("d")
        assert on_top(pilot.app, Confirm)
        await pilot.press("enter")
        assert engine.called == []
        await pilot.press("d", "y")
        await settled(pilot)
        assert engine.called[0][0] == "trash"


async def test_out_of_the_trash(studio: Make) -> None:
    """is:trashed shows the trash; d there brings a job back."""
    engine = FakeEngine([make_job(1), make_job(2, trashed_at=NOW)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("slash", *"is:trashed", "enter")
        assert len(table(pilot).rows) == 1
        await pilot.press("d")
        await settled(pilot)
        assert engine.called[0][1][1] is False
        assert table(pilot).rows == []


async def test_star_all_marked(studio: Make) -> None:
    """* stars all marked, or takes the star from all where all have it."""
    engine = FakeEngine([make_job(n) for n in range(3)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "*")
        await settled(pilot)
        assert [row.starred for row in table(pilot).rows].count(True) in (0, 2)
        assert [row.starred for row in engine.index.rows()].count(True) == 2
        await pilot.press("*")
        await settled(pilot)
        assert not any(row.starred for row in engine.index.rows())


async def test_fetch_is_there_for_paid_films_only(studio: Make) -> None:
    """f tries the download of a paid film again; where there is nothing to fetch the key is not offered."""
    engine = FakeEngine([make_job(1, JobState.COMPLETED), make_job(2), make_job(3, JobState.FAILED)])
    async with at_jobs(studio(engine)) as pilot:
        assert pane(pilot).check_action("try_now", ())
        await pilot.press("f")
        await settled(pilot)
        assert engine.called == [("try_again", table(pilot).rows[0].id)]
        await pilot.press("j")
        assert not pane(pilot).check_action("try_now", ())
        engine.film = FilmState.MISSING
        assert pane(pilot).check_action("try_now", ())
        await pilot.press("j")
        assert not pane(pilot).check_action("try_now", ())
        assert not pane(pilot).check_action("open", ())


async def test_what_a_problem_holds_up_can_be_tried_now(studio: Make) -> None:
    """An order that waits because of the certificate is tried once more by f; one without a problem is not."""
    problem = Failure("untrusted", "The certificate is not valid yet", Money.FREE, "Set the clock")
    engine = FakeEngine([make_job(1, JobState.WAITING, problem=problem), make_job(2, JobState.WAITING)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("f")
        await settled(pilot)
        assert [name for name, _ in engine.called] == ["try_again"]
        await pilot.press("j")
        assert not pane(pilot).check_action("try_now", ())


async def test_letting_go_of_several(studio: Make) -> None:
    """What waits is withdrawn, what runs is no longer followed, what was let go before stays so."""
    engine = FakeEngine(
        [
            make_job(1, JobState.WAITING),
            make_job(2, JobState.GENERATING),
            make_job(3, JobState.QUEUED, followed=False),
        ]
    )
    ids = [row.id for row in engine.index.rows()]
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("space", "space", "space", "x", "y")
        await settled(pilot)
        assert sorted(engine.called) == [("follow", (ids[1], False)), ("withdraw", ids[0])]
        assert feedback(pilot) in (
            "1 job withdrawn: nothing was sent. 1 job no longer followed.",
            "1 job no longer followed. 1 job withdrawn: nothing was sent.",
        )


async def test_a_library_that_cannot_be_written_is_told(
    studio: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The action fails with a sentence, as plain text, and the program goes on."""
    engine = FakeEngine([make_job(1)])

    async def refuse(*_: object) -> None:
        raise LibraryUnwritable("The disk is full [/b]", next_step="Make room")

    monkeypatch.setattr(engine, "star", refuse)
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("*")
        await settled(pilot)
        assert feedback(pilot) == "✗ The disk is full [/b]. Not charged. Make room."


async def test_refresh_asks_the_service(studio: Make) -> None:
    """R asks about everything now."""
    engine = FakeEngine([make_job(1, JobState.QUEUED)])
    async with at_jobs(studio(engine)) as pilot:
        await pilot.press("R")
        await settled(pilot)
    assert engine.called == [("refresh", None)]


async def test_the_keys_hold_in_the_details_too(studio: Make) -> None:
    """Whoever reads the details need not go back to act; space turns the page there and marks nothing."""
    engine = FakeEngine([make_job(1)])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press("enter", "space", "*")
        await settled(pilot)
        assert not table(pilot).marked
    assert engine.called == [("star", ((engine.index.rows()[0].id,), True))]


@pytest.mark.parametrize(("query", "told"), [("state:saved", True), ("kite", False)])
async def test_an_order_that_nobody_sees_is_told(studio: Make, query: str, told: bool) -> None:
    """A narrow window shows only the list, and its filter may hide the order: it would be placed once more."""
    engine = FakeEngine([make_job(1, JobState.SAVED, prompt="a red kite")])
    async with at_jobs(studio(engine), (80, 24)) as pilot:
        await pilot.press("slash", *query, "enter", "r", "y")
        await settled(pilot)
        assert len(engine.submitted) == 1
        assert ("Order placed" in feedback(pilot)) == told
