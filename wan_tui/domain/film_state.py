"""Whether a saved film's file is still intact."""

from __future__ import annotations

from enum import StrEnum


class FilmState(StrEnum):
    """State of a saved film's file."""

    HERE = "here"
    MISSING = "missing"
    SHORTER = "shorter"
    """Shorter than when it was saved. A longer file counts as intact: another program may have added metadata."""
    DAMAGED = "damaged"
    """A viewer reported the file as damaged."""

    @classmethod
    def of(cls, size: int | None, saved: int | None) -> FilmState:
        """State from the file's ``size`` (None: no file) and its size when ``saved`` (None: unknown), in bytes."""
        if size is None:
            return cls.MISSING
        return cls.SHORTER if size < (saved or 1) else cls.HERE


LOST = frozenset({FilmState.MISSING, FilmState.SHORTER, FilmState.DAMAGED})
"""States in which the film should be fetched again."""
