"""Manual retry of a settled job: fetch a missing film, or look up a lost order again."""

from __future__ import annotations

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import Job
from wan_tui.engine.context import EngineContext
from wan_tui.engine.downloader import Downloader
from wan_tui.engine.film_watch import FilmWatch
from wan_tui.engine.job_supervisor import JobSupervisor
from wan_tui.engine.poller import Poller
from wan_tui.engine.recovery import Recovery


class ManualRetry:
    """Retries under the job's lease, one at a time per job: two downloads would write into the same file."""

    def __init__(
        self,
        context: EngineContext,
        supervisor: JobSupervisor,
        recovery: Recovery,
        poller: Poller,
        downloader: Downloader,
        film_watch: FilmWatch,
    ) -> None:
        self._recorder = context.recorder
        self._leases = context.leases
        self._supervisor = supervisor
        self._recovery = recovery
        self._poller = poller
        self._downloader = downloader
        self._film_watch = film_watch
        self._announce = context.announce
        self._trying: set[str] = set()

    async def run(self, job: Job) -> None:
        """Try once and announce a failure; if the order is found, the job supervisor resumes it."""
        if job.id in self._trying:
            return
        self._trying.add(job.id)
        try:
            trouble = await self._under_lease(job)
        except WanTuiError as error:
            trouble = Trouble(error.message, error.next_step)
        finally:
            self._trying.discard(job.id)
        if trouble is not None:
            self._announce(trouble)

    async def _under_lease(self, job: Job) -> Trouble | None:
        await self._supervisor.wait_until_idle(job.id)
        if not await self._recorder.run(lambda: self._leases.try_acquire(job.id)):
            return Trouble("Another wan-tui is working on this job", "Wait for its result")
        try:
            return await (self._look_again(job) if job.given_up else self._fetch_again(job))
        finally:
            newer = self._recorder.history.get(job.id)
            if newer is None or not newer.pending:  # otherwise the supervisor keeps the lease
                await self._recorder.run(lambda: self._leases.release(job.id))

    async def _fetch_again(self, job: Job) -> None:
        await self._downloader.again(job)
        await self._film_watch.look()

    async def _look_again(self, job: Job) -> Trouble | None:
        """Poll the generation if its id is known, else look up the order in the service's log."""
        ask = self._poller.ask_again if job.generation_id else self._recovery.look_again
        if await ask(job):
            return None
        return Trouble("The service still does not know this order", "f looks it up again")
