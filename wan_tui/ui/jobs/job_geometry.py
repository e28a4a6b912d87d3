"""Which job lies where: rows of jobs side by side, all of one size, in cells and lines from the first job on."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Region


def span_of(column: int, width: int, per_row: int) -> tuple[int, int]:
    """The first cell of a column and the first after it: ``width`` shared out among ``per_row``."""
    return width * column // per_row, width * (column + 1) // per_row


@dataclass(frozen=True, slots=True)
class JobGeometry:
    """``jobs`` in all, ``per_row`` side by side over ``width`` cells, each ``height`` lines high."""

    jobs: int
    per_row: int
    height: int
    width: int

    @property
    def lines(self) -> int:
        return -(-self.jobs // self.per_row) * self.height

    def top(self, index: int) -> int:
        """The first line of a job."""
        return index // self.per_row * self.height

    def region(self, index: int) -> Region:
        left, right = span_of(index % self.per_row, self.width, self.per_row)
        return Region(left, self.top(index), right - left, self.height)

    def row_at(self, line: int) -> range:
        """The jobs that have this line."""
        first = line // self.height * self.per_row
        return range(first, max(first, min(self.jobs, first + self.per_row)))

    def within(self, top: int, lines: int) -> range:
        """The jobs that have some of ``lines`` from ``top`` on."""
        last = (top + max(0, lines - 1)) // self.height
        return range(top // self.height * self.per_row, min(self.jobs, (last + 1) * self.per_row))

    def job_at(self, x: int, line: int) -> int | None:
        """The job at a cell."""
        found = (index for index in self.row_at(line) if self.region(index).contains(x, line))
        return next(found, None)

    def below(self, index: int, rows: int) -> int:
        """The job so many rows below, above if negative. Of a single column it may lie beyond its ends."""
        target, last = index + rows * self.per_row, self.jobs - 1
        if self.per_row == 1 or 0 <= target <= last:
            return target
        # The last row may be short: below its gap is its last job; beyond the edges there is nothing.
        short = target > last and index // self.per_row < last // self.per_row
        return last if short else index
