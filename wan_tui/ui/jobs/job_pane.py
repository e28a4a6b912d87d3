"""The pane with list and details, and the keys that act on jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeGuard

from textual import on
from textual.app import ComposeResult
from textual.events import Key
from textual.widgets import Input

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.events import Event, JobChanged
from wan_tui.domain.job import Job, JobState
from wan_tui.ui.commands.palette import OfferedAnywhere
from wan_tui.ui.compat.bindings import bindings_for
from wan_tui.ui.dialogs.confirm import Confirm
from wan_tui.ui.dialogs.copy_menu import Copyable, CopyMenu, copyables
from wan_tui.ui.dialogs.question import Question
from wan_tui.ui.jobs import availability
from wan_tui.ui.jobs.details_pane import DetailsPane
from wan_tui.ui.jobs.job_keys import JOB_ACTIONS, JOB_KEYS
from wan_tui.ui.jobs.job_list import JobList
from wan_tui.ui.jobs.job_table import JobTable
from wan_tui.ui.jobs.launcher import FilmLauncher
from wan_tui.ui.jobs.open_and_copy import Reach
from wan_tui.ui.jobs.operations import JobOperations
from wan_tui.ui.messages import JobHighlighted, OrderPlaced

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine import Engine
    from wan_tui.settings import Settings


class JobPane(OfferedAnywhere):
    """Holds JobList (``#jobs``) and DetailsPane (``#details``), and the bindings that act on jobs.

    What changes jobs, play and stills act on all marked ones, else on the one under the cursor; the rest on that one
    alone. JobOpened, OrderPlaced and FilterChanged go up.
    """

    BINDINGS = JOB_KEYS

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        reach: Reach,
        films: FilmLauncher,
        *,
        edit: Callable[[Job], Awaitable[None]],
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        """``edit`` brings the parameters of a job into the form and goes there."""
        super().__init__(id=id)
        self._engine = engine
        self._edit = edit
        self._settings = settings
        self._reach = reach
        self._films = films
        self._deeds = JobOperations(engine)
        self._possible: tuple[tuple[bool, str | None], ...] = ()

    def compose(self) -> ComposeResult:
        yield JobList(self._engine)
        yield DetailsPane(self._engine, lambda: self._films.watching.poster())

    def news(self, events: Sequence[Event]) -> None:
        """Hand a batch of the engine's news to list and details.

        A new order gets the cursor, unless somebody is busy with the jobs.
        """
        jobs = self.query_one(JobList)
        jobs.news(events)
        ordered = [event.job.id for event in events if _is_new_order(event)]
        if ordered and not self.has_focus_within:
            jobs.select(ordered[-1])
        self.query_one(DetailsPane).news(events)
        for event in events:
            if isinstance(event, JobChanged) and _is_new_film(event):
                self.run_worker(self._films.saved(event.job), group="films")
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
        if getattr(self.screen, "hidden_below", False):
            return action not in JOB_ACTIONS
        focused = self.screen.focused
        if isinstance(focused, Input) and self in focused.ancestors:
            return action not in JOB_ACTIONS
        return self._can(action) if action in JOB_ACTIONS else True

    def key_word(self, action: str) -> str | None:
        """What a key that does one thing or its opposite does now."""
        unfollowed = action == "withdraw" and all(
            job.state.running and not job.followed for job in self.targets
        )
        return "Follow" if unfollowed else None

    def on_key(self, event: Key) -> None:
        """Say why a key does nothing with these jobs: hidden from the bar, it may be pressed all the same."""
        for binding in bindings_for(self, event.key):
            if binding.action in JOB_ACTIONS and not self._can(binding.action):
                event.stop()
                self.run_worker(self._say_why_not(binding.action), group="why", exclusive=True)

    async def _say_why_not(self, action: str) -> None:
        job = self.target
        here = action == "try_now" and job is not None and job.state is JobState.SAVED
        if here and job is not None and not await self._films.is_sound(job):
            await self._done(partial(self._deeds.try_now, [job]))
        else:
            self.notify(availability.why_not(action, job), markup=False)

    def action_play(self) -> None:
        films, listed = self._to_watch()
        if len(films) == 2:
            self._films.compare(*films)
        elif len(films) == 1 and self._settings.player:
            # One alone: not every player takes several, and two are compared here.
            self._do(partial(self._films.hand_over, films[0]))
        elif films:
            self._films.play(self._first(films), listed)

    def action_stills(self) -> None:
        films, listed = self._to_watch()
        if films:
            self._films.play(self._first(films), listed, stills=True)

    def _to_watch(self) -> tuple[list[Job], Callable[[], Sequence[JobRow]]]:
        """The films of several marked jobs, else the one under the cursor; and the rows to go through."""
        count = len(self.query_one(JobList).marked)
        marked = self._marked_films if count > 1 else {}
        # As they stand in the list: of two the upper one is on the left.
        rows = [row for row in self._listed if row.id in marked] if marked else []
        hidden = map(self._engine.index.row, sorted(self.query_one(JobList).hidden(marked)))
        rows += [row for row in hidden if row is not None]
        if not rows:
            return [self.target] if self.target else [], lambda: self._listed
        if len(rows) < count:
            self.notify(availability.films_of_marked(len(rows), count), markup=False)
        return [marked[row.id] for row in rows], lambda: rows

    def _first(self, films: Sequence[Job]) -> Job:
        """The film under the cursor if it is one of ``films``."""
        return next((film for film in films if film.id == self.query_one(JobList).current), films[0])

    def action_open(self) -> None:
        if self.target is not None:
            self.run_worker(self._open(self.target), group="open", exclusive=True)

    async def _open(self, job: Job) -> None:
        """Open it with a program near the user, or play it here where there is none."""
        here = self._films.film_here(job)
        sentence = await self._reach.open(job, here, play_here=here)
        if sentence is not None:
            self._films.play_unopened(job, lambda: self._listed, sentence)

    def action_copy(self) -> None:
        if (job := self.target) is not None:
            items = copyables(job, self._settings.base_url)
            self.app.push_screen(CopyMenu(items), partial(self._copy, items))

    async def action_edit(self) -> None:
        if (job := self.target) is not None:
            # Waited for, unlike a message: a letter typed right after this key must find the filled form.
            await self._edit(job)

    def action_again(self) -> None:
        if jobs := self.targets:
            prices = [self._engine.price(job.model) for job in jobs]
            price = sum(known) if len(known := [p for p in prices if p is not None]) == len(jobs) else None
            question = availability.before_ordering(jobs, self._deeds.alike(jobs), price)
            self._do(partial(self._order, jobs), self._seen(jobs, question))

    def action_withdraw(self) -> None:
        jobs = [job for job in self.targets if availability.can_withdraw(job)]
        self._do(partial(self._deeds.let_go, jobs), self._seen(jobs, availability.before_letting_go(jobs)))

    def action_try_now(self) -> None:
        jobs = [job for job in self.targets if self._deeds.can_try_now(job)]
        self._do(partial(self._deeds.try_now, jobs), self._seen(jobs))

    def action_trash(self) -> None:
        jobs = self.targets
        ids = [job.id for job in jobs]
        if all(job.trashed_at is not None for job in jobs):
            self._do(partial(self._deeds.restore, ids), self._seen(jobs))
        else:
            self._do(partial(self._deeds.trash, ids), self._seen(jobs, availability.before_trashing(jobs)))

    def action_undo(self) -> None:
        self._do(self._deeds.undo)

    def action_star(self) -> None:
        jobs = self.targets
        self._do(partial(self._deeds.star, jobs), self._seen(jobs))

    def action_refresh(self) -> None:
        self._do(self._deeds.refresh)

    @on(JobHighlighted)
    def show_highlighted(self, message: JobHighlighted) -> None:
        self.query_one(DetailsPane).show(message.job_id)
        self._refresh_keys()

    @on(JobTable.MarksChanged)
    def marks_changed(self) -> None:
        self._refresh_keys()

    def _seen(self, jobs: Sequence[Job], question: Question | None = None) -> Question | None:
        """The question before something is done to ``jobs``: of those that are not shown it gives the number."""
        hidden = self.query_one(JobList).hidden(job.id for job in jobs)
        return availability.with_hidden(question, len(jobs), len(hidden))

    def _do(self, deed: Callable[[], Awaitable[str | None]], question: Question | None = None) -> None:
        """Do it at once, or after a yes where there is a question."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._done(deed), group="jobs")

        if question is None:
            answered(True)
        else:
            self.app.push_screen(Confirm(question), answered)

    async def _done(self, deed: Callable[[], Awaitable[str | None]]) -> None:
        """Do it and say what became of it."""
        try:
            sentence = await deed()
        except WanTuiError as error:
            self.notify(error.failure().sentence, severity="error", markup=False)
            return
        if sentence:
            self.notify(sentence, markup=False)
        self._refresh_keys()

    async def _order(self, jobs: Sequence[Job]) -> None:
        self.query_one(JobList).clear_marks()
        for job in jobs:
            self.post_message(OrderPlaced(job.request, job.id))

    def _copy(self, items: Sequence[Copyable], item: Copyable | Literal["show"] | None) -> None:
        if item == "show":
            self._reach.show(items)
        elif item is not None:
            self.run_worker(self._reach.copy(item), group="copy", exclusive=True)

    @property
    def _listed(self) -> Sequence[JobRow]:
        return self.query_one(JobTable).rows

    @property
    def _marked_films(self) -> dict[str, Job]:
        """The films that are marked, by their ids."""
        jobs = map(self._engine.job, self.query_one(JobList).marked)
        return {job.id: job for job in jobs if job is not None and self._films.film_here(job)}

    def _can(self, action: str) -> bool:
        jobs, job = self.targets, self.target
        match action:
            case "refresh":
                return True
            case "undo":
                return self._deeds.can_undo
            case "withdraw":
                return any(map(availability.can_withdraw, jobs))
            case "try_now":
                return any(map(self._deeds.can_try_now, jobs))
            case "play" | "stills":
                films = len(jobs) > 1 and self._marked_films
                return bool(films) or (job is not None and self._films.film_here(job))
            case "open":
                return job is not None and self._films.can_open(job)
        return bool(jobs)

    def _refresh_keys(self) -> None:
        """Let the keys be shown anew, but only where another thing is possible: it costs a repaint."""
        possible = tuple((self._can(action), self.key_word(action)) for action in JOB_ACTIONS)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()


def _is_new_film(event: JobChanged) -> bool:
    saved = event.job.state is JobState.SAVED
    return saved and (event.before is None or event.before.state is not JobState.SAVED)


def _is_new_order(event: Event) -> TypeGuard[JobChanged]:
    return isinstance(event, JobChanged) and event.before is None and event.job.state is JobState.WAITING
