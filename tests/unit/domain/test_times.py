"""Moments from outside: whatever they were, reckoning with them cannot fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.api.retry_after import http_date
from wan_tui.api.url_policy import link_expiry
from wan_tui.domain.times import EARLIEST, LATEST, iso, parse_iso

FAR = timedelta(days=366 * 50)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def reckon(moment: datetime) -> None:
    """What is done with times all over the program."""
    assert EARLIEST <= moment <= LATEST
    assert moment.tzinfo is UTC
    _ = (moment + FAR, moment - FAR, moment.timestamp(), moment.astimezone(), moment - datetime.now(UTC))
    assert parse_iso(iso(moment)) is not None


@given(st.datetimes(), st.none() | zones)
def test_any_time_that_can_be_written_can_be_reckoned_with(moment: datetime, zone: timezone | None) -> None:
    """The first and last years and offsets that lead beyond them included."""
    read = parse_iso(moment.replace(tzinfo=zone).isoformat())
    assert read is not None
    reckon(read)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0001-01-01T00:00:00+23:59", EARLIEST),
        ("9999-12-31T23:59:59.999-23:59", LATEST),
        ("2499-12-31T23:59:59-10:00", LATEST),
        ("2026-11-24T13:00:00+01:00", datetime(2026, 11, 24, 12, tzinfo=UTC)),
        ("soon", None),
        ("99999-01-01", None),
        (7, None),
    ],
)
def test_times_beyond_what_can_be_end_there(text: object, read: datetime | None) -> None:
    """What is no time at all stays none."""
    assert parse_iso(text) == read


def test_headers_and_links_are_bounded_too() -> None:
    """A film host and a clock may say anything."""
    for value in ("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +2359"):
        reckon(http_date(value) or datetime.now(UTC))
    for query in (
        "Expires=99999999999",
        "X-Amz-Date=99991231T235959Z&X-Amz-Expires=999999999",
        "X-Amz-Date=00010101T000000Z&X-Amz-Expires=1",
    ):
        moment = link_expiry(f"https://films.example/1.mp4?{query}", datetime.now(UTC))
        assert moment is not None
        reckon(moment)
