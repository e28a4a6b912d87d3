"""One pass over everything that is pending, for the command line: nobody stays to look after it."""

from __future__ import annotations

import asyncio

from wan_tui.engine.context import EngineContext
from wan_tui.engine.job_supervisor import JobSupervisor
from wan_tui.engine.send_guard import CHECKING

_STEPS = 5
"""Looked for, sent, found, completed or given a link, fetched: each leads to the next."""


class Sync:
    """Moves every pending job on as far as it goes now."""

    def __init__(
        self,
        context: EngineContext,
        supervisor: JobSupervisor,
    ) -> None:
        self._clock = context.clock
        self._recorder = context.recorder
        self._leases = context.leases
        self._supervisor = supervisor
        self._connection = context.connection

    async def once(self) -> None:
        """Ask once about every pending job, look once for those in doubt, fetch what is finished. An order that waits
        for a second look at the log is waited for: the next pass would be another run, and begin anew.

        A key that is refused ends it. Raises LibraryError where a job could not be taken up; all others are moved on.
        """
        refused = asyncio.create_task(self._connection.key_gone())
        passes = asyncio.create_task(self._all())
        await asyncio.wait([passes, refused], return_when=asyncio.FIRST_COMPLETED)
        refused.cancel()
        passes.cancel()
        await asyncio.gather(passes, refused, return_exceptions=True)
        if passes.done() and not passes.cancelled():
            passes.result()

    async def _all(self) -> None:
        pending = self._recorder.history.index.pending()
        ends = await asyncio.gather(*(self._one(job_id) for job_id in pending), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def _one(self, job_id: str) -> None:
        mine = await self._recorder.run(lambda: self._leases.try_acquire(job_id))
        if mine:
            # The process that had it last may have done more than we know.
            await self._supervisor.take_in_foreign_changes()
        job = self._recorder.history.get(job_id)
        for _ in range(_STEPS):
            if job is None or not job.pending or not (mine or job.state.running):
                return
            before = (job.state, job.video_url)
            await self._supervisor.step_now(job)
            job = self._recorder.history.get(job_id)
            if job is not None and job.problem == CHECKING:
                await self._clock.sleep(self._supervisor.delay(job) or 0.0)
            elif job is None or (job.state, job.video_url) == before:
                return
