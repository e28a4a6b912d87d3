"""Fetching finished films: resumed where they broke off, verified, and named only when whole.

A link that has died is asked for once more at the service before the film is given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from wan_tui.api.client import ApiClient
from wan_tui.api.films import FilmClient, FilmStream
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
    NotFound,
    ServiceError,
    Unauthorized,
)
from wan_tui.domain.events import DownloadProgress, Listener, Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import Hindered, Kept, LinkExpired
from wan_tui.engine.clock import Clock
from wan_tui.engine.link import LinkMonitor
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.schedule import MINUTE, Schedule
from wan_tui.engine.threads import in_thread
from wan_tui.library.films import FilmFolder
from wan_tui.library.partfile import PartFile

_OPEN_DOWNLOADS = 2
_MOST_BROKEN = 5
"""Times a body that is no film is fetched again before the user is asked."""
_USERS_TURN = "In the studio f fetches it again; the job is kept"
_PROGRESS_SECONDS = 0.25


class Downloader:
    """Takes jobs from *completed* to *saved* or *expired*."""

    def __init__(
        self,
        film_client: FilmClient,
        films: FilmFolder,
        api: ApiClient,
        recorder: Recorder,
        link: LinkMonitor,
        schedule: Schedule,
        clock: Clock,
        announce: Listener,
        finish_film: Callable[[Path, Job], None] | None = None,
    ) -> None:
        self._film_client = film_client
        self._films = films
        self._api = api
        self._recorder = recorder
        self._link = link
        self._schedule = schedule
        self._clock = clock
        self._announce = announce
        self._finish_film = finish_film
        self._open = asyncio.Semaphore(_OPEN_DOWNLOADS)
        self._failures: dict[str, int] = {}
        self._broken: dict[str, int] = {}

    def delay(self, job: Job) -> float | None:
        """Seconds until the next try; None: the user is to say."""
        if self._broken.get(job.id, 0) >= _MOST_BROKEN:
            return None
        failures = self._failures.get(job.id, 0)
        return self._schedule.backoff(failures) if failures else 0.0

    async def again(self, job: Job) -> None:
        """Fetch a film that is missing, or whose link had died, once more."""
        self._broken.pop(job.id, None)
        await self.step(job)
        newer = self._recorder.history.get(job.id)
        if newer is not None and newer.state is JobState.SAVED and newer.video_url != job.video_url:
            await self.step(newer)

    async def step(self, job: Job) -> None:
        """Try once, as far as it goes."""
        try:
            if self._link_is_over(job):
                await self._renew_link(job)
            else:
                async with self._open:
                    await self._fetch(job)
            self._failures.pop(job.id, None)
            self._broken.pop(job.id, None)
        except LinkDead:
            # A new link may be dead as well: it is tried after a wait.
            self._failures[job.id] = self._failures.get(job.id, 0) + 1
            await self._renew_link(job)
        except ServiceError as error:
            await self._failed(job, _for_now(job, error))
        except FilmError as error:
            await self._hindered(job, error)

    async def _fetch(self, job: Job) -> None:
        path = await in_thread(self._films.adopt, job, self._finisher(job)) or await self._download(job)
        size = (await in_thread(path.stat)).st_size
        await self._recorder.record(job.id, Kept(str(path), size))
        crash_point("after-saved")
        await in_thread(self._films.forget, job)

    async def _download(self, job: Job) -> Path:
        part = await in_thread(self._films.open_part, job)
        try:
            crash_point("before-download")
            async with self._film_client.open(
                job.video_url or "", start=part.offset, etag=part.etag
            ) as stream:
                await self._receive(job, part, stream)
            crash_point("before-rename")
            return await in_thread(part.finish, stream.total, self._finisher(job))
        except NotAFilm:
            if self._broken.get(job.id, 0) + 1 >= _MOST_BROKEN:
                await in_thread(part.keep_broken)
            else:
                await in_thread(part.restart)
            raise
        finally:
            await in_thread(part.close)

    def _finisher(self, job: Job) -> Callable[[Path], None] | None:
        finish = self._finish_film
        return (lambda file: finish(file, job)) if finish else None

    async def _receive(self, job: Job, part: PartFile, stream: FilmStream) -> None:
        if stream.status == 416:
            if stream.total == part.offset:
                return
            raise NotAFilm(
                "The film host no longer has the part that was missing; it is fetched from the start"
            )
        if stream.start != part.offset:
            await in_thread(part.restart)
        await in_thread(part.describe, stream.total, stream.etag)
        shown = self._clock.monotonic()
        async for chunk in stream.chunks():
            await in_thread(part.write, chunk)
            if (now := self._clock.monotonic()) - shown >= _PROGRESS_SECONDS:
                shown = now
                self._announce(DownloadProgress(job.id, part.offset, stream.total))

    async def _renew_link(self, job: Job) -> None:
        """The link is dead: one fresh question, then a new link or the end.

        It may wait for a key, so no download's turn is held meanwhile: other links go on dying.
        """
        await self._link.key_ready()
        try:
            report = await self._api.fetch(job.generation_id or "", job.endpoint)
        except NotFound:
            report = None
        except Unauthorized as error:
            self._link.key_refused(error)
            return
        except ServiceError as error:
            await self._failed(job, _for_now(job, error))
            return
        if report is not None and report.video_url not in (None, job.video_url):
            await self._recorder.record(job.id, report)
            return
        if job.state is JobState.COMPLETED:
            await self._recorder.record(job.id, LinkExpired(_expired(job)))
        else:
            self._announce(Trouble(_expired(job).message, _expired(job).next_step))

    async def _hindered(self, job: Job, error: FilmError) -> None:
        broken = self._broken.get(job.id, 0)
        if isinstance(error, NotAFilm):
            broken += 1
        elif isinstance(error, LinkRefused):
            broken = _MOST_BROKEN
        failure = error.failure()
        if broken >= _MOST_BROKEN or (job.state.settled and isinstance(error, NotAFilm | DiskFull)):
            failure = replace(failure, next_step=_USERS_TURN)
        vain = isinstance(error, DiskFull | FilmFolderUnusable)
        await self._failed(job, failure, least=vain, broken=broken)

    async def _failed(
        self, job: Job, failure: Failure, *, least: bool = False, broken: int | None = None
    ) -> None:
        """Remember why it did not work; ``least``: trying at once again would be in vain.

        ``broken``: how many times in a row what came was no film.
        """
        self._failures[job.id] = self._failures.get(job.id, 0) + (4 if least else 1)

        def count() -> None:
            if broken is not None:
                self._broken[job.id] = broken

        if job.state is JobState.COMPLETED:
            # Counted once it is on disk: it may be the user's turn then, and an older reason would be told.
            await self._recorder.record(job.id, Hindered(failure), then=count)
        else:
            count()
            self._announce(Trouble(failure.message, failure.next_step))

    def _link_is_over(self, job: Job) -> bool:
        if job.video_url is None:
            return True
        if job.url_expires_at is None:
            return False
        # A link tried in vain costs one answer, one given up too early a film.
        now = self._clock.earlier_now(self._api.clock_offset)
        return now > job.url_expires_at + timedelta(seconds=MINUTE)


def _for_now(job: Job, error: ServiceError) -> Failure:
    """What keeps the film away for now; with a settled job nobody goes on but the one who asked."""
    next_step = _USERS_TURN if job.state.settled else "It goes on by itself"
    return Failure(error.code, error.message, Money.CHARGED, next_step)


def _expired(job: Job) -> Failure:
    return Failure(
        "expired",
        "The link to the film has expired and the service gives no other",
        Money.CHARGED,
        f"Ask the service's support about {job.generation_id}",
        job.request_id,
    )
