"""A terminal that goes: what is written to it is dropped, and its going is noticed."""

from __future__ import annotations

import os
import pty
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import pytest

from tests.patience import PATIENCE
from wan_tui.terminal.terminal_watch import LenientOutput, is_there, watched


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """The far and the near end of a terminal; a test may close the far one."""
    far, near = pty.openpty()
    yield far, near
    os.close(near)
    with suppress(OSError):
        os.close(far)


def near_file(near: int) -> IO[str]:
    return open(near, "w", encoding="utf-8", closefd=False)


def test_what_is_written_arrives(ends: tuple[int, int]) -> None:
    far, near = ends
    with near_file(near) as file:
        output = LenientOutput(file)  # type: ignore[arg-type]
        assert output.write("ahoy") == 4
        output.flush()
        assert output.isatty()
    assert os.read(far, 100) == b"ahoy"


def test_what_is_written_to_a_terminal_that_went_is_dropped(ends: tuple[int, int]) -> None:
    far, near = ends
    output = LenientOutput(near_file(near))  # type: ignore[arg-type]
    os.close(far)
    for _ in range(100):
        output.write("x" * 1000)
        output.flush()


def test_a_terminal_that_goes_is_noticed_once(ends: tuple[int, int]) -> None:
    far, near = ends
    gone = threading.Semaphore(0)
    with watched(near, gone.release, interval=0.01):
        assert not gone.acquire(timeout=0.1)
        os.close(far)
        assert gone.acquire(timeout=PATIENCE)
        assert not gone.acquire(timeout=0.1)
    assert not is_there(near)
