"""Which jobs are marked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wan_tui.domain.index import JobIndex
    from wan_tui.domain.rows import JobRow


class Marks(Collection[str]):
    """The ids of the marked jobs. A mark outlives filter and sorting, but not the way into the trash or out of it."""

    def __init__(self) -> None:
        self._in_trash: dict[str, bool] = {}
        """The marked jobs, each with whether it was in the trash when it was marked."""

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._in_trash

    def __iter__(self) -> Iterator[str]:
        return iter(self._in_trash)

    def __len__(self) -> int:
        return len(self._in_trash)

    def toggle(self, row: JobRow) -> None:
        """Mark the job of ``row``, or no longer."""
        if self._in_trash.pop(row.id, None) is None:
            self._in_trash[row.id] = row.trashed

    def clear(self) -> frozenset[str]:
        """Drop all marks, and return them."""
        dropped = frozenset(self._in_trash)
        self._in_trash.clear()
        return dropped

    def drop_moved(self, job_ids: Collection[str], index: JobIndex) -> bool:
        """Drop those of ``job_ids`` that are gone or have gone to the trash or out of it; return whether any did."""
        rows = {job_id: index.row(job_id) for job_id in job_ids}
        moved = [
            job_id for job_id, row in rows.items() if row is None or row.trashed != self._in_trash[job_id]
        ]
        for job_id in moved:
            del self._in_trash[job_id]
        return bool(moved)
