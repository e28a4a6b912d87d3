"""Blocking work off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do ``work`` in a thread. Where the caller is cancelled meanwhile, it is held until the work has ended.

    A thread cannot be stopped: it would go on behind the back of whoever takes over the job.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise


@asynccontextmanager
async def held_in_thread(acquire: Callable[[], T], release: Callable[[T], object]) -> AsyncIterator[T]:
    """What ``acquire`` gives, for as long as the context lasts; both are called in threads.

    It is released also where the caller is cancelled while it is being acquired.
    """
    acquiring = asyncio.ensure_future(asyncio.to_thread(acquire))
    try:
        yield await asyncio.shield(acquiring)
    finally:
        [acquired] = await asyncio.gather(acquiring, return_exceptions=True)
        if not isinstance(acquired, BaseException):
            await in_thread(release, acquired)
