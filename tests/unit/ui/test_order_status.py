"""What the form says of an order, and that only an accepted one is called good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.strategies import waiting_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import JobState
from wan_tui.ui.form.order_status import order_status

OFFLINE = Failure("unreachable", "There is no connection", Money.FREE, "It is tried again by itself")


@pytest.mark.parametrize("state", JobState)
def test_only_what_the_service_took_is_good(state: JobState) -> None:
    """Not what waits, is on its way or in doubt; and an error is never good."""
    news = order_status(replace(waiting_job(), state=state, problem=OFFLINE))
    taken = (JobState.QUEUED, JobState.GENERATING, JobState.COMPLETED, JobState.SAVED, JobState.EXPIRED)
    assert news.good is (state in taken)
    assert news.sentence.startswith("Ordered") is news.good
    assert not (news.good and news.error)


def test_an_order_that_waits_says_why_and_whether_money_went() -> None:
    """It was called "Ordered" in green while there was no connection."""
    news = order_status(replace(waiting_job(), problem=OFFLINE))
    assert news.sentence.startswith("Waiting")
    assert "There is no connection. Not charged. It is tried again by itself." in news.sentence
    assert not news.settled
