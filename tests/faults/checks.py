"""The six checks at the end of every fault case.

Every id in the till is in the history; no more orders were accepted than confirmed; each message says what happened,
whether money was charged and what to do; key and link signatures are only where they belong; only complete films have
final names; the terminal was restored, and keys were answered meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wan_tui.domain.errors import Failure, FilmError, Money
from wan_tui.domain.job import Job, JobState
from wan_tui.library.history import History
from wan_tui.library.mp4 import inspect

PATIENT_SECONDS = 30.0
"""Seconds after which a key counts as unanswered; lower limits prove nothing on a busy machine. The goal is 0.2."""

LINK_OF_A_JOB = re.compile(rb'"video_url": ?"(?:[^"\\]|\\.)*"')
_HISTORY = ("history.json", "history.json.bak", "history.json.tmp", ".journal")
_SET_ASIDE = "history.damaged-"
_NOT_FOR_PEOPLE = re.compile(r"Traceback|<[a-z!/]|Error\(|\bNone\b|[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_LEAVES_MODES = {
    "alternate screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "hidden cursor": (b"\x1b[?25l", b"\x1b[?25h"),
    "bracketed paste": (b"\x1b[?2004h", b"\x1b[?2004l"),
    "mouse": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "focus reports": (b"\x1b[?1004h", b"\x1b[?1004l"),
    "keyboard protocol": (b"\x1b[>1u", b"\x1b[<u"),
}


@dataclass
class Aftermath:
    """What a case leaves behind.

    ``home`` contains ``config``, ``data``, ``state`` and ``films``. ``till``: generation ids of the orders that the
    service accepted. ``confirmed``: number of orders that the user confirmed. ``secrets``: signatures of links etc.
    ``outputs``: everything printed, painted or announced. ``foreign``: all bytes that reached other hosts.
    """

    home: Path
    till: Sequence[str]
    confirmed: int
    key: str
    secrets: Sequence[str] = ()
    outputs: Iterable[str | bytes] = ()
    foreign: bytes = b""
    films: Path | None = field(default=None)
    """The film folder, if it is not ``home/films``."""


def check(case: Aftermath) -> list[Job]:
    """Run all checks except that of the terminal; return the jobs on disk."""
    jobs = jobs_on_disk(case.home)
    check_ids_kept(case.till, jobs)
    check_not_paid_twice(case.till, case.confirmed)
    check_messages(jobs)
    check_secrets(case)
    check_films_whole(case.films or case.home / "films")
    return jobs


def jobs_on_disk(home: Path) -> list[Job]:
    """The history as another process would read it."""
    history = History.open(home / "data", read_only=True)
    history.load()
    jobs = [history.get(row.id) for row in history.index.rows()]
    return [job for job in jobs if job is not None]


def check_ids_kept(till: Iterable[str], jobs: Iterable[Job]) -> None:
    """No acknowledged order is lost."""
    known = {generation_id for job in jobs for generation_id in job.generation_ids}
    assert set(till) <= known, f"lost: {set(till) - known}"


def check_not_paid_twice(till: Sequence[str], confirmed: int) -> None:
    """No order is paid twice."""
    assert len(till) <= confirmed, f"{confirmed} confirmed, {len(till)} taken"


def check_messages(jobs: Iterable[Job]) -> None:
    """Every stored failure is a proper message, and every failed job has one."""
    for job in jobs:
        for failure in (job.error, job.problem):
            if failure is not None:
                check_message(failure)
        if job.state in (JobState.FAILED, JobState.EXPIRED):
            assert job.error is not None


def check_message(failure: Failure) -> None:
    """A message has a cause, says whether money was charged and what to do next, and shows no internals."""
    sentence = failure.sentence
    assert failure.message, failure
    assert failure.next_step, failure
    assert any(money.value in sentence.lower() for money in Money), sentence
    assert not _NOT_FOR_PEOPLE.search(sentence), sentence
    assert "\n" not in sentence
    assert len(failure.message) <= 600


def check_secrets(case: Aftermath) -> None:
    """The key and signatures are only where they belong."""
    key = case.key.encode()
    assert key not in case.foreign, "the key went to another host"
    outputs = [text.encode("utf-8", "replace") if isinstance(text, str) else text for text in case.outputs]
    for secret in (key, *(secret.encode() for secret in case.secrets)):
        assert not any(secret in output for output in outputs), "a secret was shown"
    for path in case.home.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        if path.parent.name != "config":
            assert key not in content, f"the key is in {path.name}"
        if path.name.endswith(_HISTORY):
            content = LINK_OF_A_JOB.sub(b"", content)
        if path.name.startswith(_SET_ASIDE):
            continue  # a byte-for-byte copy of the damaged history
        for signature in case.secrets:
            assert signature.encode() not in content, f"a signature is in {path.name}"


def check_films_whole(folder: Path) -> None:
    """Only complete films have final names."""
    for path in folder.glob("*.mp4") if folder.is_dir() else ():
        try:
            inspect(path)
        except FilmError as error:
            raise AssertionError(f"{path.name}: {error.message}") from error


def check_terminal_restored(stream: bytes) -> None:
    """Every terminal mode that the program switched on was switched off again at the end."""
    for name, (on, off) in _LEAVES_MODES.items():
        assert stream.rfind(on) <= stream.rfind(off), f"left behind: {name}"


def check_key_answered(seconds: float) -> None:
    """Check that a key was answered. Its time is only printed, since it proves nothing on a busy machine."""
    print(f"key answered after {seconds * 1000:.0f} ms")
    assert seconds < PATIENT_SECONDS
