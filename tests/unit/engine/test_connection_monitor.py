"""Refusals of a key, and answers that come late."""

from __future__ import annotations

import pytest

from wan_tui.domain.errors import ServiceError, Unauthorized
from wan_tui.domain.events import Connection, ConnectionChanged, Event
from wan_tui.engine.connection_monitor import ConnectionMonitor

REFUSED = Unauthorized("refused")


class Service:
    """Refuses what is asked with the old key; ``change_at`` says at which question the user changes it."""

    def __init__(self, change_at: int) -> None:
        self.events: list[Event] = []
        self.monitor = ConnectionMonitor(self.events.append, has_key=True)
        self.asked = 0
        self._change_at = change_at
        self._key_works = False

    async def ask(self) -> str:
        self.asked += 1
        asked_with_the_new = self._key_works
        if self.asked == self._change_at:
            self._key_works = True
            self.monitor.key_changed()
        if asked_with_the_new:
            return "answer"
        raise REFUSED


@pytest.mark.parametrize("change_at", [1, 2])
async def test_a_refusal_of_the_key_before_is_not_one_of_the_new_key(change_at: int) -> None:
    """At the first question, or at the one that is to show whether the refusal was a glitch."""
    service = Service(change_at)
    assert await service.monitor.with_key_retry(service.ask) == "answer"
    assert service.asked == change_at + 1
    assert service.monitor.key_usable


async def test_the_new_key_may_be_refused_as_well() -> None:
    """It too is asked about twice."""
    service = Service(change_at=99)

    async def ask() -> str:
        if service.asked == 1:
            service.monitor.key_changed()
        return await service.ask()

    with pytest.raises(ServiceError):
        await service.monitor.with_key_retry(ask)
    assert service.asked == 3


async def test_once_refused_nobody_else_asks_twice() -> None:
    """One glitch for all."""
    service = Service(change_at=99)
    service.monitor.key_refused(REFUSED)
    with pytest.raises(ServiceError):
        await service.monitor.with_key_retry(service.ask)
    assert service.asked == 1
    assert service.events == [ConnectionChanged(Connection.KEY_REFUSED, REFUSED.message)]
