"""Changes jobs through the engine, and says what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wan_tui.domain.events import Connection
from wan_tui.domain.job import Job, JobState
from wan_tui.ui.formatting import count

if TYPE_CHECKING:
    from wan_tui.engine.api import EngineApi


class JobChanges:
    """Every change may raise LibraryError: then nothing was changed. Those that return text return what to say."""

    def __init__(self, engine: EngineApi) -> None:
        self._engine = engine
        self._trashed: list[Sequence[str]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._trashed)

    def alike(self, jobs: Sequence[Job]) -> list[Job]:
        """Unfinished jobs with the same parameters as one of ``jobs``."""
        seeds = {job.seed for job in jobs}
        rows = [row for row in self._engine.index.unsettled() if row.seed in seeds]
        unfinished = [job for job in (self._engine.job(row.id) for row in rows) if job is not None]
        return [job for job in unfinished if any(job.request == other.request for other in jobs)]

    async def let_go(self, jobs: Sequence[Job]) -> str:
        """Withdraw what waits and stop following what runs; where all are let go already, follow them again."""
        held = [job for job in jobs if job.state is JobState.WAITING or job.followed]
        done = [await self._let_one_go(job) for job in held or jobs]
        return "\n".join(f"{count(done.count(what), 'job')} {what}" for what in dict.fromkeys(done))

    async def _let_one_go(self, job: Job) -> str:
        if job.state is JobState.WAITING:
            after = await self._engine.withdraw(job.id)
            withdrawn = after.state is JobState.CANCELLED
            return (
                "withdrawn: nothing was sent."
                if withdrawn
                else "not withdrawn: the order has just been sent."
            )
        await self._engine.follow(job.id, not job.followed)
        return "no longer followed." if job.followed else "followed again."

    async def try_now(self, jobs: Sequence[Job]) -> str:
        for job in jobs:
            await self._engine.try_again(job.id)
        return f"Retrying {count(len(jobs), 'job')}."

    async def trash(self, job_ids: Sequence[str]) -> str:
        await self._engine.trash(job_ids, True)
        self._trashed.append(job_ids)
        return f"{count(len(job_ids), 'job')} moved to the trash. u undoes; the filter is:trashed shows it."

    async def restore(self, job_ids: Sequence[str]) -> str:
        await self._engine.trash(job_ids, False)
        return f"{count(len(job_ids), 'job')} restored."

    async def undo(self) -> str:
        """Take the last trashing of this session back."""
        return await self.restore(self._trashed.pop())

    async def star(self, jobs: Sequence[Job]) -> None:
        """Star all, or take the star from all where each has it."""
        await self._engine.star([job.id for job in jobs], not all(job.starred for job in jobs))

    async def refresh(self) -> str:
        await self._engine.refresh()
        if self._engine.connection in (Connection.KEY_REFUSED, Connection.NO_KEY):
            return "Cannot refresh: the service needs a valid key."
        return "Refreshing…"
