"""An environment that lets no request leave: told before anything is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.checks import check_message, jobs_on_disk
from tests.faults.conftest import Rig
from wan_tui.domain.errors import Money
from wan_tui.domain.job import JobState


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "gopher://u:s3cret@proxy.example:70"),
        ("https_proxy", "http://u:s3cret@proxy.example:99999"),
        ("SSL_CERT_FILE", "nowhere.pem"),
        ("SSL_CERT_DIR", "nowhere"),
    ],
)
async def test_an_order_that_cannot_leave(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    """It waits, says which variable is wrong and that nothing was charged; there is no attempt to look for."""
    monkeypatch.setenv(variable, value if "://" in value else str(tmp_path / value))
    async with rig.engine(url="https://service.example") as watched:
        job = await rig.order(watched)
        await watched.until(lambda: (now := watched.engine.job(job.id)) is not None and bool(now.problem))
        held = watched.engine.job(job.id)
        assert held is not None
        await watched.until(lambda: watched.engine.stuck(held))
    [left] = jobs_on_disk(rig.home)
    assert (left.state, left.attempts) == (JobState.WAITING, ())
    assert left.problem is not None
    assert left.problem.money is Money.FREE
    assert variable in left.problem.message
    assert "s3cret" not in left.problem.sentence
    check_message(left.problem)
