"""Whether the service can be reached and takes the key, as the whole engine learned it last."""

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
    """Remembers the state, announces its changes, and holds everything back while there is no good key."""

    def __init__(self, announce: Listener, *, has_key: bool) -> None:
        self._announce = announce
        self._usable = asyncio.Event()
        self._refused = asyncio.Event()
        self.state = Connection.UNKNOWN if has_key else Connection.NO_KEY
        if has_key:
            self._usable.set()

    @property
    def key_usable(self) -> bool:
        return self._usable.is_set()

    async def key_ready(self) -> None:
        """Wait until there is a key that the service has not refused."""
        await self._usable.wait()

    async def key_gone(self) -> None:
        """Wait until the service refuses the key."""
        await self._refused.wait()

    async def sure(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What ``ask`` answers. Where it is refused for the key it is asked once more: one refusal may be a slip of
        something in between.
        """
        try:
            return await ask()
        except (Unauthorized, Forbidden):
            if not self.key_usable:  # somebody else has asked twice meanwhile
                raise
        return await ask()

    def works(self) -> None:
        """The service answered. An answer from before the key was refused does not make it a good one."""
        if self.key_usable:
            self._set(Connection.ONLINE)

    def fails(self, error: ServiceError) -> None:
        """Something went wrong on the way; a clear no, of whatever kind, is no loss of the line."""
        if self.key_usable and not isinstance(error, Refused):
            self._set(Connection.OFFLINE, error.message)

    def key_refused(self, error: ServiceError) -> None:
        """The service does not take the key: said more than once, as ``sure`` asks."""
        self._usable.clear()
        self._refused.set()
        self._set(Connection.KEY_REFUSED, error.message)

    def key_given(self) -> None:
        """There is another key, or the service takes the old one again."""
        self._usable.set()
        self._refused.clear()
        self._set(Connection.UNKNOWN)

    def _set(self, state: Connection, detail: str = "") -> None:
        if state is not self.state:
            self.state = state
            _log.info("service: %s %s", state, detail)
            self._announce(ConnectionChanged(state, detail))
