"""A clock that is wrong is told once, and again when it has been right meanwhile."""

from __future__ import annotations

from typing import Any, cast

import pytest

from wan_tui.domain.clock_difference import TOLERANCE, difference
from wan_tui.domain.events import Event, Trouble
from wan_tui.engine.clock_check import ClockCheck

DAY_AHEAD = 1.0 - 26 * 3600


class Service:
    clock_offset: float | None = None


def test_it_is_told_once() -> None:
    service, told = Service(), list[Event]()
    check = ClockCheck(cast(Any, service), told.append)
    for service.clock_offset in (None, 0.4, DAY_AHEAD, DAY_AHEAD - 1, 7200.0):
        check.check()
    assert [event.sentence for event in told if isinstance(event, Trouble)] == [
        "This machine's clock is 26 h ahead of the service's."
        " Set it; orders are safe, but the times shown are wrong."
    ]
    for service.clock_offset in (0.0, 7200.0):
        check.check()
    assert "2 h behind the service's" in cast(Trouble, told[-1]).sentence


@pytest.mark.parametrize("offset", [0.0, TOLERANCE, -TOLERANCE])
def test_a_small_difference_is_none(offset: float) -> None:
    assert difference(offset) is None


def test_a_minute_is_enough() -> None:
    assert (difference(TOLERANCE + 1), difference(-TOLERANCE - 1)) == (
        "1 min behind the service's",
        "1 min ahead of the service's",
    )
