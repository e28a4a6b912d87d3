"""Wires the engine's components together."""

from __future__ import annotations

from wan_tui.domain.events import Listener
from wan_tui.domain.job import JobState
from wan_tui.engine.completed import Completed
from wan_tui.engine.connection_monitor import ConnectionMonitor
from wan_tui.engine.context import EngineContext
from wan_tui.engine.dead_links import DeadLinks
from wan_tui.engine.dependencies import EngineDependencies
from wan_tui.engine.downloader import Downloader
from wan_tui.engine.film_watch import FilmWatch
from wan_tui.engine.fingerprints import Fingerprints
from wan_tui.engine.job_supervisor import JobSupervisor, Worker
from wan_tui.engine.manual_retry import ManualRetry
from wan_tui.engine.order_checks import OrderChecks
from wan_tui.engine.poller import Poller
from wan_tui.engine.prices import Prices
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.recovery import Recovery
from wan_tui.engine.send_guard import SendGuard
from wan_tui.engine.submitter import Submitter
from wan_tui.engine.sync import Sync


class Components:
    """The components of an engine; their events go to ``announce``."""

    def __init__(self, needs: EngineDependencies, announce: Listener) -> None:
        clock, schedule, api = needs.clock, needs.schedule, needs.api
        self.fingerprints = Fingerprints(api, needs.salt)
        self.connection = ConnectionMonitor(announce, has_key=api.key is not None)
        self.recorder = Recorder(needs.history, clock, schedule, announce)
        context = EngineContext(
            api=api,
            recorder=self.recorder,
            leases=needs.leases,
            connection=self.connection,
            fingerprints=self.fingerprints,
            schedule=schedule,
            clock=clock,
            announce=announce,
            instance=needs.instance,
        )
        self.prices = Prices(api, self.connection, schedule, clock, announce)
        self.film_watch = FilmWatch((needs.films, *needs.older_films), needs.history, clock, announce)
        self.recovery = Recovery(context)
        self.poller = Poller(context, self.recovery)
        self.submitter = Submitter(
            context,
            self.prices,
            OrderChecks(self.prices, needs.films.folder, needs.history.folder),
            SendGuard(context, self.recovery),
            needs.spending_off,
        )
        self.downloader = Downloader(
            context, needs.film_client, needs.films, DeadLinks(context), needs.finish_film
        )
        self.workers: dict[JobState, Worker] = {
            JobState.WAITING: self.submitter,
            JobState.UNCONFIRMED: self.recovery,
            JobState.QUEUED: self.poller,
            JobState.GENERATING: self.poller,
            JobState.COMPLETED: Completed(self.poller, self.downloader),
        }
        self.supervisor = JobSupervisor(context, self.workers)
        self.sync = Sync(context, self.supervisor)
        self.manual_retry = ManualRetry(
            context, self.supervisor, self.recovery, self.poller, self.downloader, self.film_watch
        )
