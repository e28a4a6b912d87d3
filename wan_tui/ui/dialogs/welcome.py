"""Asks for a key, tests it and keeps it. At the first start the user may choose the demo instead, or look around."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from wan_tui.domain.errors import (
    KeyNotPrivate,
    NoCredits,
    SettingsError,
    Unauthorized,
    Unreachable,
    WanTuiError,
)
from wan_tui.domain.events import Connection, ConnectionChanged
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_line, clean_text, sentences
from wan_tui.settings import store_key
from wan_tui.ui.dialogs.key_trouble import KEYS_PAGE

if TYPE_CHECKING:
    from wan_tui.domain.events import Event
    from wan_tui.engine.api import EngineApi
    from wan_tui.settings import Settings
    from wan_tui.ui.messages import EngineEvents

Choice = Literal["demo", "look", "keep"]

WELCOME = f"""\
Films are made by the AI/ML API, with an API key of yours. A film costs about half a dollar.
Get a key at {KEYS_PAGE}

Paste it below. It is tested without buying anything, and kept in a file that only you can read."""

CHANGE = f"""\
Paste another key below. It is tested without buying anything, and kept in a file that only you can read.
Get one at {KEYS_PAGE}"""


class WelcomeScreen(ModalScreen[Choice | str]):
    """Ends with "demo", with "look" (no key), with "keep" (the key there is), or with a sentence about the new key.

    ``trouble`` tells why another key is wanted; with one there already, the welcome is left out. One that was opened
    for a trouble goes by itself when the service takes the key again, unless somebody has begun to write.
    """

    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]

    BINDINGS = [
        Binding("escape", "look", "Look around", id="welcome.look", tooltip="Go on without a key"),
        Binding(
            "ctrl+d", "demo", "Demo", id="welcome.demo", tooltip="Try everything without money", priority=True
        ),
    ]

    def __init__(
        self, engine: EngineApi, events: EngineEvents, settings: Settings, trouble: str = ""
    ) -> None:
        super().__init__()
        self._events = events
        self._trouble = trouble
        self._unkept: ApiKey | None = None
        """The key that works but was not kept, since others could read it."""
        self._has_key = engine.connection is not Connection.NO_KEY
        self._engine = engine
        self._settings = settings

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome") as box:
            box.border_title = "API key" if self._has_key else "Welcome to wan-tui"
            ways = "esc keeps the current one" if self._has_key else "ctrl+d demo · esc without"
            box.border_subtitle = f"enter tests the key · {ways}"
            if self._trouble:
                yield Static(f"! {self._trouble}", markup=False, classes="warning", id="trouble")
            yield Static(CHANGE if self._has_key else WELCOME, markup=False)
            if not self._settings.official:
                host = clean_line(self._settings.host, 80)
                yield Static(
                    f"! It will be sent to {host}, which is not the official service.",
                    markup=False,
                    classes="warning",
                )
            yield Input(password=True, placeholder="API key", id="key")
            yield Static(markup=False, id="answer")
            with Horizontal(id="ways"):
                yield Button("Use this key", id="use", variant="primary", compact=True)
                if self._has_key:
                    yield Button("Keep the current key", id="look", compact=True)
                else:
                    yield Button("Demo (no money)", id="demo", compact=True)
                    yield Button("Look around", id="look", compact=True)

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)

    def on_screen_resume(self) -> None:
        self._leave_if_done()

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events: the service may take the key again."""
        if any(isinstance(event, ConnectionChanged) for event in events):
            self._leave_if_done()

    def _leave_if_done(self) -> None:
        written = self.query_one("#key", Input).value
        if self._trouble and self._engine.connection is Connection.ONLINE and not written and self.is_active:
            self.dismiss("keep")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The demo is for those who have no key yet."""
        return not (action == "demo" and self._has_key)

    @on(Input.Submitted, "#key")
    @on(Button.Pressed, "#use")
    def _use(self) -> None:
        try:
            key = ApiKey(self.query_one("#key", Input).value)
        except SettingsError as error:
            self._answer(f"{error.message}.", error=True)
            return
        self._answer("Testing the key…")
        self.run_worker(self._try(key), exclusive=True, exit_on_error=False)

    async def _try(self, key: ApiKey) -> None:
        try:
            balance = await self._engine.test_key(key)
        except WanTuiError as error:
            self._answer(_reason(error), error=True)
            return
        sentence = "The key works and is saved."
        try:
            if key != self._unkept:
                await asyncio.to_thread(store_key, self._settings.paths, key)
            else:
                sentence = "The key works. It is not saved; it is used for this run only."
        except KeyNotPrivate as error:
            self._unkept = key
            self._answer(f"{error.sentence} Press enter again to use it for this run only.", error=True)
            return
        except SettingsError as error:
            sentence = sentences(f"The key works but is not saved: {error.message}", error.next_step)
        self._engine.use_key(key)
        source = self._settings.key_source
        if source not in (None, str(self._settings.paths.key_file)):
            sentence += f" At the next start the one in {source} takes precedence: change it there too."
        self.dismiss(f"{sentence} {_credits(balance)}".strip())

    def _answer(self, sentence: str, *, error: bool = False) -> None:
        answer = self.query_one("#answer", Static)
        answer.update(sentence)
        answer.set_class(error, "error")

    @on(Button.Pressed, "#demo")
    def action_demo(self) -> None:
        self.dismiss("demo")

    @on(Button.Pressed, "#look")
    def action_look(self) -> None:
        self.dismiss("keep" if self._has_key else "look")


def _credits(balance: float | None) -> str:
    if balance is None:
        return ""
    if balance <= 0:
        return "The account is empty: top it up before you order."
    return f"${balance:.2f} left in the account."


def _reason(error: WanTuiError) -> str:
    if isinstance(error, Unauthorized):
        return f"The service does not know this key. Copy it again from {KEYS_PAGE}"
    if isinstance(error, NoCredits):
        return "The account of this key is empty, or the key may not be used for this."
    if isinstance(error, Unreachable):
        return "The service cannot be reached. Check the network, then press enter again."
    return clean_text(error.sentence, 300)
