"""How jobs lie in the table: one below the other as lines, or side by side as tiles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from wan_tui.ui.jobs.job_painter import JobPainter

if TYPE_CHECKING:
    from textual.geometry import Region, Size
    from textual.strip import Strip

    from wan_tui.domain.rows import JobRow


class Shown(NamedTuple):
    """A job as it is to be painted."""

    row: JobRow
    cursor: bool
    marked: bool


class JobLayout(Protocol):
    """Geometry in cells, and the painting. ``width`` is that of the table without its scrollbar."""

    def per_row(self, width: int) -> int:
        """Jobs side by side."""

    def height(self, width: int) -> int:
        """Lines that each job takes."""

    def line(self, jobs: Sequence[Shown], y: int, width: int, *, focus: bool) -> Strip:
        """Paint line ``y`` of the jobs that stand side by side. ``focus``: the table has the focus."""

    def look_at(self, visible: Sequence[JobRow], near: Sequence[JobRow], width: int) -> None:
        """These jobs can be seen now, and those may be next: what has to be loaded for them is."""

    @property
    def draws(self) -> bool:
        """Whether pictures are drawn over the cells: only then the next two are called."""

    def refreshed(self, regions: Sequence[Region]) -> None:
        """The cells of these regions of the table are painted again; none: all of them."""

    def place(self, jobs: Sequence[tuple[JobRow, Region]], size: Size) -> None:
        """These jobs can be seen, each in its region of a table of ``size``."""

    def changed(self, job_ids: Collection[str]) -> None:
        """Something of these jobs has changed."""

    def leave(self) -> None:
        """Another layout takes over, or the table cannot be seen."""

    def forget_styles(self) -> None:
        """Focus or theme have changed."""


class LineLayout:
    """One line a job, as ``JobPainter`` paints it."""

    def __init__(self, painter: JobPainter) -> None:
        self._painter = painter

    def per_row(self, width: int) -> int:
        return 1

    def height(self, width: int) -> int:
        return 1

    def line(self, jobs: Sequence[Shown], y: int, width: int, *, focus: bool) -> Strip:
        [(row, cursor, marked)] = jobs
        return self._painter.line(row, width, cursor=cursor, focus=focus, marked=marked)

    def look_at(self, visible: Sequence[JobRow], near: Sequence[JobRow], width: int) -> None:
        """Lines need nothing but the rows."""

    @property
    def draws(self) -> bool:
        return False

    def refreshed(self, regions: Sequence[Region]) -> None:
        """Nothing is drawn over lines."""

    def place(self, jobs: Sequence[tuple[JobRow, Region]], size: Size) -> None:
        """Nothing is drawn over lines."""

    def changed(self, job_ids: Collection[str]) -> None:
        """Lines keep nothing of jobs."""

    def leave(self) -> None:
        """Nothing is left behind."""

    def forget_styles(self) -> None:
        self._painter.forget_styles()
