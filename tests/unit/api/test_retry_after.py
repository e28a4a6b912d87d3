"""The table of Retry-After values that services and proxies really send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from wan_tui.api.retry_after import http_date, retry_after

DATE = "Tue, 01 Jul 2025 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1),
        (" 60 ", 60),
        ("61", 61),
        ("900", 900),
        ("901", 900),
        ("007", 7),
        ("9" * 35, 900),
        ("0", None),
        ("-10", None),
        ("1.5", None),
        ("1e9", None),
        ("", None),
        ("  ", None),
        ("soon", None),
        ("٣", None),
        (None, None),
        ("Tue, 01 Jul 2025 12:00:30 GMT", 30),
        ("Tue, 01 Jul 2025 11:59:30 GMT", None),
        ("Tue, 01 Jul 2025 12:00:00 GMT", None),
        ("Tue, 01 Jul 2095 12:00:00 GMT", 900),
        ("Tue, 01 Jul 2025 14:00:30 +0200", 30),
        ("Zun, 29 Jul 9999999 00:00:99 GMT", None),
        ("Tue, 99 Jul 2025 12:00:30 GMT", None),
        ("\x00", None),
    ],
)
def test_the_table(value: str | None, seconds: float | None) -> None:
    """Whole seconds and dates above zero, cut to the longest; all else is our own pace."""
    assert retry_after(value, DATE) == seconds


def test_a_date_counts_from_the_answers_own_date() -> None:
    """A service whose clock is three hours ahead still means 20 seconds."""
    theirs = datetime.now(UTC) + timedelta(hours=3)
    until = format_datetime(theirs + timedelta(seconds=20), usegmt=True)
    assert retry_after(until, format_datetime(theirs, usegmt=True)) == 20


def test_without_a_date_our_clock_is_used() -> None:
    """Better than nothing, and still bounded."""
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    wait = retry_after(until)
    assert wait is not None
    assert 0 < wait <= 300
    assert retry_after(until, "nonsense", longest=10) == 10


@pytest.mark.parametrize("value", [None, "", "x", "99", "Tue, 01 Jul 99999 12:00:00 GMT"])
def test_dates_that_are_none(value: str | None) -> None:
    """Unreadable dates are None."""
    assert http_date(value) is None
