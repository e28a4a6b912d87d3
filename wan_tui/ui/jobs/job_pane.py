"""The job pane: list, details, and the keys that act on jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.events import Key
from textual.widgets import Input

from wan_tui.domain.errors import WanTuiError
from wan_tui.domain.events import Event, JobChanged
from wan_tui.domain.job import Job, JobState
from wan_tui.ui.commands.palette import OfferedAnywhere
from wan_tui.ui.commands.remembered import Remembered
from wan_tui.ui.compat.bindings import bindings_for
from wan_tui.ui.dialogs.confirm import Confirm
from wan_tui.ui.dialogs.copy_menu import Copyable, CopyMenu, copyables
from wan_tui.ui.dialogs.question import Question
from wan_tui.ui.jobs import operations, questions
from wan_tui.ui.jobs.details_pane import DetailsPane
from wan_tui.ui.jobs.downloads import Downloads
from wan_tui.ui.jobs.job_changes import JobChanges
from wan_tui.ui.jobs.job_list import JobList
from wan_tui.ui.jobs.job_table import JobTable
from wan_tui.ui.jobs.launcher import FilmLauncher
from wan_tui.ui.jobs.open_and_copy import OpenAndCopy
from wan_tui.ui.jobs.operations import OPERATIONS, Operation, Selection
from wan_tui.ui.messages import Feedback, JobHighlighted, OrderPlaced

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.settings import Settings
    from wan_tui.ui.jobs.latest_films import LatestFilms
    from wan_tui.ui.messages import EngineEvents


class JobPane(OfferedAnywhere):
    """Holds JobList (``#jobs``) and DetailsPane (``#details``), and the bindings that act on jobs.

    What changes jobs, play and stills act on all marked ones, else on the one under the cursor; the rest on that one
    alone. JobOpened, OrderPlaced and FilterChanged go up.
    """

    BINDINGS = operations.BINDINGS

    def __init__(
        self,
        engine: EngineApi,
        events: EngineEvents,
        settings: Settings,
        open_and_copy: OpenAndCopy,
        films: FilmLauncher,
        *,
        edit: Callable[[Job], Awaitable[None]],
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        """``edit`` brings the parameters of a job into the form and goes there."""
        super().__init__(id=id)
        self._engine = engine
        self._events = events
        self._downloads = Downloads()
        self._edit = edit
        self._settings = settings
        self._open_and_copy = open_and_copy
        self._films = films
        self._changes = JobChanges(engine)
        self._possible: tuple[tuple[bool, str | None], ...] = ()

    def compose(self) -> ComposeResult:
        yield JobList(
            self._engine,
            self._events,
            self._downloads,
            Remembered(self._settings.paths.state / "choices.json"),
            busy=lambda: self.has_focus_within,
            gallery=partial(self._films.gallery, downloads=self._downloads),
        )
        yield DetailsPane(self._engine, self._events, self._downloads, self._films.poster)

    def latest_films(self) -> LatestFilms:
        """Return what shows the newest films elsewhere on the screen."""
        from wan_tui.ui.jobs.latest_films import LatestFilms

        gallery = partial(self._films.gallery, downloads=self._downloads)
        return LatestFilms(self._engine, self._events, self._downloads, gallery)

    def select(self, job_id: str) -> None:
        """Move the cursor of the list to this job, which a filter no longer hides."""
        listed = self.query_one(JobList)
        if not listed.lets_through(job_id):
            listed.clear_filter()
        self._table.select(job_id)

    def on_mount(self) -> None:
        # At once: those who show downloads are called later, each in its own time.
        self._events.subscribe(self, self._downloads.take_events, immediate=True)
        self._events.subscribe(self, self.take_events)

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events: films may have come, and other things be possible."""
        for event in events:
            if isinstance(event, JobChanged) and _is_new_film(event):
                # A worker begins after the list, which subscribed first, has the rows that the player goes through.
                self.run_worker(self._films.saved(event.job), group="films")
        self._refresh_keys()

    @property
    def selection(self) -> Selection:
        """What an operation would act on now."""
        table = self._table
        ids = sorted(table.marked) or ([table.current] if table.current else [])
        return Selection(
            jobs=[job for job in map(self._engine.job, ids) if job is not None],
            current=self._engine.job(table.current) if table.current else None,
            film_state=self._engine.film_state,
            service_now=self._engine.service_now(),
            can_undo=self._changes.can_undo,
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what cannot be done with these jobs now."""
        operation = OPERATIONS.get(action)
        if operation is None:
            return True
        focused = self.screen.focused
        writing = isinstance(focused, Input) and self in focused.ancestors
        covered = getattr(self.screen, "hidden_below", False)
        return not (writing or covered) and operation.possible(self.selection)

    def key_word(self, action: str) -> str | None:
        """What a key that does one thing or its opposite does now."""
        operation = OPERATIONS.get(action)
        # Asked for each key of the bar: the selection, which may be all of the library, is made for few.
        return operation.other_label(self.selection) if operation and operation.other_label else None

    def on_key(self, event: Key) -> None:
        """Say why a key does nothing with these jobs: it is not in the footer, but may be pressed all the same."""
        for binding in bindings_for(self, event.key):
            operation, selection = OPERATIONS.get(binding.action), self.selection
            if operation is not None and not operation.possible(selection):
                event.stop()
                self.run_worker(self._say_why_not(operation, selection), group="why", exclusive=True)

    async def _say_why_not(self, operation: Operation, selection: Selection) -> None:
        job = operation.subject(selection)
        here = operation.action == "try_now" and job is not None and job.state is JobState.SAVED
        if here and job is not None and not await self._films.is_sound(job):
            await self._carry_out(partial(self._changes.try_now, [job]))
        else:
            self.post_message(Feedback(operation.why_not(selection)))

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
        selection = self.selection
        films = {job.id: job for job in selection.films}
        # As they stand in the list: of two the upper one is on the left.
        rows = [row for row in self._listed if row.id in films] if films else []
        hidden = map(self._engine.index.row, sorted(self._table.hidden(films)))
        rows += [row for row in hidden if row is not None]
        if not rows:
            return [selection.current] if selection.current else [], lambda: self._listed
        if len(rows) < len(selection.jobs):
            self.post_message(Feedback(_films_of_marked(len(rows), len(selection.jobs))))
        return [films[row.id] for row in rows], lambda: rows

    def _first(self, films: Sequence[Job]) -> Job:
        """The film under the cursor if it is one of ``films``."""
        return next((film for film in films if film.id == self._table.current), films[0])

    def action_open(self) -> None:
        if (job := self.selection.current) is not None:
            self.run_worker(self._open(job), group="open", exclusive=True)

    async def _open(self, job: Job) -> None:
        """Open it in another program, or play it here where there is none."""
        here = self.selection.has_film(job)
        sentence = await self._open_and_copy.open(job, here, play_here=here)
        if sentence is not None:
            self._films.play_unopened(job, lambda: self._listed, sentence)

    def action_copy(self) -> None:
        if (job := self.selection.current) is not None:
            items = copyables(job, self._settings.base_url)
            self.app.push_screen(CopyMenu(items), partial(self._copy, items))

    async def action_edit(self) -> None:
        if (job := self.selection.current) is not None:
            # Waited for, unlike a message: a letter typed right after this key must find the filled form.
            await self._edit(job)

    def action_again(self) -> None:
        if jobs := self.selection.jobs:
            prices = [self._engine.price(job.model) for job in jobs]
            price = sum(known) if len(known := [p for p in prices if p is not None]) == len(jobs) else None
            question = questions.before_ordering(jobs, self._changes.alike(jobs), price)
            self._do(partial(self._order, jobs), self._seen(jobs, question))

    def action_withdraw(self) -> None:
        jobs = self.selection.can_be_withdrawn
        self._do(partial(self._changes.let_go, jobs), self._seen(jobs, questions.before_letting_go(jobs)))

    def action_try_now(self) -> None:
        jobs = self.selection.can_be_tried
        self._do(partial(self._changes.try_now, jobs), self._seen(jobs))

    def action_trash(self) -> None:
        jobs = self.selection.jobs
        ids = [job.id for job in jobs]
        if all(job.trashed_at is not None for job in jobs):
            self._do(partial(self._changes.restore, ids), self._seen(jobs))
        else:
            self._do(partial(self._changes.trash, ids), self._seen(jobs, questions.before_trashing(jobs)))

    def action_undo(self) -> None:
        self._do(self._changes.undo)

    def action_star(self) -> None:
        jobs = self.selection.jobs
        self._do(partial(self._changes.star, jobs), self._seen(jobs))

    def action_refresh(self) -> None:
        self._do(self._changes.refresh)

    @on(JobHighlighted)
    def show_highlighted(self, message: JobHighlighted) -> None:
        self.query_one(DetailsPane).show(message.job_id)
        self._refresh_keys()

    @on(JobTable.MarksChanged)
    def marks_changed(self) -> None:
        self._refresh_keys()

    def _seen(self, jobs: Sequence[Job], question: Question | None = None) -> Question | None:
        """The question before something is done to ``jobs``: of those that are not shown it gives the number."""
        hidden = self._table.hidden(job.id for job in jobs)
        return questions.with_hidden(question, len(jobs), len(hidden))

    def _do(self, change: Callable[[], Awaitable[str | None]], question: Question | None = None) -> None:
        """Do it at once, or after a yes where there is a question."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._carry_out(change), group="jobs")

        if question is None:
            answered(True)
        else:
            self.app.push_screen(Confirm(question), answered)

    async def _carry_out(self, change: Callable[[], Awaitable[str | None]]) -> None:
        """Do it and report the outcome."""
        try:
            sentence = await change()
        except WanTuiError as error:
            self.post_message(Feedback(error.failure().sentence, "error"))
            return
        if sentence:
            self.post_message(Feedback(sentence))
        self._refresh_keys()

    async def _order(self, jobs: Sequence[Job]) -> None:
        self._table.clear_marks()
        for job in jobs:
            self.post_message(OrderPlaced(job.request, job.id))

    def _copy(self, items: Sequence[Copyable], item: Copyable | Literal["show"] | None) -> None:
        if item == "show":
            self._open_and_copy.show(items)
        elif item is not None:
            self.run_worker(self._open_and_copy.copy(item), group="copy", exclusive=True)

    @property
    def _table(self) -> JobTable:
        return self.query_one(JobTable)

    @property
    def _listed(self) -> Sequence[JobRow]:
        return self._table.rows

    def _refresh_keys(self) -> None:
        """Repaint the footer, but only if other operations are possible now."""
        selection = self.selection
        possible = tuple(
            (one.possible(selection), one.other_label and one.other_label(selection))
            for one in OPERATIONS.values()
        )
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()


def _is_new_film(event: JobChanged) -> bool:
    saved = event.job.state is JobState.SAVED
    return saved and (event.before is None or event.before.state is not JobState.SAVED)


def _films_of_marked(films: int, marked: int) -> str:
    """Said when not all of the ``marked`` jobs can be played."""
    return f"Only {films} of the {marked} marked jobs {'has' if films == 1 else 'have'} a film here."
