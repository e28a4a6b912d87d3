"""Runs blocking work outside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work`` in a thread; if cancelled, wait until it has ended.

    A thread cannot be stopped and would interfere with the next owner of the job.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise


@asynccontextmanager
async def held_in_thread(acquire: Callable[[], T], release: Callable[[T], object]) -> AsyncIterator[T]:
    """Acquire a resource for the context and release it afterwards, both in threads.

    It is released even if the caller is cancelled during ``acquire``.
    """
    acquiring = asyncio.ensure_future(asyncio.to_thread(acquire))
    try:
        yield await asyncio.shield(acquiring)
    finally:
        [acquired] = await asyncio.gather(acquiring, return_exceptions=True)
        if not isinstance(acquired, BaseException):
            await in_thread(release, acquired)
