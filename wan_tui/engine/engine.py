"""The background engine, used by the screen and the command line.

It runs on an event loop and announces events to its listeners. On stop it waits for the answers to orders being sent;
everything else resumes from disk at the next start.
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
"""Maximum wait at exit for the answers to orders being sent."""

_GIVEN_UP = "It will not be retried; order again later"


class Engine:
    """Submits orders, polls jobs, fetches films and records everything in the history."""

    def __init__(self, parts: EngineDependencies) -> None:
        self._parts = parts
        self._listeners: list[Listener] = []
        self._background: set[asyncio.Task[object]] = set()
        self._loaded = asyncio.Event()
        self._unreadable: LibraryError | None = None
        self._stopped = False
        self._components = Components(parts, self._announce)

    # State

    @property
    def now(self) -> Callable[[], datetime]:
        return self._parts.clock.now

    def service_now(self) -> datetime:
        """Now by the service's clock as far as it is known: links are dated by it, and ours may be wrong."""
        return self._parts.clock.service_now(self._parts.api.clock_offset)

    @property
    def instance(self) -> str:
        """Id of this process, part of its client ids."""
        return self._parts.instance

    @property
    def index(self) -> JobIndex:
        return self._parts.history.index

    @property
    def connection(self) -> Connection:
        return self._components.connection.state

    @property
    def unwritten(self) -> Failure | None:
        """The current write error while a change waits to be written, else None."""
        return self._components.recorder.unwritten

    @property
    def balance(self) -> float | None:
        return self._components.prices.balance

    def price(self, model: str) -> float | None:
        """Price of one film in US dollars; None if unknown."""
        return self._components.prices.known(model)

    def job(self, job_id: str) -> Job | None:
        return self._parts.history.get(job_id)

    def time_left(self, job: Job, now: datetime) -> TimeLeft | None:
        """Estimated remaining time of a running job, from earlier films of the model; None if unknown."""
        if not job.state.running:
            return None
        elapsed = (now - (job.submitted_at or job.created_at)).total_seconds()
        return time_left(elapsed, self.index.past_durations(job.model))

    def expected(self, model: str) -> TimeLeft | None:
        """How long a film of ``model`` takes from the order on, from earlier ones; None if unknown."""
        return time_left(0.0, self.index.past_durations(model))

    def film_state(self, job: Job) -> FilmState | None:
        """State of a saved film's file; None if not scanned yet or not in our folders."""
        return self._components.film_watch.state(job)

    def report_spoiled(self, film: Path) -> None:
        """A viewer found this file damaged: ``film_state`` is DAMAGED until the file changes."""
        self._spawn(self._components.film_watch.add_spoiled(film), "spoiled film")

    @property
    def crowded_round(self) -> float | None:
        """Seconds between two polls of one job if there are too many for the normal interval, else None."""
        return self._parts.schedule.crowded_round(self._components.supervisor.job_count)

    def stuck(self, job: Job) -> bool:
        """Whether nothing more happens to the job until the user acts."""
        return self._components.supervisor.delay(job) is None

    # Lifecycle

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on the event loop with every event; returns a function that unsubscribes."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Start in the background: load the history in a thread, then resume pending jobs."""
        self._spawn(self._run(), "engine")

    async def load(self) -> None:
        """Load the history without resuming jobs, for commands. Raises LibraryError if it cannot be read."""
        if not self._loaded.is_set():
            await self._components.recorder.run(self._parts.history.load)
            self._unreadable = None
            self._loaded.set()
            self._spawn(self._components.prices.retry_key(), "key")

    async def stop(self) -> None:
        """Wait up to ``FINISH_SECONDS`` for orders being sent, then close the library. May be called twice."""
        if self._stopped:
            return
        self._stopped = True
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._components.supervisor.stop()
        await self._components.recovery.stop()
        await self._components.submitter.finish(FINISH_SECONDS)
        await self._components.recorder.run(self._clean_up)
        await self._parts.api.aclose()
        await self._parts.film_client.aclose()
        await self._components.recorder.run(self._parts.leases.release_all)
        await self._components.recorder.close()

    @property
    def sending(self) -> bool:
        """Whether an order is being sent and its outcome is still unknown."""
        rows = (self.index.row(job_id) for job_id in self._components.submitter.sending)
        return any(row is not None and row.state is JobState.SUBMITTING for row in rows)

    # Orders

    async def submit(self, request: GenerationRequest, *, parent: str | None = None) -> Job:
        """Write the order to disk as *waiting* and send it in the background.

        Raises LibraryError if it could not be written and SpendingOff if ordering is off: nothing is ordered then.
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
        """Withdraw an unsent order; any other job is unchanged."""
        return await self._withdraw(job_id, None)

    async def give_up(self, job_id: str) -> Job:
        """Fail an order that could not be sent, with its problem as the error; any other job is unchanged."""
        job = self.job(job_id)
        failure = job.problem if job else None
        return await self._withdraw(job_id, failure and replace(failure, next_step=_GIVEN_UP))

    async def follow(self, job_id: str, on: bool) -> Job:
        """Stop or resume polling a job. The service makes the film either way."""
        job = await self._components.recorder.record(job_id, Edited(followed=on))
        self._components.supervisor.nudge(job_id)
        return job

    async def star(self, job_ids: Sequence[str], on: bool) -> None:
        await self._components.recorder.record_all([(job_id, Edited(starred=on)) for job_id in job_ids])

    async def trash(self, job_ids: Sequence[str], on: bool) -> None:
        """Move jobs to the trash or back. Their films stay on disk."""
        await self._components.recorder.record_all([(job_id, Edited(trashed=on)) for job_id in job_ids])

    async def try_again(self, job_id: str) -> None:
        """Do the job's next step now; for a settled job fetch a missing film or look up a lost order again."""
        job = self.job(job_id)
        if job is None:
            return
        self._components.submitter.force(job)
        if self.connection is Connection.KEY_REFUSED:
            await self._components.prices.refresh_balance()
        if job.state in (JobState.SAVED, JobState.EXPIRED) or job.given_up:
            self._spawn(self._components.manual_retry.run(job), f"manual retry {job_id}")
        else:
            self._components.supervisor.nudge(job_id)

    async def refresh(self) -> None:
        """Poll everything now."""
        await self._components.prices.refresh_balance()
        self._components.supervisor.nudge_all()

    # Keys

    async def test_key(self, key: ApiKey) -> float | None:
        """Test a key by reading the balance; returns it in US dollars. Raises ServiceError."""
        probe = ApiClient(self._parts.api.base_url, key)
        try:
            return await probe.balance()
        finally:
            await probe.aclose()

    def use_key(self, key: ApiKey) -> None:
        """Use this key and resume everything that waited for one. Raises SpendingOff if the settings do not say which
        service may get the key."""
        if self._parts.spending_off is not None:
            raise self._parts.spending_off
        self._parts.api.key = key
        self._components.connection.key_changed()
        for job_id in self.index.pending():
            self._components.submitter.retry_now(job_id)
        self._components.supervisor.nudge_all()
        self._spawn(self._components.prices.refresh_balance(), "balance")

    async def sync_once(self) -> None:
        """Advance every pending job once as far as possible; ends if the key is refused."""
        await self._components.sync.once()

    # Internals

    async def _run(self) -> None:
        history = self._parts.history
        await self._load_with_retries()
        self._components.poller.resuming(len(self.index.pending()))
        await asyncio.to_thread(self._clean_up)
        self._announce(LibraryLoaded(len(self.index), tuple(history.health.sentences())))
        self._spawn(self._components.supervisor.run(), "supervisor")
        self._spawn(self._components.prices.run(), "account")
        self._spawn(self._components.film_watch.run(), "films")
        self._spawn(self._components.recorder.keep_compacting(), "tidy")
        self._spawn(self._renew_connections(), "connections")

    async def _load_with_retries(self) -> None:
        """Load the history; on an error announce it once and retry, since a disk may come back."""
        for failures in itertools.count(1):
            try:
                await self.load()
                return
            except LibraryError as error:
                if self._unreadable is None:
                    self._announce(Trouble(error.message, error.next_step))
                self._unreadable = error
                await self._parts.clock.sleep(self._parts.schedule.backoff(failures))

    def _clean_up(self) -> None:
        """Remove leftovers of dead processes and cancelled tasks: lock files, part files of saved films."""
        with contextlib.suppress(LibraryError, FilmError):
            self._parts.leases.sweep()
            self._parts.films.sweep(
                lambda job_id: (row := self.index.row(job_id)) is not None and bool(row.saved_at)
            )

    async def _withdraw(self, job_id: str, failure: Failure | None) -> Job:
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
