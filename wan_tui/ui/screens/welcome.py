"""The first start: takes the key, tries it, keeps it; or goes on to the demo; or just looks around."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from wan_tui.domain.errors import NoCredits, SettingsError, Unauthorized, Unreachable, WanTuiError
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.text import clean_line, clean_text
from wan_tui.settings import store_key

if TYPE_CHECKING:
    from wan_tui.engine import Engine
    from wan_tui.settings import Settings

Choice = Literal["demo", "look"]

TEXT = """\
Films are made by the AI/ML API, which wants a key of yours. A film costs about half a dollar.

Paste the key below. It is tried without buying anything, and kept in a file that only you can read."""


class WelcomeScreen(ModalScreen[Choice | str]):
    """Ends with "demo", with "look" (no key), or with a sentence about the key that was kept."""

    BINDINGS = [
        Binding("escape", "look", "Look around", id="welcome.look", tooltip="Go on without a key"),
        Binding(
            "ctrl+d", "demo", "Demo", id="welcome.demo", tooltip="Try everything without money", priority=True
        ),
    ]

    def __init__(self, engine: Engine, settings: Settings) -> None:
        super().__init__()
        self._engine = engine
        self._settings = settings

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome") as box:
            box.border_title = "Welcome to wan-tui"
            box.border_subtitle = "enter tries the key · ctrl+d demo · esc without"
            yield Static(TEXT, markup=False)
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
                yield Button("Demo, no money", id="demo", compact=True)
                yield Button("Look around", id="look", compact=True)

    @on(Input.Submitted, "#key")
    @on(Button.Pressed, "#use")
    def _use(self) -> None:
        try:
            key = ApiKey(self.query_one("#key", Input).value)
        except SettingsError as error:
            self._answer(f"{error.message}.", error=True)
            return
        self._answer("Trying the key…")
        self.run_worker(self._try(key), exclusive=True, exit_on_error=False)

    async def _try(self, key: ApiKey) -> None:
        try:
            balance = await self._engine.test_key(key)
        except WanTuiError as error:
            self._answer(_reason(error), error=True)
            return
        self._engine.use_key(key)
        sentence = "The key works and is kept."
        try:
            await asyncio.to_thread(store_key, self._settings.paths, key)
        except SettingsError as error:
            sentence = f"The key works, for now: {error.message}. {error.next_step}"
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
        self.dismiss("look")


def _credits(balance: float | None) -> str:
    if balance is None:
        return ""
    if balance <= 0:
        return "The account is empty: top it up before you order."
    return f"${balance:.2f} are left in the account."


def _reason(error: WanTuiError) -> str:
    if isinstance(error, Unauthorized):
        return "The service does not know this key. Copy it again from your account page."
    if isinstance(error, NoCredits):
        return "The account of this key is empty, or the key may not be used for this."
    if isinstance(error, Unreachable):
        return "The service cannot be reached. Check the network, then press enter again."
    return clean_text(f"{error.message.rstrip('.')}. {error.next_step}".strip(), 300)
