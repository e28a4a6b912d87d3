"""The list of jobs: a filter, a header and the table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from wan_tui.domain.events import DownloadProgress, Event, JobChanged, LibraryLoaded
from wan_tui.domain.job import JobState
from wan_tui.domain.text import clean_line
from wan_tui.ui import formatting
from wan_tui.ui.jobs import job_columns
from wan_tui.ui.jobs.job_layout import JobLayout
from wan_tui.ui.jobs.job_table import JobTable
from wan_tui.ui.messages import FilterChanged

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.commands.remembered import Remembered
    from wan_tui.ui.jobs.downloads import Downloads
    from wan_tui.ui.messages import EngineEvents

_RANK = {state: rank for rank, state in enumerate(JobState)}
SORTS: dict[str, Callable[[JobRow], Any] | None] = {
    "newest first": None,
    "oldest first": lambda row: row.created_at,
    "by state": lambda row: (_RANK[row.state], -row.created_at),
    "by cost": lambda row: (-(row.usd or 0.0), -row.created_at),
}
"""The sort orders that ``s`` goes through, by the words shown; the index gives the first by itself."""
_NEWEST = next(iter(SORTS))
_LIST, _GALLERY = "list", "gallery"
AT_ONCE = 5_000
"""Up to this many jobs are filtered at once; more of them in a thread."""
_SECONDS_TO_AGE = 30


class JobHeader(Widget):
    """The names of the columns."""

    DEFAULT_CSS = """
    JobHeader { height: 1; color: $text-muted; text-style: bold; padding-right: 1; }
    """

    def render(self) -> Content:
        return Content(job_columns.header(job_columns.columns(self.size.width)))


class JobList(Vertical):
    """All jobs of the library, newest first. Posts JobHighlighted, JobOpened and FilterChanged."""

    DEFAULT_CSS = """
    JobList {
        border: round $border-blurred;
        border-title-style: bold;
        &:focus-within { border: round $border; }
        & > Input { display: none; }
        &.-filtering > Input { display: block; }
        & > #filter-note { display: none; height: auto; color: $text-warning; }
        &.-noted > #filter-note { display: block; }
        &.-gallery > JobHeader { display: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", id="list.filter", tooltip="Filter the list"),
        Binding(
            "s",
            "sort",
            "Sort",
            show=False,
            id="list.sort",
            tooltip="Sort: newest, oldest, state, cost",
        ),
        Binding("v", "view", "Gallery", id="list.view", tooltip="Show the films as a gallery, or as a list"),
        Binding("escape", "clear", "Clear", id="list.clear", tooltip="Clear the filter, then the marks"),
    ]

    def __init__(
        self,
        engine: EngineApi,
        events: EngineEvents,
        downloads: Downloads,
        remembered: Remembered,
        *,
        busy: Callable[[], bool],
        gallery: Callable[[JobTable], JobLayout],
    ) -> None:
        """``busy`` tells whether the user works in the job pane: then the cursor stays. ``gallery`` returns the layout
        as tiles; what it needs is loaded when it is called.
        """
        super().__init__(id="jobs")
        self.border_title = "Jobs"
        self._engine = engine
        self._events = events
        self._busy = busy
        self._query = ""
        self._sort = _NEWEST
        self._loaded = False
        self._stale = False
        self._searching = False
        self._seconds = 0
        self._remembered = remembered
        self._make_gallery = gallery
        self._view = _LIST
        self._table = JobTable(engine, downloads)
        self._layouts: dict[str, JobLayout] = {_LIST: self._table.lines}

    def compose(self) -> ComposeResult:
        yield Input(placeholder="words, state:failed, seed:7", compact=True)
        yield Static(markup=False, id="filter-note")
        yield JobHeader()
        yield self._table

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)
        self.set_interval(1, self._tick)
        self.reload()
        self.run_worker(self._recall(), group="view")

    def lets_through(self, job_id: str) -> bool:
        """Whether the filter lets this job into the list, which may not have taken it in yet."""
        return self._engine.index.fits(job_id, self._query)

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events with one repaint.

        A new order gets the cursor, unless the user works in the job pane.
        """
        changed = [event for event in events if isinstance(event, JobChanged)]
        progress = [event for event in events if isinstance(event, DownloadProgress)]
        loaded = any(isinstance(event, LibraryLoaded) for event in events)
        self._loaded |= loaded
        if loaded or any(map(self._moves, changed)):
            self.reload()
        else:
            self.jobs_changed({c.job.id for c in changed} | {p.job_id for p in progress})
        ordered = [change.job.id for change in changed if _is_new_order(change)]
        if ordered and not self._busy():
            self._table.select(ordered[-1])

    def reload(self) -> None:
        """Read the rows again; the cursor stays on its job."""
        self._stale = True
        if self._searching:
            return
        if self._quick:
            self._stale = False
            self._show(self._find())
        else:
            self._searching = True
            self.run_worker(self._search(), group="filter")

    def jobs_changed(self, job_ids: Iterable[str]) -> None:
        """Repaint those of ``job_ids`` that can be seen, in one go."""
        self._table.jobs_changed(frozenset(job_ids))

    def action_filter(self) -> None:
        self.add_class("-filtering")
        # At once, unlike Widget.focus: letters that arrive with the slash must not act on jobs.
        self.screen.set_focus(self.query_one(Input))

    def action_sort(self) -> None:
        names = list(SORTS)
        self._sort = names[(names.index(self._sort) + 1) % len(names)]
        self.reload()

    def action_view(self) -> None:
        """Show tiles instead of lines, or lines again. What is chosen is remembered."""
        self._view = _LIST if self._view == _GALLERY else _GALLERY
        self.run_worker(self._choose_view(), group="view", exclusive=True)

    async def _recall(self) -> None:
        if (await asyncio.to_thread(self._remembered.load)).get("view") == _GALLERY:
            self._view = _GALLERY
            await self._show_view()

    async def _choose_view(self) -> None:
        await self._show_view()
        with suppress(OSError):  # it is shown all the same
            await asyncio.to_thread(self._remembered.choose, "view", self._view)

    async def _show_view(self) -> None:
        if self._view not in self._layouts:
            # What shows pictures takes a while to load, and keys must not wait for it.
            await asyncio.to_thread(import_module, "wan_tui.ui.jobs.gallery_layout")
            self._layouts[_GALLERY] = self._make_gallery(self._table)
        self.set_class(self._view == _GALLERY, "-gallery")
        self._table.use(self._layouts[self._view])
        self.refresh_bindings()

    def key_word(self, action: str) -> str | None:
        """What the key does now."""
        return "List" if action == "view" and self._view == _GALLERY else None

    def action_clear(self) -> None:
        if self.has_class("-filtering"):
            self.clear_filter()
            self._table.focus()
        else:
            self._table.clear_marks()

    def clear_filter(self) -> None:
        self.remove_class("-filtering")
        self.query_one(Input).value = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":
            return self.has_class("-filtering") or bool(self._table.marked)
        if action == "filter":
            return not isinstance(self.screen.focused, Input)
        return True

    @on(Input.Changed)
    def filter_rows(self, event: Input.Changed) -> None:
        event.stop()
        self._query = event.value.strip()
        self._remark()
        self.reload()
        self.post_message(FilterChanged(self._query))

    def _remark(self) -> None:
        """Show remarks on the filter below it; it still applies."""
        remarks = self._engine.index.remarks(self._query)
        self.set_class(bool(remarks), "-noted")
        if remarks:
            self.query_one("#filter-note", Static).update(clean_line(" ".join(remarks), 300))

    @on(Input.Submitted)
    def keep_filter(self, event: Input.Submitted) -> None:
        event.stop()
        self._table.focus()
        self.set_class(bool(self._query), "-filtering")

    @on(JobTable.MarksChanged)
    def marks_changed(self) -> None:
        self._show_counts()

    @property
    def _quick(self) -> bool:
        """Whether the rows are found fast enough to do so on the event loop."""
        return len(self._engine.index) <= AT_ONCE

    def _moves(self, change: JobChanged) -> bool:
        """Whether a change can bring a row, take it away, or give it another place."""
        before = change.before
        return (
            before is None
            or before.trashed_at != change.job.trashed_at
            or bool(self._query)
            or self._sort != _NEWEST
        )

    def _find(self) -> list[JobRow]:
        rows = self._engine.index.filter(self._query)
        key = SORTS[self._sort]
        return rows if key is None else sorted(rows, key=key)

    async def _search(self) -> None:
        """Search in a thread, again while the filter has changed meanwhile."""
        try:
            while self._stale:
                self._stale = False
                rows = await asyncio.to_thread(self._find)
                if not self._stale:
                    self._show(rows)
        finally:
            self._searching = False

    def _show(self, rows: list[JobRow]) -> None:
        self._table.set_rows(rows, self._empty_sentence())
        self._show_counts()

    def _empty_sentence(self) -> str:
        if not self._loaded and not len(self._engine.index):
            return "Reading the library…"
        if self._query:
            return f"Nothing matches “{clean_line(self._query, 40)}”. esc clears the filter."
        return "No films yet. Write a prompt and press ctrl+j."

    def _show_counts(self) -> None:
        """Show the number of jobs, the marks and the sort order in the border."""
        shown = len(self._table.rows)
        parts = [
            f"{shown:,} of {len(self._engine.index):,}" if self._query else formatting.count(shown, "job")
        ]
        if self._table.marked:
            hidden = len(self._table.hidden(self._table.marked))
            parts.append(f"{len(self._table.marked)} marked" + (f", {hidden} not shown" if hidden else ""))
        if self._sort != _NEWEST:
            parts.append(self._sort)
        self.border_subtitle = " · ".join(parts)

    def _tick(self) -> None:
        self._seconds = (self._seconds + 1) % _SECONDS_TO_AGE
        if self._seconds:
            self._table.tick()
        else:
            self._table.repaint_all()


def _is_new_order(change: JobChanged) -> bool:
    return change.before is None and change.job.state is JobState.WAITING
