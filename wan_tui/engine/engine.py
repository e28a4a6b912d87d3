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
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from wan_tui.api.client import ApiClient
from wan_tui.domain.errors import Failure, FilmError, LibraryError
from wan_tui.domain.events import Connection, Event, LibraryLoaded, Listener, Trouble
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.ids import new_job_id
from wan_tui.domain.index import JobIndex
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.observations import Edited, Withdrawn
from wan_tui.domain.parameters import MODELS
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.time_left import TimeLeft, time_left
from wan_tui.engine.components import Components
from wan_tui.engine.dependencies import EngineDependencies

FINISH_SECONDS = 12.0
"""What an order on its way is given when the program ends."""

_GIVEN_UP = "It is not tried again by itself: order again when that is over"


class Engine:
    """Orders, polls, fetches and remembers."""

    def __init__(self, parts: EngineDependencies) -> None:
        self._parts = parts
        self._listeners: list[Listener] = []
        self._background: set[asyncio.Task[object]] = set()
        self._loaded = asyncio.Event()
        self._unreadable: LibraryError | None = None
        self._stopped = False
        self._components = Components(parts, self._announce)

    # What can be read at any time

    @property
    def now(self) -> Callable[[], datetime]:
        return self._parts.clock.now

    @property
    def instance(self) -> str:
        """What tells the orders of this process from those of any other."""
        return self._parts.instance

    @property
    def index(self) -> JobIndex:
        return self._parts.history.index

    @property
    def connection(self) -> Connection:
        return self._components.connection.state

    @property
    def unwritten(self) -> Failure | None:
        """Why the disk takes nothing at this moment, while something waits to be written; None: it does."""
        return self._components.recorder.unwritten

    @property
    def balance(self) -> float | None:
        return self._components.prices.balance

    def price(self, model: str) -> float | None:
        """US dollars for one film; None: unknown."""
        return self._components.prices.known(model)

    def job(self, job_id: str) -> Job | None:
        return self._parts.history.get(job_id)

    def time_left(self, job: Job, now: datetime) -> TimeLeft | None:
        """How long a running job may still take, by this user's own films of the model; None: nothing to go by."""
        if not job.state.running:
            return None
        elapsed = (now - (job.submitted_at or job.created_at)).total_seconds()
        return time_left(elapsed, self.index.past_durations(job.model))

    def film_state(self, job: Job) -> FilmState | None:
        """What became of a saved film; None: not looked yet, or not in our folder."""
        return self._components.film_watch.state(job)

    def report_spoiled(self, film: Path) -> None:
        """Who tried to show this file found it damaged: ``film_state`` tells so until the file is another one."""
        self._spawn(self._components.film_watch.add_spoiled(film), "spoiled film")

    @property
    def crowded_round(self) -> float | None:
        """Seconds between two questions about one job, where there are so many that it takes long; else None."""
        return self._parts.schedule.crowded_round(self._components.supervisor.cares_for)

    def stuck(self, job: Job) -> bool:
        """The job is not settled, but nothing more happens to it by itself: the user is to say."""
        return self._components.supervisor.delay(job) is None

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
            await self._components.recorder.run(self._parts.history.load)
            self._unreadable = None
            self._loaded.set()
            self._spawn(self._components.prices.regain_key(), "key")

    async def stop(self) -> None:
        """End in order: an order on its way gets up to 12 s, then the library is closed. Once is enough."""
        if self._stopped:
            return
        self._stopped = True
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._components.supervisor.stop()
        await self._components.recovery.stop()
        await self._components.submitter.finish(FINISH_SECONDS)
        await self._components.recorder.run(self._clear_up)
        await self._parts.api.aclose()
        await self._parts.film_client.aclose()
        await self._components.recorder.run(self._parts.leases.release_all)
        await self._components.recorder.close()

    @property
    def sending(self) -> bool:
        """An order is on its way at this moment, and nobody knows yet what became of it."""
        rows = (self.index.row(job_id) for job_id in self._components.submitter.sending)
        return any(row is not None and row.state is JobState.SUBMITTING for row in rows)

    # Orders

    async def submit(self, request: GenerationRequest, *, parent: str | None = None) -> Job:
        """Put the order on disk as *waiting* and send it in the background.

        Raises LibraryError where it could not be written, and SpendingOff where nothing may be ordered in this run:
        then nothing is ordered.
        """
        if self._parts.spending_off is not None:
            raise self._parts.spending_off
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
            key_fingerprint=self._components.fingerprints.current(),
            parent=parent,
        )
        leases = self._parts.leases
        await self._components.recorder.run(lambda: leases.try_acquire(job.id))
        try:
            await self._components.recorder.add(job)
        except LibraryError:
            await self._components.recorder.run(lambda: leases.release(job.id))
            raise
        self._components.submitter.made_here(job.id)
        self._components.supervisor.take(job.id)
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
        job = await self._components.recorder.record(job_id, Edited(followed=on))
        self._components.supervisor.nudge(job_id)
        return job

    async def star(self, job_ids: Sequence[str], on: bool) -> None:
        await self._components.recorder.record_all([(job_id, Edited(starred=on)) for job_id in job_ids])

    async def trash(self, job_ids: Sequence[str], on: bool) -> None:
        """Move jobs to the trash or back. Their films stay where they are."""
        await self._components.recorder.record_all([(job_id, Edited(trashed=on)) for job_id in job_ids])

    async def try_again(self, job_id: str) -> None:
        """Do now what the job waits for; where it is settled without a film here, look for that once more."""
        job = self.job(job_id)
        if job is None:
            return
        self._components.submitter.insist(job)
        if self.connection is Connection.KEY_REFUSED:
            await self._components.prices.refresh_balance()
        if job.state in (JobState.SAVED, JobState.EXPIRED) or job.given_up:
            self._spawn(self._components.manual_retry.run(job), f"manual retry {job_id}")
        else:
            self._components.supervisor.nudge(job_id)

    async def refresh(self) -> None:
        """Ask about everything now."""
        await self._components.prices.refresh_balance()
        self._components.supervisor.nudge_all()

    # Keys

    async def test_key(self, key: ApiKey) -> float | None:
        """Try a key on the balance; returns it in US dollars. Raises ServiceError kinds."""
        probe = ApiClient(self._parts.api.base_url, key)
        try:
            return await probe.balance()
        finally:
            await probe.aclose()

    def use_key(self, key: ApiKey) -> None:
        """Go on with this key; everything that waited for one does. Raises SpendingOff where it is not known whom
        a key may be given to."""
        if self._parts.spending_off is not None:
            raise self._parts.spending_off
        self._parts.api.key = key
        self._components.connection.key_given()
        for job_id in self.index.pending():
            self._components.submitter.urge(job_id)
        self._components.supervisor.nudge_all()
        self._spawn(self._components.prices.refresh_balance(), "balance")

    async def sync_once(self) -> None:
        """Move everything that is pending on once, as far as it goes now; a key that is refused ends it."""
        await self._components.sync.once()

    # Inside

    async def _run(self) -> None:
        history = self._parts.history
        await self._insist_on_loading()
        self._components.poller.resuming(len(self.index.pending()))
        await asyncio.to_thread(self._clear_up)
        self._announce(LibraryLoaded(len(self.index), tuple(history.health.sentences())))
        self._spawn(self._components.supervisor.run(), "supervisor")
        self._spawn(self._components.prices.run(), "account")
        self._spawn(self._components.film_watch.run(), "films")
        self._spawn(self._components.recorder.keep_tidy(), "tidy")
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
        job = await self._components.recorder.record(job_id, Withdrawn(failure))
        self._components.supervisor.nudge(job_id)
        return job

    async def _renew_connections(self) -> None:
        while True:
            await self._components.supervisor.woke_up.wait()
            self._components.supervisor.woke_up.clear()
            await self._parts.api.drop_idle_connections()
            self._components.supervisor.nudge_all()

    def _announce(self, event: Event) -> None:
        self._components.film_watch.notice(event)
        self._components.prices.notice(event)
        for listener in tuple(self._listeners):
            listener(event)

    def _spawn(self, work: Coroutine[Any, Any, object], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
