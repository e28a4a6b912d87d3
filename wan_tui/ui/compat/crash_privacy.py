"""Keeps local variables (keys, signed links) out of crash output.

Private: App._handle_exception, App._fatal_error, App._exit_renderables, App._close_messages_no_wait.
Upstream issue: none.
"""

from __future__ import annotations

import logging
from typing import TypeVar

from rich.console import RenderableType
from rich.text import Text
from textual.app import App
from textual.worker import WorkerFailed

from wan_tui.domain.crash import crash_sentence

TEXTUAL_PRIVATE = (
    "textual.app:App._handle_exception",
    "textual.app:App._fatal_error",
    "textual.app:App._exit_renderables",
    "textual.message_pump:MessagePump._close_messages_no_wait",
)

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class CrashPrivacyApp(App[Result]):
    """Reports a crash in one sentence on the terminal; the traceback goes to the log, without values.

    Textual prints a traceback with the local variables of each frame, including keys and signed links, and has no
    public way to turn that off.
    """

    _fault: BaseException | None = None

    def _handle_exception(self, error: Exception) -> None:
        self._fault = error.error if isinstance(error, WorkerFailed) else error
        _log.error("the studio crashed", exc_info=self._fault)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.panic()

    def panic(self, *renderables: RenderableType) -> None:
        """Exit with that sentence instead of ``renderables``, which may contain secrets."""
        if not self._exit_renderables:
            self._exit_renderables.append(Text(crash_sentence(self._fault)))
        self._close_messages_no_wait()
