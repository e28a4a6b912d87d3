"""RELIABILITY section 3, "Submit"."""

from __future__ import annotations

from tests.faults.conftest import Rig
from wan_tui.domain.job import JobState


async def test_good_health(rig: Rig) -> None:
    """No fault: one order, one film. What the other cases differ from."""
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
