"""The jobs of the library, painted as far as they can be seen: as quick with 100,000 of them as with ten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wan_tui.ui.jobs.job_columns import ticks
from wan_tui.ui.jobs.job_geometry import JobGeometry
from wan_tui.ui.jobs.job_layout import JobLayout, LineLayout, Shown
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
    """Paints only the jobs that can be seen, each from the engine's index at the moment of painting.

    Cursor and marks are the same in every layout.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "job-table--cursor",
        "job-table--tile",
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
        & > .job-table--tile { background: $surface; }
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
        Binding("l,right", "step(1)", "Right", show=False, id="list.right", tooltip="Next tile"),
        Binding("h,left", "step(-1)", "Left", show=False, id="list.left", tooltip="Previous tile"),
    ]

    shows_cursor = True

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
        self.painter = JobPainter(engine, downloads, self.component, lambda: self.app.theme == SIXTEEN.name)
        self.lines: JobLayout = LineLayout(self.painter)
        self._layout: JobLayout = self.lines

    @property
    def _width(self) -> int:
        """Cells of a line, without the scrollbar."""
        return self.scrollable_content_region.width

    @property
    def _geometry(self) -> JobGeometry:
        width = self._width
        return JobGeometry(len(self._rows), self._layout.per_row(width), self._layout.height(width), width)

    @property
    def room(self) -> int:
        """Jobs that can be seen whole at once, at least one row of them."""
        geometry = self._geometry
        return max(1, self.size.height // geometry.height) * geometry.per_row

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

    def use(self, layout: JobLayout) -> None:
        """Lay the jobs out anew; the cursor stays in sight."""
        self._layout.leave()
        self._layout = layout
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._lay_out()
        self.refresh()

    def set_rows(self, rows: Sequence[JobRow], empty: str) -> None:
        """Show ``rows``, or the sentence ``empty`` where there are none. The cursor stays on its job."""
        wanted, self._wanted = self._wanted, None
        target = wanted if wanted is not None and any(row.id == wanted for row in rows) else self._current
        shown_at = self._geometry.top(self._cursor) - self.scroll_offset.y
        self._rows, self._empty = rows, empty
        if self._marks.drop_moved(self.hidden(self._marks), self._engine.index):
            self.call_later(self._post_marks_changed)
        self._cursor = min(self._position(target), max(0, len(rows) - 1))
        scrolled = bool(self.scroll_offset.y)
        self._measure()
        if scrolled:
            self.scroll_to(
                y=self._geometry.top(self._cursor) - shown_at, animate=False, force=True, immediate=True
            )
        self._reveal()
        self._announce()
        self._look()
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
        """Repaint those of ``job_ids`` that can be seen, in one go, and have the layout load what they need now."""
        self._layout.changed(job_ids)
        self.repaint_jobs(job_ids)
        self._look()

    def repaint_jobs(self, job_ids: Collection[str]) -> None:
        """Repaint those of ``job_ids`` that can be seen, in one go."""
        self._forget_lines_out_of_sight()
        self._repaint(i for i in self._visible() if self._rows[i].id in job_ids)

    def _forget_lines_out_of_sight(self) -> None:
        top = self.scroll_offset.y
        for at in list(self._lines.keys()):
            if not top <= at < top + self.size.height:
                self._lines.discard(at)

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

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if self._layout.draws:
            self._layout.refreshed(regions)
            self.call_after_refresh(self._place)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        if not self._rows:
            return self.painter.sentence(self._empty if y == self.size.height // 2 else "", self._width)
        strip = self._lines.get(at)
        if strip is None:
            strip = self._lines[at] = self._line(at)
        return strip

    def _line(self, at: int) -> Strip:
        """Paint line ``at``, counted from the first job."""
        geometry = self._geometry
        indexes, y = geometry.row_at(at), at % geometry.height
        if not indexes:
            return Strip.blank(self._width, self.rich_style)
        jobs = [
            Shown(row := self._row(i), self.shows_cursor and i == self._cursor, row.id in self._marks)
            for i in indexes
        ]
        return self._layout.line(jobs, y, self._width, focus=self.has_focus)

    def action_move(self, rows: int) -> None:
        self._move_to(self._geometry.below(self._cursor, rows))

    def action_step(self, jobs: int) -> None:
        self._move_to(self._cursor + jobs)

    def action_page(self, pages: float) -> None:
        geometry = self._geometry
        rows = int(pages * max(1, self.size.height // geometry.height)) or (1 if pages > 0 else -1)
        self._move_to(self._cursor + rows * geometry.per_row)

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
        self._repaint([self._cursor])
        self._move_to(self._cursor + 1)
        self.call_later(self._post_marks_changed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "step":
            return self._geometry.per_row > 1
        return bool(self._rows) if action in ("details", "mark") else True

    def on_click(self, event: events.Click) -> None:
        if (row := self.job_at(event.offset)) is not None:
            self.select(row.id)
            if event.chain == 2:
                self.action_details()

    def job_at(self, offset: Offset) -> JobRow | None:
        """The job that is shown at this cell of the table."""
        index = self._geometry.job_at(offset.x, offset.y + self.scroll_offset.y)
        return None if index is None else self._rows[index]

    def on_resize(self) -> None:
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def _lay_out(self) -> None:
        """The size or the layout has changed."""
        self._measure()
        self._reveal()
        self._look()

    def _measure(self) -> None:
        self._lines.clear()
        self.virtual_size = Size(self._width, self._geometry.lines)

    def _look(self) -> None:
        """Have the layout load what the jobs in sight need, and then those a page around them."""
        seen = self._visible()
        if not seen:
            self._layout.look_at((), (), self._width)
        elif self.size:
            near = [*range(seen.stop, min(len(self._rows), seen.stop + len(seen)))]
            near += range(max(0, seen.start - len(seen)), seen.start)
            self._layout.look_at([self._row(i) for i in seen], [self._row(i) for i in near], self._width)

    def _place(self) -> None:
        """Have the layout draw over the cells that have been painted."""
        geometry, up = self._geometry, -self.scroll_offset
        seen = [(self._row(i), geometry.region(i).translate(up)) for i in self._visible()]
        self._layout.place(seen, Size(self._width, self.size.height))

    def on_hide(self) -> None:
        self._layout.leave()

    def on_show(self) -> None:
        self._look()

    def on_unmount(self) -> None:
        self._layout.leave()

    def on_focus(self) -> None:
        self._restyle()

    def on_blur(self) -> None:
        self._restyle()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._restyle()

    def _restyle(self) -> None:
        self._layout.forget_styles()
        self.painter.forget_styles()
        self._lines.clear()

    def _row(self, index: int) -> JobRow:
        row = self._rows[index]
        return self._engine.index.row(row.id) or row

    def _visible(self) -> range:
        return self._geometry.within(self.scroll_offset.y, self.size.height)

    def _position(self, job_id: str | None) -> int:
        """Where the job is now: near its old place nearly always, so that is where the search begins."""
        if job_id is None or not self.shows_cursor:
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
        current = self._rows[self._cursor].id if self._rows and self.shows_cursor else None
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
        """Scroll just so far that the job under the cursor can be seen."""
        top, height = self.scroll_offset.y, self.size.height
        first = self._geometry.top(self._cursor)
        last = first + min(self._geometry.height, height)
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif height and last > top + height:
            self.scroll_to(y=last - height, animate=False, force=True)

    def _repaint(self, indexes: Iterable[int]) -> None:
        geometry, seen, up = self._geometry, self._visible(), -self.scroll_offset
        regions = set()
        for index in indexes:
            region = geometry.region(index)
            for at in range(region.y, region.bottom):
                self._lines.discard(at)
            if index in seen:
                regions.add(region.translate(up))
        if regions:
            self.refresh(*([Region.from_union([*regions])] if geometry.per_row == 1 else regions))

    def component(self, name: str) -> Style:
        """The style of a role, of the cursor, or of a tile without a picture."""
        return self.get_component_rich_style(f"job-table--{name}")
