"""The pane with list and details, and the keys that act on jobs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.events import Event
from wan_tui.domain.job import Job, JobState
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui import job_rules
from wan_tui.ui.formatting import count
from wan_tui.ui.job_rules import Question
from wan_tui.ui.messages import EditRequested, JobHighlighted, OrderPlaced
from wan_tui.ui.reaching_out import Reach
from wan_tui.ui.screens.confirm import Confirm
from wan_tui.ui.screens.copy_menu import Copyable, CopyMenu, copyables
from wan_tui.ui.widgets.job_details import JobDetails
from wan_tui.ui.widgets.job_list import JobList
from wan_tui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from wan_tui.engine import Engine
    from wan_tui.settings import Settings

_ACTIONS = ("open", "copy", "edit", "again", "withdraw", "fetch", "trash", "undo", "star", "refresh")
ONE_ORDER = 2.0
"""Seconds in which the same job is ordered again only once: a key held down is not many orders."""


class JobPane(Container):
    """Holds JobList (``#jobs``) and JobDetails (``#details``), and the bindings that act on jobs.

    Actions act on all marked jobs, or on the one under the cursor. JobOpened, EditRequested, OrderPlaced and
    FilterChanged go up.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "o", "open", "Open", id="job.open", tooltip="Open the film, or its link, with a program here"
        ),
        Binding("y", "copy", "Copy", id="job.copy", tooltip="Copy link, prompt, file path, id or curl"),
        Binding("e", "edit", "Edit", id="job.edit", tooltip="Bring the parameters back into the form"),
        Binding("r", "again", "Again", id="job.again", tooltip="Order again with the same parameters"),
        Binding(
            "x",
            "withdraw",
            "Withdraw",
            id="job.withdraw",
            tooltip="Withdraw (waiting), stop following, follow again",
        ),
        Binding("f", "fetch", "Fetch", id="job.fetch", tooltip="Try again to fetch a film that is paid for"),
        Binding("d", "trash", "Trash", id="job.trash", tooltip="To the trash, or back out of it"),
        Binding("u", "undo", "Undo", id="job.undo", tooltip="Take the last trashing back"),
        Binding(
            "asterisk",
            "star",
            "Star",
            key_display="*",
            id="job.star",
            show=False,
            tooltip="Star it, or no longer",
        ),
        Binding(
            "R",
            "refresh",
            "Refresh",
            id="job.refresh",
            show=False,
            tooltip="Ask the service about everything now",
        ),
    ]

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        surroundings: Surroundings,
        *,
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        super().__init__(id=id)
        self._engine = engine
        self._settings = settings
        self._surroundings = surroundings
        self._trashed: list[list[str]] = []
        self._ordered: dict[str, float] = {}
        self._possible: tuple[bool, ...] = ()

    def compose(self) -> ComposeResult:
        yield JobList(self._engine)
        yield JobDetails(self._engine)

    def news(self, events: Sequence[Event]) -> None:
        """Hand a batch of the engine's news to list and details."""
        self.query_one(JobList).news(events)
        self.query_one(JobDetails).news(events)
        self._refresh_keys()

    @property
    def targets(self) -> list[Job]:
        """What an action acts on: all marked jobs, else the one under the cursor."""
        jobs = self.query_one(JobList)
        ids = sorted(jobs.marked) or ([jobs.current] if jobs.current else [])
        return [job for job in map(self._engine.job, ids) if job is not None]

    @property
    def target(self) -> Job | None:
        """The job under the cursor, for what can be done with one only."""
        current = self.query_one(JobList).current
        return self._engine.job(current) if current else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what cannot be done with these jobs now."""
        if isinstance(self.screen.focused, Input):
            return action not in _ACTIONS
        return self._can(action) if action in _ACTIONS else True

    def action_open(self) -> None:
        if (job := self.target) is not None:
            self.run_worker(self._reach.open(job, self._film_here(job)), group="open", exclusive=True)

    def action_copy(self) -> None:
        if (job := self.target) is not None:
            self.app.push_screen(CopyMenu(copyables(job, self._settings.base_url)), self._copy)

    def action_edit(self) -> None:
        if (job := self.target) is not None:
            self.post_message(EditRequested(job.id))

    def action_again(self) -> None:
        now = time.monotonic()
        jobs = [job for job in self.targets if now - self._ordered.get(job.id, -ONE_ORDER) >= ONE_ORDER]
        if jobs:
            price = self._engine.price(jobs[0].model)
            question = job_rules.before_ordering(jobs, self._alike(jobs), price and price * len(jobs))
            self._ask(question, partial(self._order, jobs))

    def action_withdraw(self) -> None:
        jobs = [job for job in self.targets if job_rules.can_withdraw(job)]
        self._ask(job_rules.before_letting_go(jobs), partial(self._let_go, jobs))

    def action_fetch(self) -> None:
        self._ask(None, partial(self._fetch, [job for job in self.targets if self._can_fetch(job)]))

    def action_trash(self) -> None:
        jobs = self.targets
        back = all(job.trashed_at is not None for job in jobs)
        question = None if back else job_rules.before_trashing(jobs)
        self._ask(question, partial(self._trash, [job.id for job in jobs], not back))

    def action_undo(self) -> None:
        if self._trashed:
            self._ask(None, partial(self._restore, self._trashed.pop()))

    def action_star(self) -> None:
        jobs = self.targets
        on = not all(job.starred for job in jobs)
        self._ask(None, partial(self._engine.star, [job.id for job in jobs], on))

    def action_refresh(self) -> None:
        self._ask(None, self._engine.refresh)
        self._say("Asking the service about everything.")

    @on(JobHighlighted)
    def show_highlighted(self, message: JobHighlighted) -> None:
        self.query_one(JobDetails).show(message.job_id)
        self._refresh_keys()

    @on(JobTable.MarksChanged)
    def marks_changed(self) -> None:
        self._refresh_keys()

    def _ask(self, question: Question | None, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` at once, or after a yes where there is a question."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._try(work), group="jobs")

        if question is None:
            answered(True)
        else:
            self.app.push_screen(Confirm(question), answered)

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except WanTuiError as error:
            self._say(error.failure().sentence, error=True)

    async def _order(self, jobs: Sequence[Job]) -> None:
        self._ordered = dict.fromkeys((job.id for job in jobs), time.monotonic())
        self.query_one(JobList).clear_marks()
        for job in jobs:
            self.post_message(OrderPlaced(job.request, job.id))

    async def _let_go(self, jobs: Sequence[Job]) -> None:
        done = [await self._let_one_go(job) for job in jobs]
        self._say("\n".join(f"{count(done.count(what), 'job')} {what}" for what in dict.fromkeys(done)))

    async def _let_one_go(self, job: Job) -> str:
        if job.state is JobState.WAITING:
            after = await self._engine.withdraw(job.id)
            gone = after.state is JobState.CANCELLED
            return (
                "withdrawn: nothing was sent." if gone else "had just been sent and could not be withdrawn."
            )
        await self._engine.follow(job.id, not job.followed)
        return "no longer followed." if job.followed else "followed again."

    async def _fetch(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            await self._engine.fetch_again(job.id)
        self._say(f"Trying again to fetch {count(len(jobs), 'film')}.")

    async def _trash(self, job_ids: list[str], on: bool) -> None:
        await self._engine.trash(job_ids, on)
        self.query_one(JobList).clear_marks()
        if on:
            self._trashed.append(job_ids)
            self._say(
                f"{count(len(job_ids), 'job')} in the trash. u brings back; the filter is:trashed shows it."
            )
        self._refresh_keys()

    async def _restore(self, job_ids: list[str]) -> None:
        await self._engine.trash(job_ids, False)
        self._refresh_keys()

    def _alike(self, jobs: Sequence[Job]) -> list[Job]:
        """Unfinished jobs with the same parameters as one of ``jobs``."""
        seeds = {job.seed for job in jobs}
        rows = [row for row in self._engine.index.rows() if not row.state.settled and row.seed in seeds]
        unfinished = [job for job in (self._engine.job(row.id) for row in rows) if job is not None]
        return [job for job in unfinished if any(job.request == other.request for other in jobs)]

    def _copy(self, item: Copyable | None) -> None:
        if item is not None:
            self.run_worker(self._reach.copy(item), group="copy", exclusive=True)

    @property
    def _reach(self) -> Reach:
        return Reach(self.app, self._settings, self._surroundings)

    def _say(self, sentence: str, *, error: bool = False) -> None:
        self.notify(sentence, severity="error" if error else "information", markup=False)

    def _can(self, action: str) -> bool:
        jobs = self.targets
        match action:
            case "undo":
                return bool(self._trashed)
            case "refresh":
                return True
            case "withdraw":
                return any(map(job_rules.can_withdraw, jobs))
            case "fetch":
                return any(map(self._can_fetch, jobs))
            case "open":
                return (job := self.target) is not None and self._can_open(job)
        return bool(jobs)

    def _can_fetch(self, job: Job) -> bool:
        return job_rules.can_fetch(job, self._engine.film_exists(job))

    def _can_open(self, job: Job) -> bool:
        return self._film_here(job) or job_rules.link_lives(job, self._engine.now())

    def _film_here(self, job: Job) -> bool:
        return job.film_path is not None and self._engine.film_exists(job) is not False

    def _refresh_keys(self) -> None:
        """Let the keys be shown anew, but only where one more or less is possible: it costs a repaint."""
        possible = tuple(self._can(action) for action in _ACTIONS)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()
