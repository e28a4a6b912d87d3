"""The work in the background: what the screen and the command line ask for, and what they are told.

The engine knows no screen. It is started on an event loop, announces what happens to its listeners, and is
stopped in order: orders on their way are given time, everything else resumes from disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from wan_tui.api.client import ApiClient
from wan_tui.api.films import FilmClient
from wan_tui.domain.errors import Failure, FilmError, LibraryError
from wan_tui.domain.estimate import TimeLeft, time_left
from wan_tui.domain.events import Event, LibraryLoaded, Link, Listener, Trouble
from wan_tui.domain.ids import new_job_id
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import MODELS, Dialect
from wan_tui.domain.progress import Edited, Withdrawn
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.secret import ApiKey
from wan_tui.engine.caretaker import Caretaker, Worker
from wan_tui.engine.clock import Clock
from wan_tui.engine.downloader import Downloader
from wan_tui.engine.film_watch import FilmWatch
from wan_tui.engine.link import LinkMonitor
from wan_tui.engine.poller import Poller
from wan_tui.engine.prices import Prices
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.recovery import Recovery
from wan_tui.engine.schedule import Schedule
from wan_tui.engine.submitter import Submitter
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.library.index import JobIndex
from wan_tui.library.leases import Leases

FINISH_SECONDS = 12.0
"""What an order on its way is given when the program ends."""

_GIVEN_UP = "It is not tried again by itself: order again when that is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """What an engine is made of; the command line puts it together."""

    history: History
    films: FilmFolder
    leases: Leases
    api: ApiClient
    film_client: FilmClient
    dialect: Dialect
    schedule: Schedule = field(default_factory=Schedule)
    clock: Clock = field(default_factory=Clock)
    salt: str = ""
    """Mixed into key fingerprints, one a library."""
    finish_film: Callable[[Path, Job], None] | None = None
    """Adds to a whole film before it gets its name; called in a thread, its failure leaves the film as it came."""


class Engine:
    """Orders, polls, fetches and remembers."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._listeners: list[Listener] = []
        self._background: set[asyncio.Task[None]] = set()
        self._fetching: set[str] = set()
        self._loaded = asyncio.Event()
        self._unreadable: LibraryError | None = None
        self._stopped = False
        clock, schedule, api = parts.clock, parts.schedule, parts.api
        self._link = LinkMonitor(self._announce, has_key=api.key is not None)
        self._recorder = recorder = Recorder(parts.history, clock, schedule, self._announce)
        self._prices = Prices(api, self._link, schedule, clock, self._announce)
        self._film_watch = FilmWatch(parts.films, parts.history, clock, self._announce)
        self._recovery = Recovery(api, recorder, self._link, schedule, clock, self._announce, parts.salt)
        self._poller = Poller(api, recorder, self._link, schedule, clock)
        self._submitter = Submitter(
            api,
            recorder,
            self._link,
            self._prices,
            self._recovery,
            schedule,
            clock,
            self._announce,
            parts.salt,
        )
        self._downloader = Downloader(
            parts.film_client,
            parts.films,
            api,
            recorder,
            self._link,
            schedule,
            clock,
            self._announce,
            parts.finish_film,
        )
        self._workers: dict[JobState, Worker] = {
            JobState.WAITING: self._submitter,
            JobState.UNCONFIRMED: self._recovery,
            JobState.QUEUED: self._poller,
            JobState.GENERATING: self._poller,
            JobState.COMPLETED: self._downloader,
        }
        self._caretaker = Caretaker(recorder, parts.leases, self._workers, schedule, clock, self._announce)

    # What can be read at any time

    @property
    def now(self) -> Callable[[], datetime]:
        return self._parts.clock.now

    @property
    def index(self) -> JobIndex:
        return self._parts.history.index

    @property
    def link(self) -> Link:
        return self._link.state

    @property
    def balance(self) -> float | None:
        return self._prices.balance

    def price(self, model: str) -> float | None:
        """US dollars for one film; None: unknown."""
        return self._prices.known(model)

    def job(self, job_id: str) -> Job | None:
        return self._parts.history.get(job_id)

    def time_left(self, job: Job, now: datetime) -> TimeLeft | None:
        """How long a running job may still take, by this user's own films of the model; None: nothing to go by."""
        if not job.state.running:
            return None
        elapsed = (now - (job.submitted_at or job.created_at)).total_seconds()
        return time_left(elapsed, self.index.past_durations(job.model))

    def film_exists(self, job: Job) -> bool | None:
        """Whether a saved film is still in its place; None: not looked yet, or not in our folder."""
        return self._film_watch.exists(job)

    def stuck(self, job: Job) -> bool:
        """The job is not settled, but nothing more happens to it by itself: the user is to say."""
        worker = self._workers.get(job.state)
        return worker is not None and worker.delay(job) is None

    # Life

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have ``listener`` called on the event loop with every event; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Begin; returns at once. The history loads in a thread, then the jobs left from before go on."""
        self._spawn(self._run(), "engine")

    async def load(self) -> None:
        """Read the history. By itself it looks after nothing: for a command that orders or asks once.

        Raises LibraryError where it cannot be read.
        """
        if not self._loaded.is_set():
            await self._recorder.run(self._parts.history.load)
            self._unreadable = None
            self._loaded.set()

    async def stop(self) -> None:
        """End in order: an order on its way gets up to 12 s, then the library is closed. Once is enough."""
        if self._stopped:
            return
        self._stopped = True
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._caretaker.stop()
        await self._recovery.stop()
        await self._submitter.finish(FINISH_SECONDS)
        await self._recorder.run(self._clear_up)
        await self._parts.api.aclose()
        await self._parts.film_client.aclose()
        await self._recorder.run(self._parts.leases.release_all)
        await self._recorder.close()

    @property
    def sending(self) -> bool:
        """An order is on its way at this moment, and nobody knows yet what became of it."""
        rows = (self.index.row(job_id) for job_id in self._submitter.sending)
        return any(row is not None and row.state is JobState.SUBMITTING for row in rows)

    # Orders

    async def submit(self, request: GenerationRequest, *, parent: str | None = None) -> Job:
        """Put the order on disk as *waiting* and send it in the background.

        Raises LibraryError where it could not be written: then nothing is ordered.
        """
        if self._unreadable is not None:
            raise self._unreadable
        await self._loaded.wait()
        now = self.now()
        dialect = (
            MODELS[request.model].dialect(self._parts.dialect)
            if request.model in MODELS
            else self._parts.dialect
        )
        job = Job(
            id=new_job_id(now, random.getrandbits(80)),
            state=JobState.WAITING,
            model=request.model,
            parameters=request.parameters,
            endpoint=dialect,
            created_at=now,
            parent=parent,
        )
        leases = self._parts.leases
        await self._recorder.run(lambda: leases.try_acquire(job.id))
        try:
            await self._recorder.add(job)
        except LibraryError:
            await self._recorder.run(lambda: leases.release(job.id))
            raise
        self._caretaker.take(job.id)
        return job

    async def withdraw(self, job_id: str) -> Job:
        """Take an order back that has not been sent; any other job stays as it is."""
        return await self._take_back(job_id, None)

    async def give_up(self, job_id: str) -> Job:
        """End an order that could not be sent, with the reason as its error; any other job stays as it is."""
        job = self.job(job_id)
        failure = job.problem if job else None
        return await self._take_back(job_id, failure and replace(failure, next_step=_GIVEN_UP))

    async def follow(self, job_id: str, on: bool) -> Job:
        """Stop (or begin again) to ask about a job. The service goes on with it either way."""
        job = await self._recorder.record(job_id, Edited(followed=on))
        self._caretaker.nudge(job_id)
        return job

    async def star(self, job_ids: Sequence[str], on: bool) -> None:
        await self._recorder.record_all([(job_id, Edited(starred=on)) for job_id in job_ids])

    async def trash(self, job_ids: Sequence[str], on: bool) -> None:
        """Move jobs to the trash or back. Their films stay where they are."""
        await self._recorder.record_all([(job_id, Edited(trashed=on)) for job_id in job_ids])

    async def fetch_again(self, job_id: str) -> None:
        """Do now what the job waits for; fetch a film again that is missing while its link lives."""
        job = self.job(job_id)
        if job is None:
            return
        self._submitter.urge(job_id)
        if self.link is Link.KEY_REFUSED:
            await self._prices.refresh_balance()
        if job.state in (JobState.SAVED, JobState.EXPIRED):
            self._spawn(self._fetch_again(job), f"fetch {job_id}")
        else:
            self._caretaker.nudge(job_id)

    async def refresh(self) -> None:
        """Ask about everything now."""
        await self._prices.refresh_balance()
        self._caretaker.nudge_all()

    # Keys

    async def test_key(self, key: ApiKey) -> float | None:
        """Try a key on the balance; returns it in US dollars. Raises ServiceError kinds."""
        probe = ApiClient(self._parts.api.base_url, key)
        try:
            return await probe.balance()
        finally:
            await probe.aclose()

    def use_key(self, key: ApiKey) -> None:
        """Go on with this key; everything that waited for one does."""
        self._parts.api.key = key
        self._link.key_given()
        for job_id in self.index.pending():
            self._submitter.urge(job_id)
        self._caretaker.nudge_all()
        self._spawn(self._prices.refresh_balance(), "balance")

    # One pass, for the command line

    async def sync_once(self) -> None:
        """Ask once about every pending job, look once for those in doubt, fetch what is finished.

        A key that is refused ends it.
        """
        refused = asyncio.create_task(self._link.key_gone())
        passes = asyncio.create_task(self._sync_all())
        await asyncio.wait([passes, refused], return_when=asyncio.FIRST_COMPLETED)
        refused.cancel()
        passes.cancel()
        await asyncio.gather(passes, refused, return_exceptions=True)

    async def _sync_all(self) -> None:
        await asyncio.gather(*(self._sync(job_id) for job_id in self.index.pending()))

    async def _sync(self, job_id: str) -> None:
        mine = await self._recorder.run(lambda: self._parts.leases.try_acquire(job_id))
        if mine:
            # Its last keeper may have done more than we know.
            await self._caretaker.take_in_foreign_changes()
        job = self.job(job_id)
        for _ in range(4):  # sent, found, completed, fetched: each leads to the next
            if job is None or not job.pending or not (mine or job.state.running):
                return
            before = job.state
            await self._caretaker.step_now(job)
            job = self.job(job_id)
            if job is None or job.state is before:
                return

    # Inside

    async def _run(self) -> None:
        history = self._parts.history
        await self._insist_on_loading()
        self._poller.resuming(len(self.index.pending()))
        await asyncio.to_thread(self._clear_up)
        self._announce(LibraryLoaded(len(self.index), tuple(history.health.sentences())))
        self._spawn(self._caretaker.run(), "caretaker")
        self._spawn(self._prices.run(), "account")
        self._spawn(self._prices.regain_key(), "key")
        self._spawn(self._film_watch.run(), "films")
        self._spawn(self._recorder.keep_tidy(), "tidy")
        self._spawn(self._renew_connections(), "connections")

    async def _insist_on_loading(self) -> None:
        """A history that cannot be read is told once, and tried again: a disk may come back."""
        for failures in itertools.count(1):
            try:
                await self.load()
                return
            except LibraryError as error:
                if self._unreadable is None:
                    self._announce(Trouble(error.message, error.next_step))
                self._unreadable = error
                await self._parts.clock.sleep(self._parts.schedule.backoff(failures))

    def _clear_up(self) -> None:
        """Remove what dead processes, or tasks cut short, left behind: lock files, parts of films that are saved."""
        with contextlib.suppress(LibraryError, FilmError):
            self._parts.leases.sweep()
            self._parts.films.sweep(
                lambda job_id: (row := self.index.row(job_id)) is not None and bool(row.saved_at)
            )

    async def _take_back(self, job_id: str, failure: Failure | None) -> Job:
        job = await self._recorder.record(job_id, Withdrawn(failure))
        self._caretaker.nudge(job_id)
        return job

    async def _fetch_again(self, job: Job) -> None:
        """Under the job's lease, and once at a time: two at one film would write into each other's bytes."""
        if job.id in self._fetching:
            return
        self._fetching.add(job.id)
        leases = self._parts.leases
        try:
            if await self._recorder.run(lambda: leases.try_acquire(job.id)):
                await self._downloader.again(job)
                await self._film_watch.look()
                newer = self.job(job.id)
                if newer is None or not newer.pending:  # else its caretaker goes on with the lease
                    await self._recorder.run(lambda: leases.release(job.id))
        except LibraryError as error:
            self._announce(Trouble(error.message, error.next_step))
        finally:
            self._fetching.discard(job.id)

    async def _renew_connections(self) -> None:
        while True:
            await self._caretaker.woke_up.wait()
            self._caretaker.woke_up.clear()
            await self._parts.api.drop_idle_connections()
            self._caretaker.nudge_all()

    def _announce(self, event: Event) -> None:
        self._film_watch.notice(event)
        for listener in tuple(self._listeners):
            listener(event)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
