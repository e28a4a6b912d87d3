"""What speaks against an order, and that it is found out before anything is sent."""

from __future__ import annotations

import pytest

from wan_tui.domain.errors import Money
from wan_tui.engine.order_checks import FILM_ROOM, LIBRARY_ROOM, obstacle

ENOUGH = 1 << 40


@pytest.mark.parametrize(
    ("price", "balance", "films", "library"),
    [
        (0.53, 0.53, FILM_ROOM, LIBRARY_ROOM),
        (None, 0.0, ENOUGH, ENOUGH),
        (0.53, None, ENOUGH, ENOUGH),
        (0.53, 10.0, None, None),
        (None, None, None, None),
    ],
)
def test_what_is_enough_or_unknown_stops_nothing(
    price: float | None, balance: float | None, films: int | None, library: int | None
) -> None:
    """To the cent and to the byte."""
    assert obstacle(price, balance, films, library) is None


@pytest.mark.parametrize(
    ("price", "balance", "films", "library", "code", "told"),
    [
        (0.53, 0.52, ENOUGH, ENOUGH, "no_credits", ("$0.53", "$0.52")),
        (0.53, -0.2, ENOUGH, ENOUGH, "no_credits", ("$0.53", "$0.00")),
        (0.53, 9.0, FILM_ROOM - 1, ENOUGH, "disk_full", ("63 MiB", "films", "64 MiB")),
        (0.53, 9.0, ENOUGH, 0, "disk_full", ("0 MiB", "library", "8 MiB")),
        (0.53, 0.0, 0, ENOUGH, "disk_full", ("films",)),
    ],
)
def test_what_is_too_little_is_told_with_both_numbers(
    price: float, balance: float, films: int, library: int, code: str, told: tuple[str, ...]
) -> None:
    """Free, with what helps and how to go on."""
    found = obstacle(price, balance, films, library)
    assert found is not None
    assert (found.code, found.money) == (code, Money.FREE)
    assert all(word in found.message for word in told)
    assert "f in the studio retries" in found.next_step
