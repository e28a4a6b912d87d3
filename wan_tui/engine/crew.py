"""All who work in an engine, and who of them works with whom."""

from __future__ import annotations

from wan_tui.domain.events import Listener
from wan_tui.domain.job import JobState
from wan_tui.engine.caretaker import Caretaker, Worker
from wan_tui.engine.completed import Completed
from wan_tui.engine.dead_links import DeadLinks
from wan_tui.engine.downloader import Downloader
from wan_tui.engine.film_watch import FilmWatch
from wan_tui.engine.fingerprints import Fingerprints
from wan_tui.engine.link import LinkMonitor
from wan_tui.engine.order_checks import OrderChecks
from wan_tui.engine.parts import EngineParts
from wan_tui.engine.poller import Poller
from wan_tui.engine.prices import Prices
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.recovery import Recovery
from wan_tui.engine.second_try import SecondTry
from wan_tui.engine.send_guard import SendGuard
from wan_tui.engine.submitter import Submitter
from wan_tui.engine.sync import Sync


class Crew:
    """Made of an engine's parts; whatever they have to tell goes to ``announce``."""

    def __init__(self, parts: EngineParts, announce: Listener) -> None:
        clock, schedule, api, instance = parts.clock, parts.schedule, parts.api, parts.instance
        self.fingerprints = fingerprints = Fingerprints(api, parts.salt)
        self.link = link = LinkMonitor(announce, has_key=api.key is not None)
        self.recorder = recorder = Recorder(parts.history, clock, schedule, announce)
        self.prices = Prices(api, link, schedule, clock, announce)
        self.film_watch = FilmWatch((parts.films, *parts.older_films), parts.history, clock, announce)
        self.recovery = Recovery(
            api, recorder, parts.leases, link, schedule, clock, announce, fingerprints, instance
        )
        self.poller = Poller(api, recorder, link, self.recovery, fingerprints, schedule, clock)
        self.submitter = Submitter(
            api,
            recorder,
            link,
            self.prices,
            OrderChecks(self.prices, parts.films.folder, parts.history.folder),
            SendGuard(instance, self.recovery, fingerprints, link, schedule, clock),
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
            DeadLinks(api, link, fingerprints, schedule, clock),
            recorder,
            link,
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
        self.caretaker = Caretaker(recorder, parts.leases, self.workers, schedule, clock, announce)
        self.sync = Sync(recorder, parts.leases, self.caretaker, link, clock)
        self.second_try = SecondTry(
            recorder,
            parts.leases,
            self.caretaker,
            self.recovery,
            self.poller,
            self.downloader,
            self.film_watch,
            announce,
        )
