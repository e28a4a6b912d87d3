"""An app that copies every selection by the one way: desktop, terminal, multiplexer, and the truth told.

Private: App._clipboard, which ctrl+v in a field puts in. Upstream issue: none.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Literal, TypeVar

from textual.app import App

from wan_tui.terminal import clipboard
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.compat.terminal_writer import terminal_writer

TEXTUAL_PRIVATE = ("textual.app:App._clipboard",)

Result = TypeVar("Result")

TOLD_SECONDS = 4.0
"""How long what became of a copy is shown; a second one meanwhile is not told again."""


class CopyingApp(App[Result]):
    """Copies what is selected in a field, a dialog or the details (ctrl+c, ctrl+x) as ``y`` copies.

    Textual writes a bare OSC 52, which multiplexers keep and some terminals do not take.
    """

    surroundings = Surroundings()
    _capabilities = Capabilities()
    _told: tuple[str, float] = ("", float("-inf"))

    def copy_to_clipboard(self, text: str) -> None:
        self._clipboard = text  # what ctrl+v in a field puts in
        self.run_worker(self._copy(text), group="copy selection", exclusive=True)

    async def _copy(self, text: str) -> None:
        write = terminal_writer(self)
        copy = partial(
            clipboard.copy, text, surroundings=self.surroundings, write=write, osc52=self._capabilities.osc52
        )
        report = await asyncio.to_thread(copy)
        sentence = f"{report.sentence} {report.hint}".strip()
        severity: Literal["information", "warning"] = "information" if report.ways else "warning"
        now = asyncio.get_running_loop().time()
        if sentence == self._told[0] and now - self._told[1] < TOLD_SECONDS:
            return
        self._told = (sentence, now)
        self.notify(sentence, severity=severity, timeout=TOLD_SECONDS, markup=False)
