"""All who work in an engine, and who of them works with whom."""

from __future__ import annotations

from wan_tui.domain.events import Listener
from wan_tui.domain.job import JobState
from wan_tui.engine.completed import Completed
from wan_tui.engine.connection_monitor import ConnectionMonitor
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
    """Made of an engine's parts; whatever they have to tell goes to ``announce``."""

    def __init__(self, parts: EngineDependencies, announce: Listener) -> None:
        clock, schedule, api, instance = parts.clock, parts.schedule, parts.api, parts.instance
        self.fingerprints = fingerprints = Fingerprints(api, parts.salt)
        self.connection = connection = ConnectionMonitor(announce, has_key=api.key is not None)
        self.recorder = recorder = Recorder(parts.history, clock, schedule, announce)
        self.prices = Prices(api, connection, schedule, clock, announce)
        self.film_watch = FilmWatch((parts.films, *parts.older_films), parts.history, clock, announce)
        self.recovery = Recovery(
            api, recorder, parts.leases, connection, schedule, clock, announce, fingerprints, instance
        )
        self.poller = Poller(api, recorder, connection, self.recovery, fingerprints, schedule, clock)
        self.submitter = Submitter(
            api,
            recorder,
            connection,
            self.prices,
            OrderChecks(self.prices, parts.films.folder, parts.history.folder),
            SendGuard(instance, self.recovery, fingerprints, connection, schedule, clock),
            fingerprints,
            schedule,
            clock,
            announce,
            instance,
            parts.spending_off,
        )
        self.downloader = Downloader(
            parts.film_client,
            parts.films,
            DeadLinks(api, connection, fingerprints, schedule, clock),
            recorder,
            connection,
            schedule,
            clock,
            announce,
            parts.finish_film,
        )
        self.workers: dict[JobState, Worker] = {
            JobState.WAITING: self.submitter,
            JobState.UNCONFIRMED: self.recovery,
            JobState.QUEUED: self.poller,
            JobState.GENERATING: self.poller,
            JobState.COMPLETED: Completed(self.poller, self.downloader),
        }
        self.supervisor = JobSupervisor(recorder, parts.leases, self.workers, schedule, clock, announce)
        self.sync = Sync(recorder, parts.leases, self.supervisor, connection, clock)
        self.manual_retry = ManualRetry(
            recorder,
            parts.leases,
            self.supervisor,
            self.recovery,
            self.poller,
            self.downloader,
            self.film_watch,
            announce,
        )
