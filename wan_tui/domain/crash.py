"""The message shown when the program crashes."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def crash_sentence(error: BaseException | None) -> str:
    """Return what happened and what it means for the jobs.

    Only the type and place of ``error`` are included: its message may hold a key or a link's signature.
    """
    return (
        f"wan-tui crashed{_what(error)}. "
        "Jobs and films are safe: unfinished jobs resume at the next start. "
        "For details, run it with -v and read the log (see: wan-tui where)."
    )


def _what(error: BaseException | None) -> str:
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f" ({type(error).__name__}{place})"
