"""Quits the program: saves the draft and stops the engine, each within a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from rich.text import Text
from textual.app import App

from wan_tui.ui.messages import Feedback

if TYPE_CHECKING:
    from wan_tui.engine.api import EngineApi

Result = Literal["demo"]

DRAFT_SECONDS = 2.0
STOP_SECONDS = 20.0
"""Time limit for stopping the engine, in seconds; it needs at most 15 for an order being sent."""


class Leaving:
    """Shuts ``app`` down cleanly, once. ``engine`` is set when there is one."""

    def __init__(
        self,
        app: App[Any],
        ready: asyncio.Event,
        save_draft: Callable[[], Awaitable[None]],
        before_exit: Callable[[], object],
    ) -> None:
        """``ready`` is set when the app is complete. ``before_exit`` is called last, just before the app exits."""
        self.engine: EngineApi | None = None
        self._app = app
        self._ready = ready
        self._save_draft = save_draft
        self._before_exit = before_exit
        self._begun = self._stopped = False

    def begin(self, result: Result | None) -> None:
        """Quit with ``result``, once pending work has finished."""
        if self._begun:
            self._app.post_message(Feedback("Already quitting…"))
            return
        self._begun = True
        # In a worker, so that the screen keeps showing what it is waiting for.
        self._app.run_worker(self._finish(result))

    async def stop_engine(self) -> None:
        """Stop the engine, once."""
        if self.engine is not None and not self._stopped:
            self._stopped = True
            await self.engine.stop()

    async def _finish(self, result: Result | None) -> None:
        try:
            # A disk or an engine that hangs must not block the exit.
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAFT_SECONDS):
                    await self._ready.wait()  # an incomplete app does not shut down cleanly
                    await self._save_draft()
            if self.engine is not None and self.engine.sending:
                self._app.post_message(Feedback("Quitting once the current order is answered…", "warning"))
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self.stop_engine()
        finally:
            self._before_exit()
            farewell = self._farewell()
            self._app.exit(result, message=Text(farewell) if farewell else None)

    def _farewell(self) -> str:
        """What remains in the terminal about unfinished jobs."""
        from wan_tui.domain.standing import left_behind

        rows = self.engine.index.unsettled() if self.engine is not None else []
        standings = [row.standing for row in rows if row.followed and row.standing is not None]
        return "\n".join(left_behind(standings, "at the next start"))
