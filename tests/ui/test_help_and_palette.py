"""Help and palette: read from the bindings, with the user's own keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from tests.ui.conftest import FakeEngine, opened
from wan_tui.ui.app import Studio
from wan_tui.ui.commands.keymap import actions_of
from wan_tui.ui.commands.palette import commands
from wan_tui.ui.compat.input_parser import PasteParser
from wan_tui.ui.dialogs.help import HelpScreen
from wan_tui.ui.shell.action_list import every_action

Make = Callable[..., Studio]


def help_text(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#help-text", Static).render())


def titles(pilot: Pilot[Any]) -> Iterator[str]:
    return (command.title for command in commands(pilot.app, pilot.app.screen))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_help_lists_every_key_by_context(
    studio: Make, busy_engine: FakeEngine, size: tuple[int, int]
) -> None:
    """All contexts, each action with its keys, nothing wider than the window."""
    async with opened(studio(busy_engine), size) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        text = help_text(pilot)
        for title in ("Everywhere", "Panels", "The form", "Jobs", "Job list", "Details"):
            assert f"{title}\n" in text
        for key, does in (
            ("^j ^⏎", "Order this film"),
            ("? f1", "All keys"),
            ("^q", "Quit (jobs keep running)"),
            ("^z", "Suspend to the shell"),
            ("^n", "Clear the form"),
        ):
            assert any(key in line and does in line for line in text.splitlines())
        width = pilot.app.screen.query_one("#help-text").size.width
        assert max(len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize(
    ("changes", "system", "missing"),
    [
        ({}, "posix", set()),
        ({"demo": True}, "posix", {"app.key"}),
        ({"demo": True, "keys": {"app.key": "f8"}}, "posix", {"app.key"}),
        ({}, "nt", {"app.suspend"}),
        ({"demo": True}, "nt", {"app.key", "app.suspend"}),
    ],
)
async def test_help_and_palette_leave_out_what_can_never_be_done(
    studio: Make,
    busy_engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    system: str,
    missing: set[str],
) -> None:
    """In the demo no other key, on Windows no halt; whatever is possible at another job stays."""
    async with opened(studio(busy_engine, **changes), (120, 40)) as pilot:
        with monkeypatch.context() as patched:
            patched.setattr("wan_tui.ui.app.os", SimpleNamespace(name=system))
            offered = {command.help.rpartition(" ")[2] for command in commands(pilot.app, pilot.app.screen)}
            await pilot.press("f1")
            await pilot.pause()
        every = every_action(type(pilot.app))
        listed = {name for name in every if name in help_text(pilot).split()}
        assert {name for name in every if name.startswith("app.")} - listed == missing
        assert {"job.undo", "job.withdraw", "list.filter"} <= listed
        assert not offered & missing


async def test_help_scrolls_and_closes(studio: Make, busy_engine: FakeEngine) -> None:
    """With the usual keys; the focus is where it was."""
    async with opened(studio(busy_engine), (60, 20)) as pilot:
        await pilot.press("f1", "pagedown", "j", "down", "up")
        await pilot.pause()
        assert pilot.app.screen.query_one("#help").scroll_y == 11
        await pilot.press("escape")
        assert isinstance(pilot.app.focused, TextArea)
        await pilot.press("escape", "question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("q")
        assert not isinstance(pilot.app.screen, HelpScreen)


async def test_a_question_mark_in_a_prompt_is_a_letter(studio: Make, engine: FakeEngine) -> None:
    """Letters stay letters in text fields."""
    async with opened(studio(engine)) as pilot:
        await pilot.press(*"who", "question_mark", "1", "q", "j")
        assert pilot.app.screen.query_one(TextArea).text == "who?1qj"


@pytest.mark.parametrize("mark", ["؟", "？", "՞"])
async def test_a_question_mark_of_another_script(studio: Make, busy_engine: FakeEngine, mark: str) -> None:
    """In a text it stays what was typed; elsewhere it opens the help."""

    async def send(pilot: Pilot[Any], text: str) -> None:
        for message in PasteParser().feed(text):
            pilot.app.post_message(message)
        await pilot.pause()
        await pilot.pause()

    async with opened(studio(busy_engine)) as pilot:
        await send(pilot, f"a{mark}\x1b[1592:{ord(mark)}:47;2;{ord(mark)}u")
        assert pilot.app.screen.query_one(TextArea).text == f"a{mark}{mark}"
        await pilot.press("escape")
        await send(pilot, mark)
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_help_shows_the_users_own_keys(studio: Make, busy_engine: FakeEngine) -> None:
    """Remapped keys stand in the help, the palette and the bar; the old one is free."""
    async with opened(studio(busy_engine, keys={"form.order": "f5", "app.help": "f9"})) as pilot:
        await pilot.press("f1")
        assert not isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("f9")
        await pilot.pause()
        line = next(line for line in help_text(pilot).splitlines() if "Order this film" in line)
        assert line.split() == ["f5", "Order", "this", "film"]


async def test_the_palette_offers_what_can_be_done_here(studio: Make, busy_engine: FakeEngine) -> None:
    """Every action of this place, the theme, and not itself; with the key and the id beside."""
    async with opened(studio(busy_engine), (120, 40)) as pilot:
        inside = list(titles(pilot))
        assert "Order this film" in inside
        assert "Theme" in inside
        assert "All actions" not in inside
        assert len(inside) == len(set(inside))
        command = next(c for c in commands(pilot.app, pilot.app.screen) if c.title == "Order this film")
        assert command.help == "^j · form.order"
        await pilot.press("escape")
        at_jobs = list(titles(pilot))
        assert "Order this film" not in at_jobs
        assert "Load the parameters into the form" in at_jobs


async def test_the_palette_does_it(studio: Make, engine: FakeEngine) -> None:
    """Chosen by a few letters, done where the focus was."""
    async with opened(studio(engine)) as pilot:
        await pilot.press(*"fox", "ctrl+p")
        await pilot.pause()
        assert CommandPalette.is_open(pilot.app)
        await pilot.press(*"draw a seed")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert not CommandPalette.is_open(pilot.app)
        assert pilot.app.screen.query_one("#field-seed Input").value == "424243"  # type: ignore[attr-defined]
        assert pilot.app.screen.query_one(TextArea).text == "fox"


async def test_help_shows_ids_where_there_is_room(studio: Make, busy_engine: FakeEngine) -> None:
    """For who gives keys of their own: on the right of a wide window, not in a narrow one; filter words in both."""
    for size, shown in (((120, 40), True), ((80, 24), False)):
        async with opened(studio(busy_engine), size) as pilot:
            await pilot.press("f1")
            await pilot.pause()
            text = help_text(pilot)
            assert ("form.order" in text) is shown
            assert "is:starred" in text
            assert "-dragon" in text
            width = pilot.app.screen.query_one("#help-text").size.width
            assert max(len(line) for line in text.splitlines()) <= width


async def test_the_palette_is_for_what_is_looked_up(studio: Make, busy_engine: FakeEngine) -> None:
    """No cursor moves; actions on jobs from the form as well, and they act; another key."""
    async with opened(studio(busy_engine), (120, 40)) as pilot:
        inside = {command.title: command for command in commands(pilot.app, pilot.app.screen)}
        assert "Change the API key…" in inside
        assert "Next job" not in inside
        await pilot.press("escape")
        assert "Next job" not in list(titles(pilot))
        await pilot.press("1", "tab", "tab", "tab", "tab", "tab")
        inside = {command.title: command for command in commands(pilot.app, pilot.app.screen)}
        await inside["Toggle star"].callback()
        await pilot.app.workers.wait_for_complete()
        assert [name for name, _ in busy_engine.called] == ["star"]


async def test_every_action_is_known_without_a_studio(studio: Make, busy_engine: FakeEngine) -> None:
    """What the doctor checks the config against is what the studio's nodes bind."""
    async with opened(studio(busy_engine), (120, 40)) as pilot:
        nodes = (pilot.app, pilot.app.screen, *pilot.app.screen.query("*"))
        assert set(actions_of(dict.fromkeys(map(type, nodes)))) <= set(every_action(type(pilot.app)))
