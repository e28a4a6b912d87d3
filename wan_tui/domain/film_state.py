"""What became of a saved film's file since."""

from __future__ import annotations

from enum import StrEnum


class FilmState(StrEnum):
    """As a look at the folder found it."""

    HERE = "here"
    MISSING = "missing"
    SHORTER = "shorter"
    """Than when it was saved. A longer one may carry notes of another program."""
    DAMAGED = "damaged"
    """Found so by who tried to show it."""

    @classmethod
    def of(cls, size: int | None, saved: int | None) -> FilmState:
        """By the file's ``size``, None where there is none, and the one it was ``saved`` with, None: unknown. Bytes."""
        if size is None:
            return cls.MISSING
        return cls.SHORTER if size < (saved or 1) else cls.HERE


LOST = frozenset({FilmState.MISSING, FilmState.SHORTER, FilmState.DAMAGED})
"""What calls for fetching the film again."""
