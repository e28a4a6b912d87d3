"""The first start without a key."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from tests.patience import PATIENCE
from tests.ui.conftest import FakeEngine, make_job, opened
from tests.ui.pilots import all_feedback
from wan_tui.domain.errors import (
    Failure,
    Money,
    NoCredits,
    ServiceError,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from wan_tui.domain.events import Connection, ConnectionChanged
from wan_tui.domain.job import JobState
from wan_tui.settings import Settings, load
from wan_tui.ui.app import Studio
from wan_tui.ui.dialogs.welcome import WelcomeScreen

Make = Callable[..., Studio]
KEY = "sk-0123456789abcdef"


@pytest.fixture
def keyless(studio: Make, engine: FakeEngine) -> Studio:
    engine.connection = Connection.NO_KEY
    return studio(engine, key=None, key_source=None)


def answer(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#answer", Static).render())


async def until(pilot: Pilot[Any], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await pilot.pause(0.02)


def change_link(engine: FakeEngine, link: Connection) -> None:
    engine.connection = link
    engine.announce(ConnectionChanged(link))


async def test_a_key_is_tried_kept_and_used(keyless: Studio, engine: FakeEngine, settings: Settings) -> None:
    """Typed unseen, tried, used, and in a file for its owner alone; then the form is there."""
    async with opened(keyless) as pilot:
        field = pilot.app.screen.query_one("#key", Input)
        assert field.password
        assert field.value == ""
        await pilot.press(*KEY)
        assert KEY not in pilot.app.export_screenshot()
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        await pilot.pause()
        assert all_feedback(pilot) == "The key works and is saved. $12.34 left in the account."
        assert isinstance(pilot.app.focused, TextArea)
    assert [key.reveal() for key in engine.keys] == [KEY]
    assert settings.paths.key_file.read_text().strip() == KEY
    assert stat.S_IMODE(settings.paths.key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Unauthorized("401"), "The service does not know this key."),
        (NoCredits("403"), "The account of this key is empty, or the key may not be used for this."),
        (Unreachable("no route"), "The service cannot be reached. Check the network"),
        (
            Unavailable("The service is out of order [/b]", next_step="Try later."),
            "out of order [/b]. Try later.",
        ),
    ],
)
async def test_a_key_that_does_not_work_is_told_in_one_sentence(
    keyless: Studio, engine: FakeEngine, settings: Settings, error: ServiceError, sentence: str
) -> None:
    """Nothing is kept, the field keeps what was typed, and one may try again."""
    engine.key_error = error
    async with opened(keyless) as pilot:
        await pilot.press(*KEY, "enter")
        await until(pilot, lambda: answer(pilot) not in ("", "Testing the key…"))
        assert sentence in answer(pilot)
        assert not settings.paths.key_file.exists()
        assert engine.keys == []
        engine.key_error = None
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
    assert len(engine.keys) == 1


async def test_what_cannot_be_a_key_is_not_even_tried(keyless: Studio, engine: FakeEngine) -> None:
    """The sentence does not repeat it."""
    async with opened(keyless) as pilot:
        await pilot.press(*"two words", "enter")
        assert answer(pilot).startswith("Not an API key")
        assert "two words" not in answer(pilot)


async def test_an_empty_account_is_kept_with_a_warning(keyless: Studio, engine: FakeEngine) -> None:
    """The key is right, so it is used; but nobody should wonder later."""
    engine.balance = 0.0
    async with opened(keyless) as pilot:
        await pilot.press(*KEY, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        await pilot.pause()
        assert "The account is empty: top it up before you order." in all_feedback(pilot)


async def test_a_key_that_cannot_be_kept_is_used_for_now(
    keyless: Studio, engine: FakeEngine, settings: Settings
) -> None:
    """A read-only disk is no reason not to work today."""
    settings.paths.config.parent.mkdir(exist_ok=True)
    settings.paths.config.write_text("a file where the folder should be")
    async with opened(keyless) as pilot:
        await pilot.press(*KEY, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        await pilot.pause()
        assert "The key works but is not saved: The key could not be stored" in all_feedback(pilot)
    assert len(engine.keys) == 1


async def test_a_key_that_others_could_read_is_used_for_this_run_only(
    keyless: Studio, engine: FakeEngine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog says why it is not kept, and asks once more before it is used."""
    real = os.fstat
    monkeypatch.setattr(
        os, "fstat", lambda fd: os.stat_result((real(fd).st_mode | 0o777, *tuple(real(fd))[1:]))
    )
    async with opened(keyless) as pilot:
        await pilot.press(*KEY, "enter")
        await until(pilot, lambda: "for this run only" in answer(pilot))
        assert "has no permissions" in answer(pilot)
        assert (engine.keys, settings.paths.key_file.exists()) == ([], False)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        assert "It is not saved; it is used for this run only" in all_feedback(pilot)
    assert (len(engine.keys), settings.paths.key_file.exists()) == (1, False)


@pytest.mark.parametrize("by", ["ctrl+d", "button"])
async def test_on_to_the_demo(keyless: Studio, engine: FakeEngine, by: str) -> None:
    """The program ends with the word that the command line goes on with."""
    async with opened(keyless) as pilot:
        if by == "button":
            await pilot.click("#demo")
        else:
            await pilot.press(by)
        await until(pilot, lambda: keyless._exit)
    assert keyless.return_value == "demo"
    assert engine.stopped == 1


async def test_looking_around_and_ordering_asks_again(keyless: Studio, engine: FakeEngine) -> None:
    """Without a key everything can be looked at; an order asks for the key and is not lost."""
    async with opened(keyless) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, WelcomeScreen)
        await pilot.press(*"fox", "ctrl+j")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))
        assert engine.submitted == []
        await pilot.press(*KEY, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        assert pilot.app.screen.query_one(TextArea).text == "fox"


async def test_a_foreign_host_is_named_before_the_key_is_typed(studio: Make, engine: FakeEngine) -> None:
    """The key would go there."""
    async with opened(studio(engine, key=None, base_url="https://proxy.example")) as pilot:
        warning = pilot.app.screen.query_one("#welcome .warning", Static)
        assert "proxy.example, which is not the official service" in str(warning.render())


async def test_no_welcome_with_a_key_or_in_the_demo(studio: Make, engine: FakeEngine) -> None:
    """Only who needs it sees it."""
    async with opened(studio(engine)) as pilot:
        assert not isinstance(pilot.app.screen, WelcomeScreen)
    async with opened(studio(FakeEngine(), key=None, demo=True)) as pilot:
        assert not isinstance(pilot.app.screen, WelcomeScreen)


def test_the_kept_key_is_found_by_the_next_start(settings: Settings, tmp_path: Any) -> None:
    """What the welcome screen writes, the settings read."""
    from wan_tui.domain.secret import ApiKey
    from wan_tui.settings import store_key

    found = load({"WAN_TUI_HOME": str(tmp_path / "home")})
    store_key(found.paths, ApiKey(KEY))
    again = load({"WAN_TUI_HOME": str(tmp_path / "home")})
    assert again.key == ApiKey(KEY)


async def test_another_key_can_be_given_at_any_time(
    studio: Make, engine: FakeEngine, settings: Settings
) -> None:
    """By its key or the palette: the new one is tried, kept and used, and where one in the environment goes first it
    is said. Escape keeps the present one.
    """
    async with opened(studio(engine)) as pilot:
        await pilot.press("f2")
        assert isinstance(pilot.app.screen, WelcomeScreen)
        assert "https://aimlapi.com/app/keys" in "".join(
            str(text.render()) for text in pilot.app.screen.query("#welcome > Static").results(Static)
        )
        await pilot.press("ctrl+d", "f2", "escape")
        assert len(pilot.app.screen_stack) == 1
        assert all_feedback(pilot) == ""
        await pilot.app.run_action("change_key")
        await pilot.press(*KEY, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        await pilot.pause()
        assert "At the next start the one in AIMLAPI_API_KEY takes precedence" in all_feedback(pilot)
    assert [key.reveal() for key in engine.keys] == [KEY]


async def test_a_refused_key_is_asked_for_once(
    studio: Make, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog comes by itself, not a second time, and again only after another key was given."""
    monkeypatch.setattr("wan_tui.ui.shell.event_batcher.PAUSE", 0.0)
    monkeypatch.setattr("wan_tui.ui.compat.input_queue.WRITING", 0.0)
    async with opened(studio(engine), (120, 40)) as pilot:
        engine.connection = Connection.KEY_REFUSED
        engine.announce(ConnectionChanged(Connection.KEY_REFUSED, "The service does not know this key"))
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))
        assert "refuses the key" in str(pilot.app.screen.query_one("#trouble", Static).render())
        await pilot.press("escape")
        assert "f2 changes it" in str(pilot.app.screen.query_one("#status").render())
        engine.announce(ConnectionChanged(Connection.KEY_REFUSED, "The service does not know this key"))
        await asyncio.sleep(0.05)
        await pilot.pause()
        assert not isinstance(pilot.app.screen, WelcomeScreen)
        await pilot.press("f2", *KEY, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        change_link(engine, Connection.KEY_REFUSED)
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """News comes without delay, and nobody counts as writing."""
    monkeypatch.setattr("wan_tui.ui.shell.event_batcher.PAUSE", 0.0)
    monkeypatch.setattr("wan_tui.ui.compat.input_queue.WRITING", 0.0)


@pytest.mark.usefixtures("at_once")
async def test_the_question_goes_when_the_key_is_taken_again(studio: Make, engine: FakeEngine) -> None:
    """One odd 401 keeps nobody in a dialog, not even under the palette."""
    async with opened(studio(engine)) as pilot:
        await pilot.press("escape")
        for covered in (False, True):
            pilot.app._keys._offered = False  # type: ignore[attr-defined]
            change_link(engine, Connection.KEY_REFUSED)
            await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))
            if covered:
                await pilot.press("ctrl+p")
                await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
            change_link(engine, Connection.UNKNOWN)
            change_link(engine, Connection.ONLINE)
            if covered:
                await pilot.press("escape")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("asked", [True, False], ids=["asked", "by f2"])
async def test_the_question_stays_for_whoever_wants_to_answer(
    studio: Make, engine: FakeEngine, asked: bool
) -> None:
    """Once somebody has begun to write into it, or has opened it."""
    async with opened(studio(engine)) as pilot:
        await pilot.press("escape")
        if asked:
            change_link(engine, Connection.KEY_REFUSED)
        else:
            await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))
        await pilot.pause()
        if asked:
            await pilot.press("s")
        change_link(engine, Connection.UNKNOWN)
        change_link(engine, Connection.ONLINE)
        await pilot.pause(0.5)
        assert isinstance(pilot.app.screen, WelcomeScreen)


@pytest.mark.parametrize("code", ["unauthorized", "no_key"])
async def test_whoever_writes_is_only_told(
    studio: Make, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """In the middle of a word no dialog takes the keys: a line tells where to give a key."""
    monkeypatch.setattr("wan_tui.ui.shell.event_batcher.PAUSE", 0.0)
    job = make_job(1, JobState.SUBMITTING)
    engine.put(job)
    async with opened(studio(engine)) as pilot:
        await pilot.press(*"a fo")
        engine.change(job.id, state=JobState.FAILED, error=Failure(code, "No", Money.FREE))
        await until(pilot, lambda: "Change the API key" in all_feedback(pilot))
        await pilot.press("x")
        assert pilot.app.screen.query_one(TextArea).text == "a fox"


async def test_the_demo_asks_for_no_key(studio: Make, engine: FakeEngine) -> None:
    """It has one of its own."""
    async with opened(studio(engine, demo=True)) as pilot:
        await pilot.press("f2")
        assert not isinstance(pilot.app.screen, WelcomeScreen)
