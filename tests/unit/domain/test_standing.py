"""Where unfinished jobs stand, in words that are true of their money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.strategies import waiting_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import JobState
from wan_tui.domain.standing import Standing, left_behind, standing, standing_of

WHEN = "at the next start"


@pytest.mark.parametrize("state", JobState)
def test_every_unfinished_state_stands_somewhere(state: JobState) -> None:
    """A state that is forgotten would be left out of what is said at the end."""
    assert (standing(state, doubtful=False) is None) == state.settled


def test_an_order_never_sent_is_not_called_charged_or_made() -> None:
    """The sentence at the end said "still being made at the service" of an order that had never left."""
    [said] = left_behind([Standing.WAITING], WHEN)
    assert said == "1 order was not sent and not charged; it stays waiting."


def test_a_waiting_order_whose_earlier_try_may_have_arrived_is_in_doubt() -> None:
    """Its problem says so: then nobody may say "not charged"."""
    job = replace(waiting_job(), problem=Failure("not_looked_up", "The log cannot be read", Money.UNKNOWN))
    assert standing_of(job) is Standing.IN_DOUBT
    assert standing_of(replace(job, problem=Failure("held", "Too old", Money.FREE))) is Standing.WAITING
    making = replace(job, state=JobState.GENERATING)
    assert standing_of(making) is Standing.RUNNING


def test_each_kind_is_said_once_with_its_number() -> None:
    """The most certain money first; what is being sent when the program ends is in doubt."""
    said = left_behind(
        [Standing.WAITING] * 2
        + [Standing.RUNNING, Standing.SENDING, Standing.IN_DOUBT, Standing.RUNNING, Standing.TO_SAVE],
        WHEN,
    )
    assert said == [
        "2 films are being made at the service; they will be fetched at the next start.",
        "1 film is paid for but not fetched yet; it will be fetched at the next start.",
        "2 orders may have been charged; do not order them again: they will be looked up at the next start.",
        "2 orders were not sent and not charged; they stay waiting.",
    ]
    assert left_behind([], WHEN) == []
