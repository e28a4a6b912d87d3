"""Copies selections like ``y``: to desktop, terminal and multiplexer, reporting the outcome.

Private: App._clipboard, which ctrl+v in a field pastes. Upstream issue: none.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypeVar

from textual.app import App

from wan_tui.terminal import clipboard
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.compat.terminal_writer import terminal_writer
from wan_tui.ui.messages import Feedback

TEXTUAL_PRIVATE = ("textual.app:App._clipboard",)

Result = TypeVar("Result")


class CopyingApp(App[Result]):
    """Copies the selection in a field, a dialog or the details (ctrl+c, ctrl+x) the way ``y`` does.

    Textual writes a bare OSC 52, which multiplexers do not pass on and some terminals ignore.
    """

    surroundings = Surroundings()
    _capabilities = Capabilities()

    def copy_to_clipboard(self, text: str) -> None:
        self._clipboard = text  # for ctrl+v in a field
        self.run_worker(self._copy(text), group="copy selection", exclusive=True)

    async def _copy(self, text: str) -> None:
        write = terminal_writer(self)
        copy = partial(
            clipboard.copy, text, surroundings=self.surroundings, write=write, osc52=self._capabilities.osc52
        )
        report = await asyncio.to_thread(copy)
        sentence = f"{report.sentence} {report.hint}".strip()
        self.post_message(Feedback(sentence, "information" if report.ways else "warning"))
