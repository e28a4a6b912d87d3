"""The rows of the job list, drawn line by line: as quick with 100,000 jobs as with ten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wan_tui.ui.jobs.job_columns import ticks
from wan_tui.ui.jobs.job_painter import ROLES, JobPainter
from wan_tui.ui.jobs.marks import Marks
from wan_tui.ui.messages import JobHighlighted, JobOpened
from wan_tui.ui.themes import SIXTEEN

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.jobs.downloads import Downloads

_KEPT_LINES = 256


class JobTable(ScrollView, can_focus=True):
    """Paints only the rows that can be seen, each from the engine's index at the moment of painting."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "job-table--cursor",
        *(f"job-table--{role}" for role in ROLES),
    }

    DEFAULT_CSS = """
    JobTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        & > .job-table--text { color: $foreground; }
        & > .job-table--muted { color: $text-muted; }
        & > .job-table--running { color: $text-accent; }
        & > .job-table--good { color: $text-success; }
        & > .job-table--bad { color: $text-error; }
        & > .job-table--warning { color: $text-warning; }
        & > .job-table--mark { color: $text-accent; text-style: bold; }
        & > .job-table--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
        }
        &:focus > .job-table--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="list.down", tooltip="Next job"),
        Binding("k,up", "move(-1)", "Up", show=False, id="list.up", tooltip="Previous job"),
        Binding("g,home", "first", "First", show=False, id="list.first", tooltip="First job"),
        Binding("G,end", "last", "Last", show=False, id="list.last", tooltip="Last job"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down", tooltip="Page down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up", tooltip="Page up"),
        Binding(
            "ctrl+d", "page(0.5)", "Half down", show=False, id="list.half_down", tooltip="Half a page down"
        ),
        Binding("ctrl+u", "page(-0.5)", "Half up", show=False, id="list.half_up", tooltip="Half a page up"),
        Binding("enter", "details", "Details", id="list.open", tooltip="Show all details"),
        Binding(
            "space",
            "mark",
            "Mark",
            show=False,
            id="list.mark",
            tooltip="Mark the job; x, f, r, d and * act on all marked",
        ),
    ]

    class MarksChanged(Message):
        """A job was marked or is no longer."""

    def __init__(self, engine: EngineApi, downloads: Downloads) -> None:
        super().__init__()
        self._engine = engine
        self._rows: Sequence[JobRow] = ()
        self._cursor = 0
        self._current: str | None = None
        self._wanted: str | None = None
        self._marks = Marks()
        self._empty = ""
        self._lines: LRUCache[int, Strip] = LRUCache(_KEPT_LINES)
        self._painter = JobPainter(engine, downloads, self._component, lambda: self.app.theme == SIXTEEN.name)

    @property
    def _width(self) -> int:
        """Cells of a line, without the scrollbar."""
        return self.scrollable_content_region.width

    @property
    def rows(self) -> Sequence[JobRow]:
        return self._rows

    @property
    def current(self) -> str | None:
        """The id of the job under the cursor."""
        return self._current

    @property
    def marked(self) -> frozenset[str]:
        return frozenset(self._marks)

    def set_rows(self, rows: Sequence[JobRow], empty: str) -> None:
        """Show ``rows``, or the sentence ``empty`` where there are none. The cursor stays on its job."""
        target, self._wanted = self._wanted or self._current, None
        shown_at = self._cursor - self.scroll_offset.y
        self._rows, self._empty = rows, empty
        if self._marks.drop_moved(self.hidden(self._marks), self._engine.index):
            self.call_later(self._post_marks_changed)
        self._lines.clear()
        self.virtual_size = Size(self._width, len(rows))
        self._cursor = min(self._position(target), max(0, len(rows) - 1))
        if self.scroll_offset.y:
            self.scroll_to(y=self._cursor - shown_at, animate=False, force=True, immediate=True)
        self._reveal()
        self._announce()
        self.refresh()

    def hidden(self, job_ids: Iterable[str]) -> frozenset[str]:
        """Those of ``job_ids`` that are not among the rows."""
        missing = set(job_ids)
        for row in self._rows:
            if not missing:
                break
            missing.discard(row.id)
        return frozenset(missing)

    def select(self, job_id: str) -> None:
        """Move the cursor to this job, now or when the rows that bring it come."""
        position = next((i for i, row in enumerate(self._rows) if row.id == job_id), None)
        if position is None:
            self._wanted = job_id
        else:
            self._move_to(position)

    def jobs_changed(self, job_ids: Collection[str]) -> None:
        """Repaint those of ``job_ids`` that can be seen, in one go."""
        self._repaint(i for i in self._visible() if self._rows[i].id in job_ids)

    def tick(self) -> None:
        """A second has passed: repaint the running rows that can be seen, in one go."""
        self._repaint(i for i in self._visible() if ticks(self._row(i)))

    def repaint_all(self) -> None:
        """Ages, links and films may have changed anywhere."""
        self._lines.clear()
        self.refresh()

    def clear_marks(self) -> None:
        self.jobs_changed(self._marks.clear())
        self.call_later(self._post_marks_changed)

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        if not self._rows:
            return self._painter.sentence(self._empty if y == self.size.height // 2 else "", self._width)
        if index >= len(self._rows):
            return Strip.blank(self._width, self.rich_style)
        strip = self._lines.get(index)
        if strip is None:
            row, cursor = self._row(index), index == self._cursor
            strip = self._lines[index] = self._painter.line(
                row, self._width, cursor=cursor, focus=self.has_focus, marked=row.id in self._marks
            )
        return strip

    def action_move(self, rows: int) -> None:
        self._move_to(self._cursor + rows)

    def action_page(self, pages: float) -> None:
        self._move_to(self._cursor + int(pages * max(1, self.size.height)))

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(len(self._rows) - 1)

    def action_details(self) -> None:
        if self._current is not None:
            self.post_message(JobOpened(self._current))

    def action_mark(self) -> None:
        if self._current is None:
            return
        self._marks.toggle(self._row(self._cursor))
        self._lines.discard(self._cursor)
        self._repaint([self._cursor])
        self._move_to(self._cursor + 1)
        self.call_later(self._post_marks_changed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._rows) if action in ("details", "mark") else True

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if index < len(self._rows):
            self._move_to(index)
            if event.chain == 2:
                self.action_details()

    def on_resize(self) -> None:
        self.virtual_size = Size(self._width, len(self._rows))
        self._lines.clear()
        self._reveal()

    def on_focus(self) -> None:
        self._restyle()

    def on_blur(self) -> None:
        self._restyle()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._restyle()

    def _restyle(self) -> None:
        self._painter.forget_styles()
        self._lines.clear()

    def _row(self, index: int) -> JobRow:
        row = self._rows[index]
        return self._engine.index.row(row.id) or row

    def _visible(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(len(self._rows), top + self.size.height))

    def _position(self, job_id: str | None) -> int:
        """Where the job is now: near its old place nearly always, so that is where the search begins."""
        if job_id is None:
            return 0
        near = range(max(0, self._cursor - 50), min(len(self._rows), self._cursor + 50))
        for i in near:
            if self._rows[i].id == job_id:
                return i
        return next((i for i, row in enumerate(self._rows) if row.id == job_id), self._cursor)

    def _move_to(self, index: int) -> None:
        if not self._rows:
            return
        old, self._cursor = self._cursor, max(0, min(len(self._rows) - 1, index))
        if old != self._cursor:
            self._repaint([old, self._cursor])
            self._reveal()
        self._announce()

    def _announce(self) -> None:
        current = self._rows[self._cursor].id if self._rows else None
        if current != self._current:
            self._current = current
            self.call_later(self._post_highlighted)

    # Rows and marks are also set by the parent. A message made in its handler would count as sent by the
    # parent and bubble no further than to it; called later, it is ours.

    def _post_highlighted(self) -> None:
        self.post_message(JobHighlighted(self._current))

    def _post_marks_changed(self) -> None:
        self.post_message(self.MarksChanged())

    def _reveal(self) -> None:
        """Scroll just so far that the cursor can be seen."""
        top, height = self.scroll_offset.y, self.size.height
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif height and self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, force=True)

    def _repaint(self, indexes: Iterable[int]) -> None:
        changed = list(indexes)
        for index in changed:
            self._lines.discard(index)
        seen = [i - self.scroll_offset.y for i in changed if i in self._visible()]
        if seen:
            first, last = min(seen), max(seen)
            self.refresh(Region(0, first, self._width, last - first + 1))

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(f"job-table--{name}")
