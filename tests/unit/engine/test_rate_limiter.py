"""The shared brake on polls."""

from __future__ import annotations

import asyncio

import pytest

from wan_tui.engine.clock import Clock
from wan_tui.engine.rate_limiter import RateLimiter


class _HandClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 100.0

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.time, sleep=self.sleep)


async def test_slots_are_spread_over_time() -> None:
    hand = _HandClock()
    limiter = RateLimiter(hand.clock(), rate=4.0, open=1)
    for _ in range(9):
        async with limiter.slot():
            pass
    assert hand.time - 100.0 == pytest.approx(2.0)


async def test_no_more_are_open_than_allowed() -> None:
    limiter = RateLimiter(Clock(), rate=10_000.0, open=4)
    inside, most = 0, 0

    async def pass_through() -> None:
        nonlocal inside, most
        async with limiter.slot():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(pass_through() for _ in range(30)))
    assert most == 4


async def test_too_many_requests_slow_everybody_down_and_success_speeds_up_again() -> None:
    hand = _HandClock()
    limiter = RateLimiter(hand.clock(), rate=4.0, open=4)
    limiter.slow_down(30.0)
    async with limiter.slot():
        assert hand.time - 100.0 == pytest.approx(30.0)
    assert limiter.slowdown == 2.0
    for _ in range(50):
        limiter.slow_down(None)
    assert limiter.slowdown == 20.0
    for _ in range(50):
        limiter.speed_up()
    assert limiter.slowdown == 1.0
