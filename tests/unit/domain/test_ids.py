"""Names of jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.ids import is_job_id, new_job_id

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
BITS = st.integers(min_value=0, max_value=2**80 - 1)


@given(MOMENTS, BITS)
def test_an_id_has_the_ulid_form(now: datetime, bits: int) -> None:
    """26 characters of Crockford's base 32."""
    name = new_job_id(now, bits)
    assert len(name) == 26
    assert is_job_id(name)


@given(MOMENTS, st.integers(min_value=1, max_value=10**12), BITS, BITS)
def test_ids_sort_by_time(now: datetime, later_by: int, bits: int, more_bits: int) -> None:
    """A millisecond later is later in the list, whatever the random part."""
    now = now.replace(microsecond=0)
    later = now + timedelta(milliseconds=later_by)
    assert new_job_id(now, bits) < new_job_id(later, more_bits)


@given(MOMENTS, BITS, BITS)
def test_ids_of_one_moment_differ_by_their_random_bits(now: datetime, one: int, other: int) -> None:
    """Two processes that order at once do not collide."""
    assert (new_job_id(now, one) == new_job_id(now, other)) == (one == other)


def test_the_layout_is_that_of_the_specification() -> None:
    """The specification's example: this moment begins with these ten characters."""
    moment = datetime.fromtimestamp(1_469_918_176.385, UTC)
    assert new_job_id(moment, 0) == "01ARYZ6S41" + "0" * 16


def test_what_is_no_id() -> None:
    """Other letters, other lengths."""
    assert not is_job_id("")
    assert not is_job_id("0" * 25)
    assert not is_job_id("U" * 26)
    assert not is_job_id("../" + "0" * 23)
