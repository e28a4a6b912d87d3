"""One pass over all pending jobs, for the command line."""

from __future__ import annotations

import asyncio

from wan_tui.domain.events import Connection
from wan_tui.engine.context import EngineContext
from wan_tui.engine.job_supervisor import JobSupervisor
from wan_tui.engine.send_guard import CHECKING, MOST_LOOKS

_STEPS = 5
"""Maximum steps per job besides the looks before it is sent: look up, send, find, complete or get a link, fetch."""


class Sync:
    """Advances every pending job as far as possible."""

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
        """Poll every pending job once, look up orders in doubt once, fetch finished films.

        Waits until an order of an earlier run is decided, since the next run would start over. Ends if the key is
        refused. Raises LibraryError if a job's record could not be read or written; the others are still processed.
        """
        refused = asyncio.create_task(self._connection.key_refusal())
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
            # The last lease holder may have recorded newer changes.
            await self._supervisor.apply_foreign_changes()
        job = self._recorder.history.get(job_id)
        for step in range(_STEPS + MOST_LOOKS):
            if job is None or not job.pending or not (mine or job.state.running):
                return
            before = (job.state, job.video_url)
            await self._supervisor.step_now(job)
            job = self._recorder.history.get(job_id)
            wait = None if job is None else self._supervisor.delay(job)
            if job is not None and job.problem == CHECKING and wait is not None:
                if step >= _STEPS and self._connection.state is Connection.OFFLINE:
                    return
                await self._clock.sleep(wait)
            elif job is None or (job.state, job.video_url) == before:
                return
