"""What became of a saved film's file since."""

from __future__ import annotations

from enum import StrEnum


class FilmState(StrEnum):
    """As a look at the folder found it."""

    HERE = "here"
    MISSING = "missing"
    DAMAGED = "damaged"
    """Shorter than when it was saved, or found not to be that film. A longer one may carry notes of another program."""

    @classmethod
    def of(cls, size: int | None, saved: int | None) -> FilmState:
        """By the file's ``size``, None where there is none, and the one it was ``saved`` with, None: unknown. Bytes."""
        if size is None:
            return cls.MISSING
        return cls.DAMAGED if size < (saved or 1) else cls.HERE


LOST = frozenset({FilmState.MISSING, FilmState.DAMAGED})
"""What calls for fetching the film again."""
