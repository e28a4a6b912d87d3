"""The way of an order from the form to the engine, and what is said when it is not taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.screen import Screen

from wan_tui.domain.errors import WanTuiError
from wan_tui.ui.messages import Feedback, KeyWanted

if TYPE_CHECKING:
    from wan_tui.domain.job import Job
    from wan_tui.engine.api import EngineApi
    from wan_tui.settings import Settings
    from wan_tui.ui.form.composer import Composer
    from wan_tui.ui.messages import OrderPlaced


class Orders:
    """Takes the orders of ``screen``; those placed before there is an engine wait for it."""

    def __init__(self, screen: Screen[None], settings: Settings) -> None:
        self._screen = screen
        self._settings = settings
        self._engine: EngineApi | None = None
        self._engine_there = asyncio.Event()

    def open(self, engine: EngineApi) -> None:
        """Let the orders go to ``engine`` from now on."""
        self._engine = engine
        self._engine_there.set()

    async def submit(self, message: OrderPlaced) -> None:
        from wan_tui.domain.events import Connection

        engine = await self._when_open()
        if self._settings.spending_off is not None:
            self._refuse(f"Nothing was ordered. {self._settings.spending_off.sentence}")
            return
        if engine.connection is Connection.NO_KEY and not self._settings.demo:
            self._refuse("Nothing was ordered: there is no API key yet.")
            self._screen.post_message(KeyWanted())
            return
        try:
            job = await engine.submit(message.request, parent=message.parent)
        except WanTuiError as error:
            self._refuse(f"Nothing was ordered. {error.sentence}")
            return
        self._composer.follow(engine.job(job.id) or job)
        self._confirm_if_unseen(job)

    async def _when_open(self) -> EngineApi:
        while self._engine is None:
            await self._engine_there.wait()
        return self._engine

    def _refuse(self, sentence: str) -> None:
        """Say it in the form, and where that is not seen, over what is."""
        self._composer.not_ordered(sentence)
        if not self._composer.display:
            self._screen.post_message(Feedback(sentence, "error"))

    def _confirm_if_unseen(self, job: Job) -> None:
        """Whoever sees neither form nor job would order once more."""
        from wan_tui.ui.jobs.job_list import JobList

        if not self._composer.display and not self._screen.query_one(JobList).lets_through(job.id):
            self._screen.post_message(Feedback("Order placed; the filter hides it in the list."))

    @property
    def _composer(self) -> Composer:
        from wan_tui.ui.form.composer import Composer

        return self._screen.query_one(Composer)
