"""The checks can fail: each is shown what it is there to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.checks import (
    Aftermath,
    check,
    check_key_answered,
    check_message,
    check_terminal_restored,
)
from tests.unit.library.jobs import make_film, make_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import JobState
from wan_tui.library.history import History

SIGNATURE = "c2lnbmF0dXJl"
GOOD = Failure("expired", "The link has expired", Money.CHARGED, "Ask the service's support")


@pytest.fixture
def aftermath(tmp_path: Path) -> Aftermath:
    """One order, taken once, expired; one film of another; a link in the history."""
    job = make_job(
        1,
        state=JobState.EXPIRED,
        error=GOOD,
        generation_ids=("gen-1",),
        video_url=f"https://films.example/1.mp4?Signature={SIGNATURE}",
    )
    history = History.open(tmp_path / "data")
    history.add(job)
    history.close()
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "film.mp4").write_bytes(make_film())
    return Aftermath(tmp_path, ["gen-1"], 1, "k-secret-secret", [SIGNATURE])


def test_nothing_is_wrong(aftermath: Aftermath) -> None:
    assert len(check(aftermath)) == 1


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda case: replace(case, till=["gen-2"]), "lost", id="L"),
        pytest.param(lambda case: replace(case, confirmed=0), "confirmed", id="D"),
        pytest.param(
            lambda case: replace(case, foreign=b"x k-secret-secret"), "another host", id="K, key abroad"
        ),
        pytest.param(lambda case: replace(case, outputs=["k-secret-secret"]), "was shown", id="K, key shown"),
        pytest.param(
            lambda case: replace(case, outputs=[SIGNATURE.encode()]), "was shown", id="K, link shown"
        ),
        pytest.param(
            lambda case: _written(case, "state/log", b"k-secret-secret"), "key is in", id="K, key on disk"
        ),
        pytest.param(
            lambda case: _written(case, "state/log", SIGNATURE.encode()), "signature", id="K, link on disk"
        ),
        pytest.param(lambda case: _written(case, "films/half.mp4", make_film()[:-9]), "half.mp4", id="W"),
    ],
)
def test_what_is_wrong_is_noticed(
    aftermath: Aftermath, spoil: Callable[[Aftermath], Aftermath], told: str
) -> None:
    with pytest.raises(AssertionError, match=told):
        check(spoil(aftermath))


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, message=""),
        replace(GOOD, next_step=""),
        replace(GOOD, message="Traceback (most recent call last)"),
        replace(GOOD, message="<html>"),
        replace(GOOD, message="httpx.ReadError()"),
        replace(GOOD, message="red \x1b[31m"),
        replace(GOOD, message="x" * 2000),
    ],
    ids=repr,
)
def test_messages_that_will_not_do(bad: Failure) -> None:
    """M."""
    check_message(GOOD)
    with pytest.raises(AssertionError):
        check_message(bad)


def test_a_terminal_that_was_left_behind() -> None:
    """T."""
    check_terminal_restored(b"\x1b[?1049h\x1b[?25l films \x1b[?25h\x1b[?1049l")
    with pytest.raises(AssertionError, match="cursor"):
        check_terminal_restored(b"\x1b[?1049h\x1b[?25l films \x1b[?1049l")
    with pytest.raises(AssertionError):
        check_key_answered(60.0)


def _written(case: Aftermath, name: str, content: bytes) -> Aftermath:
    path = case.home / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return case
