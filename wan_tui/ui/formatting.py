"""How values are worded on the screen. Pure functions; they return plain text."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len, set_cell_size

from wan_tui.domain.job import JobState
from wan_tui.domain.text import ELLIPSIS
from wan_tui.domain.time_left import TimeLeft
from wan_tui.domain.times import DAY, HOUR, MINUTE, span

SIGNS = {
    JobState.WAITING: "·",
    JobState.SUBMITTING: "↑",
    JobState.UNCONFIRMED: "?",
    JobState.QUEUED: "○",
    JobState.GENERATING: "◐",
    JobState.COMPLETED: "↓",
    JobState.SAVED: "✓",
    JobState.FAILED: "✗",
    JobState.EXPIRED: "∅",
    JobState.CANCELLED: "–",
}
"""One cell each, so that a state is recognised by its shape where there is no room or no colour."""

FETCH_AGAIN = "f fetches it again while its link is valid"
"""The remedy for a film that is missing or damaged."""


def state_word(state: JobState) -> str:
    return f"{SIGNS[state]} {state.value}"


def clock(seconds: float) -> str:
    """A running time: ``0:42``, ``12:03``, ``1:02:03``, and from a day on ``2 d``."""
    whole = max(0, int(seconds))
    if whole >= DAY:
        return span(whole)
    hours, rest = divmod(whole, HOUR)
    minutes, left = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def age(seconds: float) -> str:
    """How long ago something was: ``now`` within a minute, else as ``span``."""
    return "now" if seconds < MINUTE else span(seconds)


def estimate(left: TimeLeft) -> str:
    """The time a job still takes: ``20–50 s left``, ``1–3 min left``, ``unusually slow``."""
    return "unusually slow" if left.slow else f"{_between(left.low, left.high)} left"


def duration(whole: TimeLeft) -> str:
    """How long a film takes from the order on: ``1–3 min``, ``about 2 min``."""
    return _between(whole.low, whole.high).replace("~", "about ")


def _between(low: float, high: float) -> str:
    for seconds, step, unit in ((1, 5, "s"), (MINUTE, 1, "min"), (HOUR, 1, "h")):
        if high < 90 * seconds or unit == "h":
            low, high = _step(low / seconds, step), _step(high / seconds, step)
            return f"~{high} {unit}" if low >= high else f"{low}–{high} {unit}"
    raise AssertionError("unreachable")


def money(usd: float) -> str:
    """US dollars: cents, or finer below one cent."""
    if usd and abs(usd) < 0.01:
        return f"${usd:.4f}"
    return f"${usd:,.2f}"


def size(count: int) -> str:
    """Bytes: ``812 B``, ``34 kB``, ``3.4 MB``."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def moment(when: datetime) -> str:
    """A point in time in the user's time zone."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}"


def fit(text: str, width: int) -> str:
    """Return ``text`` cut or padded to exactly ``width`` cells; a cut is marked."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + ELLIPSIS


def fit_right(text: str, width: int) -> str:
    """Like ``fit``, with the padding on the left."""
    room = width - cell_len(text)
    return " " * room + text if room >= 0 else fit(text, width)


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def words(code: str) -> str:
    """A stable code in words: ``no_credits`` becomes ``no credits``."""
    return code.replace("_", " ")


def _step(value: float, step: int) -> int:
    return max(step, step * round(value / step))
