"""Whether the service can be reached and accepts the key, by the engine's latest requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from wan_tui.domain.errors import Forbidden, Refused, ServiceError, Unauthorized
from wan_tui.domain.events import Connection, ConnectionChanged, Listener

T = TypeVar("T")

_log = logging.getLogger(__name__)


class ConnectionMonitor:
    """Tracks the connection state, announces changes, and blocks requests while there is no working key."""

    def __init__(self, announce: Listener, *, has_key: bool) -> None:
        self._announce = announce
        self._usable = asyncio.Event()
        self._refused = asyncio.Event()
        self._key_number = 0
        self.state = Connection.UNKNOWN if has_key else Connection.NO_KEY
        if has_key:
            self._usable.set()

    @property
    def key_usable(self) -> bool:
        return self._usable.is_set()

    async def key_ready(self) -> None:
        """Wait for a key that the service has not refused."""
        await self._usable.wait()

    async def key_refusal(self) -> None:
        """Wait until the service refuses the key."""
        await self._refused.wait()

    async def with_key_retry(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return the result of ``ask``; retry once if the key is refused, since a single refusal may be a glitch.

        What was asked before the key changed is asked anew: its refusal was not of this key.
        """
        retried = False
        while True:
            asked_with = self._key_number
            try:
                return await ask()
            except (Unauthorized, Forbidden):
                if asked_with == self._key_number:
                    if retried or not self.key_usable:  # another request has already retried
                        raise
                    retried = True

    def report_success(self) -> None:
        """The service answered. Ignored while the key is refused: the answer may be from before that."""
        if self.key_usable:
            self._set(Connection.ONLINE)

    def report_failure(self, error: ServiceError) -> None:
        """A request failed. An explicit refusal does not mean that we are offline."""
        if self.key_usable and not isinstance(error, Refused):
            self._set(Connection.OFFLINE, error.message)

    def key_refused(self, error: ServiceError) -> None:
        """The service refuses the key, also on the retry."""
        self._usable.clear()
        self._refused.set()
        self._set(Connection.KEY_REFUSED, error.message)

    def key_changed(self) -> None:
        """There is a new key, or the service accepts the old one again."""
        self._key_number += 1
        self._usable.set()
        self._refused.clear()
        self._set(Connection.UNKNOWN)

    def _set(self, state: Connection, detail: str = "") -> None:
        if state is not self.state:
            self.state = state
            _log.info("service: %s %s", state, detail)
            self._announce(ConnectionChanged(state, detail))
