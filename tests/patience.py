"""Waiting for what is to come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 150.0
"""Seconds. It only ends a test that hangs: far longer than the slowest machine needs, since no test is about speed."""


async def until(holds: Callable[[], object]) -> None:
    """Wait for something that no event announces."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


def wait_until(holds: Callable[[], object]) -> float:
    """Wait until ``holds`` is true of the disk or the service; seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() < began + PATIENCE
        time.sleep(0.01)
    return time.monotonic() - began
