"""Blocking work in threads, and callers that are cancelled meanwhile."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.patience import PATIENCE
from wan_tui.engine.threads import held_in_thread, in_thread


async def test_what_is_acquired_while_the_caller_is_cancelled_is_released() -> None:
    """A lock on a file, say: nobody else could release it."""
    acquiring, go_on = threading.Event(), threading.Event()
    released: list[str] = []

    def acquire() -> str:
        acquiring.set()
        go_on.wait(PATIENCE)
        return "lock"

    async def use() -> None:
        async with held_in_thread(acquire, released.append):
            pytest.fail("it was cancelled before")

    using = asyncio.create_task(use())
    await asyncio.to_thread(acquiring.wait, 10)
    using.cancel()
    await asyncio.sleep(0)
    assert not using.done(), "it is held until the thread has ended"
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert released == ["lock"]


async def test_what_is_held_is_released_once_whatever_happens() -> None:
    released: list[str] = []

    async def use() -> None:
        async with held_in_thread(lambda: "lock", released.append) as held:
            raise ValueError(held)

    with pytest.raises(ValueError, match="lock"):
        await use()
    assert released == ["lock"]


async def test_what_could_not_be_acquired_is_not_released() -> None:
    def fail() -> str:
        raise OSError("no")

    released: list[str] = []
    with pytest.raises(OSError, match="no"):
        async with held_in_thread(fail, released.append):
            pass
    assert released == []


async def test_a_cancelled_caller_is_held_until_the_thread_has_ended() -> None:
    working, go_on = threading.Event(), threading.Event()

    def work() -> None:
        working.set()
        go_on.wait(PATIENCE)

    caller = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(working.wait, 10)
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
