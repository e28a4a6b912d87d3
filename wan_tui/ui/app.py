"""The Textual application: it ties engine, settings and screens together, and does little else."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.events import Event as TextualEvent
from textual.events import Key, MouseDown
from textual.screen import Screen

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.parameters import SEED_MAX
from wan_tui.domain.text import clean_text
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui import themes
from wan_tui.ui.compat.crash_privacy import CrashPrivacyApp
from wan_tui.ui.compat.cursor_position import AnsweringApp
from wan_tui.ui.compat.input_queue import InputQueue, typed_text
from wan_tui.ui.compat.job_control import stop_between_steps
from wan_tui.ui.compat.resize import ResizingApp
from wan_tui.ui.compat.selection_copy import CopyingApp
from wan_tui.ui.compat.suspend import SuspendingApp
from wan_tui.ui.messages import EngineEvents, Feedback, KeyWanted, Severity, SpoiledFilmFound
from wan_tui.ui.shell.event_batcher import EventBatcher
from wan_tui.ui.shell.feedback_line import FeedbackDisplay
from wan_tui.ui.shell.leaving import Leaving, Result
from wan_tui.ui.shell.studio import StudioScreen

if TYPE_CHECKING:
    from wan_tui.domain.events import Event
    from wan_tui.engine.api import EngineApi
    from wan_tui.media.recipe import Recipe
    from wan_tui.settings import Settings
    from wan_tui.ui.commands.keymap import Action
    from wan_tui.ui.dialogs.key_request import KeyRequest
    from wan_tui.ui.shell.desktop_notifier import DesktopNotifier

OVERDUE_SECONDS = 30.0
"""How long a terminal that did not answer in time is expected to do so yet."""


class Studio(
    InputQueue[Result],
    SuspendingApp[Result],
    ResizingApp[Result],
    AnsweringApp[Result],
    CopyingApp[Result],
    CrashPrivacyApp[Result],
):
    """``run()`` returns "demo" when the user chose the demo on the welcome screen, else None."""

    TITLE = "wan-tui"
    CSS_PATH = "app.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+p"

    BINDINGS = [
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="All keys"),
        Binding(
            "ctrl+p", "command_palette", "Palette", priority=True, id="app.palette", tooltip="All actions"
        ),
        Binding("ctrl+q", "quit", "Quit", priority=True, id="app.quit", tooltip="Quit (jobs keep running)"),
        Binding("f2", "change_key", "API key", show=False, id="app.key", tooltip="Change the API key…"),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            show=False,
            id="app.suspend",
            tooltip="Suspend to the shell (in a prompt: undo)",
        ),
    ]

    def __init__(
        self,
        open_engine: Callable[[], EngineApi],
        settings: Settings,
        surroundings: Surroundings,
        capabilities: Capabilities | None = None,
        *,
        recipe: Recipe | None = None,
        seeds: Callable[[], int] = lambda: random.randint(0, SEED_MAX),
        closing: Callable[[], object] = lambda: None,
    ) -> None:
        """``open_engine`` is called once, in a thread, when the form is there; WanTuiError from it ends the
        program with return code 1. ``capabilities`` are those of the terminal; what was typed while it was asked goes
        to the form, as does ``recipe``. ``seeds`` draws one for an order without. ``closing`` is called when the user
        leaves, once all has been done but taking the screen down.
        """
        super().__init__()
        self._open_engine = open_engine
        self._engine: EngineApi | None = None
        self._feedback = FeedbackDisplay(self)
        self._notifier: DesktopNotifier | None = None
        self._keys: KeyRequest | None = None
        self.settings = settings
        self.surroundings = surroundings
        self._capabilities = capabilities or Capabilities()
        self._theme_complaint = self._choose_theme()
        self._know_terminal(self._capabilities)
        self._recipe = recipe
        self._engine_events = events = EngineEvents(self, "engine events")
        self._studio = StudioScreen(events, settings, surroundings, self._capabilities, seeds)
        self._batcher = EventBatcher(events.publish, lambda seconds, call: self.set_timer(seconds, call))
        self.ready = asyncio.Event()
        """Set when everything is there and the engine has been started."""
        self._leaving = Leaving(self, self.ready, self._studio.save_draft, closing)

    def _know_terminal(self, capabilities: Capabilities) -> None:
        self.brackets_pastes = capabilities.brackets_pastes
        self.came_before = typed_text(capabilities.typed)
        if capabilities.round_trip is None:
            self.overdue_until = time.monotonic() + OVERDUE_SECONDS

    def get_default_screen(self) -> StudioScreen:
        return self._studio

    def on_mount(self) -> None:
        stop_between_steps(self)
        self._feedback.start()
        if self._theme_complaint:
            self.announce(self._theme_complaint)
        # After ctrl+z and fg, Textual takes its old picture for still being there.
        self.app_resume_signal.subscribe(self, lambda app: self.refresh(layout=True))
        # A worker: a callback of the refresh would hold back every picture until all is done.
        self.call_after_refresh(lambda: self.run_worker(self._begin()))

    def _choose_theme(self) -> str | None:
        """Take the theme before any style is read: a change later has all of them read again."""
        for theme in themes.OWN:
            self.register_theme(theme)
        environment = os.environ.get("TEXTUAL_THEME")
        name, complaint = themes.choose(
            self.settings.theme,
            environment,
            self.available_themes,
            few_colours=self.console.color_system in ("standard", "windows"),
            light=bool(self._capabilities.light),
        )
        self.set_reactive(App.theme, name)
        self.stylesheet.set_variables(self.get_css_variables())
        return complaint

    async def _begin(self) -> None:
        """All that the first picture does not need."""
        await self._studio.open_form()
        if self._recipe is not None:
            await self._studio.bring_back(self._recipe)
        self.type_ahead(self._capabilities.typed)
        await self._painted()
        from wan_tui.ui.dialogs.key_request import KeyRequest
        from wan_tui.ui.shell.desktop_notifier import DesktopNotifier

        try:
            self._engine = self._leaving.engine = engine = await asyncio.to_thread(self._open_engine)
        except WanTuiError as error:
            reason = clean_text(error.sentence, 600)
            self.exit(return_code=1, message=Text(reason))
            return
        await self._studio.open_jobs(engine)
        self._use_keymap()
        for warning in self.settings.warnings:
            self.announce(warning)
        events = self._engine_events
        events.subscribe(self, self._announce_events)
        self._notifier = DesktopNotifier(self, events, engine.index, self.settings.notices, self.surroundings)
        self._keys = KeyRequest(
            self,
            engine,
            events,
            self.settings,
            demo=lambda: self._leaving.begin("demo"),
            busy=lambda: self.screen is not self._studio or self.typing,
        )
        engine.subscribe(self._batcher.take)
        await engine.start()
        if self.settings.key is None and not self.settings.demo and not self.settings.spending_off:
            self._ask_for_key()
        self._studio.open_latest()
        self.ready.set()

    async def _painted(self) -> None:
        """Wait until what is mounted by now can be seen: whatever else is loaded would hold it up."""
        painted = asyncio.Event()
        self._studio.call_after_refresh(painted.set)
        await painted.wait()

    def _announce_events(self, events: Sequence[Event]) -> None:
        from wan_tui.domain.events import LibraryLoaded
        from wan_tui.ui.shell.announcements import announcements

        for one in announcements(events):
            self._feedback.announce(one.line, one.severity)
        if any(isinstance(event, LibraryLoaded) for event in events):
            self.run_worker(self._give_back_memory())

    async def _give_back_memory(self) -> None:
        """Reading ten thousand documents leaves a dozen megabytes behind that are free, but still ours."""
        from wan_tui.media.memory import give_back_memory

        await asyncio.to_thread(give_back_memory)

    @on(Feedback)
    def _show_feedback(self, message: Feedback) -> None:
        self._feedback.answer(message.text, message.severity)

    def announce(self, text: str, severity: Severity = "warning") -> None:
        """Show what no key asked for."""
        self._feedback.announce(text, severity)

    async def on_event(self, event: TextualEvent) -> None:
        await super().on_event(event)
        # Whoever writes looks at the text: letters do not show that a warning was read.
        writes = isinstance(event, Key) and event.is_printable and self.typing
        if isinstance(event, Key | MouseDown) and not writes:
            self._feedback.key_pressed()

    # Keys and commands

    def _actions(self) -> dict[str, Action]:
        from wan_tui.ui.shell.action_list import every_action

        return every_action(type(self))

    def _use_keymap(self) -> None:
        if not self.settings.keys:
            return
        from wan_tui.ui.commands.keymap import check_keymap

        keymap, problems = check_keymap(self.settings.keys, self._actions())
        self.set_keymap(keymap)
        for problem in problems:
            self.announce(problem)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        from wan_tui.ui.commands.palette import commands

        return commands(self, screen)

    def action_help(self) -> None:
        from wan_tui.ui.dialogs.help import HelpScreen
        from wan_tui.ui.shell.action_list import listed_actions

        self.push_screen(HelpScreen(listed_actions(self, self.settings.keys)))

    # The key

    def action_change_key(self) -> None:
        """Ask for another key."""
        self._ask_for_key()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what can never be done in this run: the demo has a key of its own, Windows halts no program."""
        never = {"change_key": self.settings.demo, "suspend_process": os.name == "nt"}
        return not never.get(action, False)

    @on(SpoiledFilmFound)
    def _report_spoiled(self, message: SpoiledFilmFound) -> None:
        if self._engine is not None:
            self._engine.report_spoiled(message.film)

    @on(KeyWanted)
    def _ask_for_key(self) -> None:
        if self.settings.spending_off is not None:
            self._feedback.answer(
                f"The key cannot be changed. {self.settings.spending_off.sentence}", "warning"
            )
        elif self._keys is not None:
            self._keys.ask()

    # Leaving

    async def action_quit(self) -> None:
        self._leaving.begin(None)

    async def on_unmount(self) -> None:
        """However the screen ends, the terminal gets its title back and the engine its orderly end."""
        if self._notifier is not None:
            self._notifier.pause()
        await asyncio.shield(self._leaving.stop_engine())
