"""A row of the job list as styled cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wan_tui.ui.formatting import fit
from wan_tui.ui.jobs.job_columns import cells, columns, note_with_bar

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.ui.jobs.downloads import Downloads

ROLES = ("text", "muted", "running", "good", "bad", "warning", "mark")


class JobPainter:
    """Paints lines with the styles that ``style`` gives by role, "cursor" among them."""

    def __init__(
        self,
        engine: EngineApi,
        downloads: Downloads,
        style: Callable[[str], Style],
        few_colours: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._downloads = downloads
        self._ask_style = style
        self._few_colours = few_colours
        self._styles: dict[str, Style] = {}

    def forget_styles(self) -> None:
        """Focus or theme have changed."""
        self._styles.clear()

    def line(self, row: JobRow, width: int, *, cursor: bool, focus: bool, marked: bool) -> Strip:
        """Return the line of ``row``, exactly ``width`` cells long."""
        now = self._engine.now()
        pieces = cells(
            row,
            columns(width),
            note=note_with_bar(self._engine, row, self._downloads.of(row.id), now),
            now=now.timestamp(),
            cursor=cursor and focus,
            marked=marked,
        )
        over = self._cursor_style(focus) if cursor else Style.null()
        strip = Strip([Segment(text, self._style(role) + over) for text, role in pieces])
        return strip.adjust_cell_length(width, self._style("text") + over)

    def sentence(self, text: str, width: int) -> Strip:
        """Return ``text`` in the middle of a line."""
        return Strip([Segment(fit(text.center(width), width), self._style("muted"))], width)

    def _cursor_style(self, focus: bool) -> Style:
        """With the focus the whole line changes; without it only its background does, and states keep their hue.

        Of 16 colours there is none on which all the others can be read: there the line changes as well.
        """
        style = self._style("cursor")
        if self._few_colours():
            return style + Style(bold=False)
        return style if focus else Style(bgcolor=style.bgcolor)

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self._ask_style(name)
        return style
