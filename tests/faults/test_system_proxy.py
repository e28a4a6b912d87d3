"""A proxy on the way: used, and what it must not see or give away."""

from __future__ import annotations

import base64

import pytest

from tests.faults.checks import check_message
from tests.faults.conftest import KEY, Rig
from tests.faults.rig import ScriptedServer, http
from wan_tui.domain.job import JobState

PASSWORD = "pr0xy-s3cret"


@pytest.mark.parametrize("status", [407, 403, 502])
async def test_a_proxy_that_lets_nothing_through(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Proxy set / wrong / with password → used; nothing was ordered; the password is shown and logged nowhere."""
    caplog.set_level("DEBUG")
    async with ScriptedServer(http(status, "<h1>no</h1>")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}")
        async with rig.engine(url="https://service.example") as watched:
            job = await rig.order(watched)
            await watched.until(lambda: (now := watched.engine.job(job.id)) is not None and bool(now.problem))
            stopped = watched.engine.job(job.id)
        connects = [request for request in proxy.requests if request.method == "CONNECT"]
        assert connects[0].target == "service.example:443"
        credentials = base64.b64encode(f"user:{PASSWORD}".encode()).decode()
        assert connects[0].headers["proxy-authorization"] == f"Basic {credentials}"
        assert KEY.encode() not in proxy.bytes_seen
    assert stopped is not None
    assert stopped.state in (JobState.WAITING, JobState.SUBMITTING)
    assert stopped.problem is not None
    check_message(stopped.problem)
    assert "proxy" in stopped.problem.message
    words = "\n".join([caplog.text, *rig.outputs, *map(str, watched.events)])
    assert PASSWORD not in words
    assert credentials not in words
    assert not any(PASSWORD.encode() in path.read_bytes() for path in rig.home.rglob("*") if path.is_file())
