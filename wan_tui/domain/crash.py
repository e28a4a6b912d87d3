"""What the user is told when the program itself is at fault."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def crash_sentence(error: BaseException | None) -> str:
    """Say what happened and what it means for the jobs.

    Only the kind of ``error`` and the place are named: its own words may hold a key or the signature of a link.
    """
    return (
        f"wan-tui had to stop because of a fault of its own{_what(error)}. "
        "Jobs and films are safe: what is unfinished goes on at the next start. "
        "To see more, run it with -v and read the log that “wan-tui where” names."
    )


def _what(error: BaseException | None) -> str:
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f" ({type(error).__name__}{place})"
