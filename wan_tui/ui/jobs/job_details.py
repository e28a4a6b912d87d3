"""The details of one job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wan_tui.domain.events import DownloadProgress, Event, JobChanged, LibraryLoaded
from wan_tui.ui.formatting import fit
from wan_tui.ui.jobs.job_description import Facts, Line, describe

if TYPE_CHECKING:
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.jobs.downloads import Downloads
    from wan_tui.ui.messages import EngineEvents

_ROLES = ("title", "text", "muted", "good", "bad", "warning", "heading")
_LABEL_WIDTH = 18
_NARROW = 36
"""Below so many cells a label stands above its text instead of beside it."""

Piece = tuple[str, str]
"""Text and the role that styles it."""


class JobDetails(ScrollView, can_focus=True):
    """Everything known of one job, as plain text that scrolls."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"job-details--{role}" for role in _ROLES}

    DEFAULT_CSS = """
    JobDetails {
        width: 1fr;
        padding: 0 1;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        & > .job-details--title { text-style: bold; }
        & > .job-details--text { color: $foreground; }
        & > .job-details--muted { color: $text-muted; }
        & > .job-details--good { color: $text-success; }
        & > .job-details--bad { color: $text-error; }
        & > .job-details--warning { color: $text-warning; }
        & > .job-details--heading { color: $text-primary; text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "Down", show=False, id="details.down", tooltip="Line down"),
        Binding("k,up", "scroll_up", "Up", show=False, id="details.up", tooltip="Line up"),
        Binding("g,home", "scroll_home", "Top", show=False, id="details.first", tooltip="To the top"),
        Binding("G,end", "scroll_end", "End", show=False, id="details.last", tooltip="To the end"),
        Binding(
            "space,ctrl+d", "page_down", "Page down", show=False, id="details.page_down", tooltip="Page down"
        ),
        Binding("ctrl+u", "page_up", "Page up", show=False, id="details.page_up", tooltip="Page up"),
    ]

    def __init__(self, engine: EngineApi, events: EngineEvents, downloads: Downloads) -> None:
        super().__init__(id="sheet")
        self._engine = engine
        self._events = events
        self._downloads = downloads
        self._job_id: str | None = None
        self._lines: list[list[Piece]] = []

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)
        self.set_interval(1, self._tick)

    @property
    def job_id(self) -> str | None:
        """The job that is shown."""
        return self._job_id

    def show(self, job_id: str | None) -> None:
        """Show this job from its first line; None: none is chosen."""
        if job_id != self._job_id:
            self._job_id = job_id
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._lay_out()

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events."""
        if any(self._concerns_job(event) for event in events):
            self._lay_out()

    def _concerns_job(self, event: Event) -> bool:
        match event:
            case DownloadProgress():
                return event.job_id == self._job_id
            case JobChanged():
                return event.job.id == self._job_id
        return isinstance(event, LibraryLoaded)

    def render_line(self, y: int) -> Strip:
        index, width = y + self.scroll_offset.y, self._width
        if index >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        pieces = [Segment(text, self._style(role)) for text, role in self._lines[index]]
        return Strip(pieces).adjust_cell_length(width, self.rich_style)

    def action_scroll_down(self) -> None:
        self.scroll_down(animate=False)

    def action_scroll_up(self) -> None:
        self.scroll_up(animate=False)

    def action_scroll_home(self) -> None:
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        self.scroll_end(animate=False)

    def action_page_down(self) -> None:
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        self.scroll_page_up(animate=False)

    def on_resize(self) -> None:
        self._lay_out()

    @property
    def _width(self) -> int:
        """Cells of a line, without the scrollbar."""
        return self.scrollable_content_region.width

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"job-details--{role}")

    def _tick(self) -> None:
        """Times run on while the job is at work or its link lives; nothing is painted when none does."""
        job = self._engine.job(self._job_id) if self._job_id and self.size.height else None
        if job is not None and not job.state.settled:
            self._lay_out()

    def _lay_out(self) -> None:
        lines = list(self._text(max(1, self._width)))
        if lines != self._lines:
            self._lines = lines
            self.virtual_size = Size(self._width, len(lines))
            self.refresh()

    def _text(self, width: int) -> Iterator[list[Piece]]:
        job = self._engine.job(self._job_id) if self._job_id else None
        if job is None:
            yield [("Select a job in the list to see its details.", "muted")]
            return
        now = self._engine.now()
        facts = Facts(
            now=now,
            service_now=self._engine.service_now(),
            film=self._engine.film_state(job),
            left=self._engine.time_left(job, now) if job.state.running else None,
            progress=self._downloads.of(job.id),
        )
        for number, section in enumerate(describe(job, facts)):
            if number:
                yield []
            if section.title:
                yield [(section.title, "heading")]
            for line in section.lines:
                yield from _wrapped(line, width)


def _wrapped(line: Line, width: int) -> Iterator[list[Piece]]:
    """Lay one entry out: the label once, the text beside it or, in a narrow pane, below it."""
    beside = width >= _NARROW and bool(line.label)
    indent = (_LABEL_WIDTH if beside else 2) if line.label else 0
    if not beside and line.label:
        yield [(fit(line.label, width), "muted")]
    for number, text in enumerate(wrap(line.text, max(1, width - indent))):
        label = line.label if beside and not number else ""
        yield [(fit(label, indent), "muted"), (text, line.role)]


_CONSOLE = Console(width=80, file=None, force_terminal=False, color_system=None)


def wrap(text: str, width: int) -> list[str]:
    """Break ``text`` at words into lines of at most ``width`` cells; a word that is too long is broken."""
    lines = Text(text, overflow="fold").wrap(_CONSOLE, width, tab_size=4)
    return [line.plain if cell_len(line.plain) <= width else fit(line.plain, width) for line in lines] or [""]
