"""Fetches finished films: resumes partial downloads, verifies them, and gives only complete films their final name.

Refused links are handled in ``dead_links.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from wan_tui.api.film_client import FilmClient
from wan_tui.api.film_stream import FilmStream
from wan_tui.domain.crashpoints import crash_point
from wan_tui.domain.errors import (
    DiskFull,
    Failure,
    FilmError,
    FilmFolderUnusable,
    LinkDead,
    LinkRefused,
    Money,
    NotAFilm,
    ServiceError,
    Unavailable,
)
from wan_tui.domain.events import DownloadProgress, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.mp4_layout import CutOff
from wan_tui.domain.observations import Blocked, FilmSaved, LinkExpired, StatusReport
from wan_tui.engine.context import EngineContext
from wan_tui.engine.dead_links import EXPIRED, DeadLinks, LinkAnswer, expired, still_trying
from wan_tui.engine.fresh_bytes import another_film, fresh_bytes
from wan_tui.engine.threads import held_in_thread, in_thread
from wan_tui.library.films import FilmFolder
from wan_tui.library.partfile import Beside, FinishFilm, PartFile

_OPEN_DOWNLOADS = 2
_MOST_BROKEN = 5
"""Attempts after which a body that is not a film is fetched again only on request."""
_USERS_TURN = "f in the studio fetches it again; the job is kept"
_PROGRESS_SECONDS = 0.25


class Downloader:
    """Moves jobs from *completed* to *saved* or *expired*."""

    def __init__(
        self,
        context: EngineContext,
        film_client: FilmClient,
        films: FilmFolder,
        links: DeadLinks,
        finish_film: Callable[[Path, Job], Beside | None] | None = None,
    ) -> None:
        self._film_client = film_client
        self._films = films
        self._links = links
        self._recorder = context.recorder
        self._connection = context.connection
        self._schedule = context.schedule
        self._clock = context.clock
        self._announce = context.announce
        self._finish_film = finish_film
        self._open = asyncio.Semaphore(_OPEN_DOWNLOADS)
        self._failures: dict[str, int] = {}
        self._broken: dict[str, int] = {}
        self._tried: dict[str, float] = {}
        """Seconds of failed retries of a job's link, over all runs."""
        self._stopped_at: dict[str, int] = {}
        """Offset at which a job's last download broke off."""

    def delay(self, job: Job) -> float | None:
        """Seconds until the next attempt; None: only on request."""
        if self._broken.get(job.id, 0) >= _MOST_BROKEN:
            return None
        if (wait := self._links.wait(job.id)) is not None:
            return wait
        failures = self._failures.get(job.id, 0)
        return self._schedule.backoff(failures) if failures else 0.0

    async def again(self, job: Job) -> None:
        """Fetch a film again that is missing or whose link had expired."""
        self._broken.pop(job.id, None)
        await self.step(job)
        newer = self._recorder.history.get(job.id)
        if newer is not None and newer.state is JobState.SAVED and newer.video_url != job.video_url:
            await self.step(newer)

    async def step(self, job: Job) -> None:
        """Try once. The host is always asked, since our clock cannot tell whether a link has expired."""
        try:
            if job.video_url is None:
                await self._find_link(job)
                return
            async with self._open:
                await self._fetch(job)
            self._forget(job.id)
        except LinkDead as error:
            await self._refused(job, error)
        except ServiceError as error:
            await self._failed(job, _for_now(job, error))
        except FilmError as error:
            await self._hindered(job, error)

    def _forget(self, job_id: str) -> None:
        """Reset the failure counts of the job."""
        for known in (self._failures, self._broken, self._stopped_at):
            known.pop(job_id, None)
        self._tried.pop(job_id, None)
        self._links.forget(job_id)

    async def _fetch(self, job: Job) -> None:
        path = await in_thread(self._films.adopt, job, self._finisher(job)) or await self._download(job)
        if path is not None:
            size = (await in_thread(path.stat)).st_size
            await self._recorder.record(job.id, FilmSaved(str(path), size))
            crash_point("after-saved")
        await in_thread(self._films.forget, job)

    async def _download(self, job: Job) -> Path | None:
        """Fetch the film; None if another process saved it meanwhile."""
        async with held_in_thread(partial(self._films.open_part, job), PartFile.close) as part:
            if (named := await in_thread(part.named)) is not None:
                return named
            # The previous owner of the part records the film before it releases the part.
            newest = await self._recorder.latest(job.id)
            if newest is not None and newest.state is JobState.SAVED and not job.state.settled:
                return None
            return await self._into(part, job)

    async def _into(self, part: PartFile, job: Job) -> Path:
        try:
            crash_point("before-download")
            async with self._film_client.open(
                job.video_url or "", start=part.resume_at, etag=part.etag, modified=part.modified
            ) as stream:
                length = await self._receive(job, part, stream)
            crash_point("before-rename")
            return await self._finish(part, job, length)
        except LinkDead:
            self._tried[job.id] = await in_thread(part.refused_for, self._links.refused(job.id))
            raise
        except Unavailable:
            if not await self._all_came(job, part):
                raise
            return await self._finish(part, job, part.offset)
        except NotAFilm as error:
            await self._start_over(job, part, error)
            raise

    async def _finish(self, part: PartFile, job: Job, length: int | None) -> Path:
        film = await in_thread(part.finish, length, self._finisher(job))
        if part.notice:
            self._announce(Trouble(part.notice))
        return film

    async def _all_came(self, job: Job, part: PartFile) -> bool:
        """Whether the download broke off twice at the same byte and is complete: the host sent a wrong length."""
        before, self._stopped_at[job.id] = self._stopped_at.get(job.id), part.offset
        return part.offset > 0 and before == part.offset and await in_thread(part.is_whole)

    async def _start_over(self, job: Job, part: PartFile, error: NotAFilm) -> None:
        broken = self._broken.get(job.id, 0)
        if broken + 1 >= _MOST_BROKEN:
            await in_thread(part.keep_broken)
        elif isinstance(error, CutOff) and part.offset > 0 and broken % 2 == 0:
            await in_thread(part.expect_more)  # the host sent too short a length: there may be more
        else:
            await in_thread(part.restart)

    def _finisher(self, job: Job) -> FinishFilm | None:
        finish = self._finish_film
        return (lambda file: finish(file, job)) if finish else None

    async def _receive(self, job: Job, part: PartFile, stream: FilmStream) -> int | None:
        """Write the bytes to the part; returns the film's length if the host sent it."""
        same = (stream.status == 206 and None in (part.total, stream.total)) or part.total == stream.total
        if stream.status == 416 or (stream.status == 206 and not same):
            if stream.total == part.offset or await in_thread(part.is_whole):
                return part.offset
            raise another_film()
        shown = self._clock.monotonic()
        async for chunk in fresh_bytes(part, stream):
            await in_thread(part.write, chunk)
            if (now := self._clock.monotonic()) - shown >= _PROGRESS_SECONDS:
                shown = now
                self._announce(DownloadProgress(job.id, part.offset, stream.total))
        return stream.total

    async def _find_link(self, job: Job) -> None:
        """Ask for the link of a film that is made."""
        await self._connection.key_ready()
        answer = await self._links.ask(job)
        if answer is not LinkAnswer.NOT_ASKED:
            await self._answered(job, answer, expired(job))

    async def _refused(self, job: Job, error: LinkDead) -> None:
        """The host refused the link: retry as long as it may be valid."""
        answer: LinkAnswer | StatusReport = LinkAnswer.NOT_ASKED
        tried = self._tried.get(job.id, 0.0)
        over = self._links.is_expired(job, error.host_time, tried)
        if self._links.should_ask(job) or (over and self._connection.key_usable):
            with suppress(ServiceError):
                answer = await self._links.ask(job)
            over = self._links.is_expired(job, error.host_time, tried)
        await self._answered(job, answer, expired(job) if over else still_trying(job, error))

    async def _answered(self, job: Job, answer: LinkAnswer | StatusReport, failure: Failure) -> None:
        if isinstance(answer, StatusReport):
            await self._recorder.record(job.id, answer)
        elif job.state is not JobState.COMPLETED:
            self._announce(Trouble(failure.message, failure.next_step))
        elif failure.code == EXPIRED and answer is LinkAnswer.NO_OTHER:
            await self._recorder.record(job.id, LinkExpired(failure))
        else:
            await self._recorder.record(job.id, Blocked(failure))

    async def _hindered(self, job: Job, error: FilmError) -> None:
        broken = self._broken.get(job.id, 0)
        if isinstance(error, NotAFilm):
            broken += 1
        elif isinstance(error, LinkRefused):
            broken = _MOST_BROKEN
        failure = error.failure()
        if broken >= _MOST_BROKEN or (job.state.settled and isinstance(error, NotAFilm | DiskFull)):
            # If a setting would allow the link, keep the message that names it.
            named = isinstance(error, LinkRefused) and "config.toml" in error.next_step
            failure = failure if named else replace(failure, next_step=_USERS_TURN)
        vain = isinstance(error, DiskFull | FilmFolderUnusable)
        await self._failed(job, failure, least=vain, broken=broken)

    async def _failed(
        self, job: Job, failure: Failure, *, least: bool = False, broken: int | None = None
    ) -> None:
        """Record a failure. ``least``: an immediate retry is pointless.

        ``broken``: number of bodies in a row that were not a film.
        """
        self._failures[job.id] = self._failures.get(job.id, 0) + (4 if least else 1)

        def count() -> None:
            if broken is not None:
                self._broken[job.id] = broken

        if job.state is JobState.COMPLETED:
            # Count only once it is on disk: after the last retry no older reason must be shown.
            await self._recorder.record(job.id, Blocked(failure), then=count)
        else:
            count()
            self._announce(Trouble(failure.message, failure.next_step))


def _for_now(job: Job, error: ServiceError) -> Failure:
    """The failure of a download attempt; a settled job is not retried automatically."""
    next_step = _USERS_TURN if job.state.settled else "Retrying automatically"
    return Failure(error.code, error.message, Money.CHARGED, next_step)
