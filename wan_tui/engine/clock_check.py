"""Tells that this machine's clock is wrong. Nothing here relies on it, but times on the screen and in names do."""

from __future__ import annotations

from wan_tui.api.client import ApiClient
from wan_tui.domain.clock_difference import difference
from wan_tui.domain.events import Listener, Trouble


class ClockCheck:
    """Compares with the time of the service's answers and announces a difference once."""

    def __init__(self, api: ApiClient, announce: Listener) -> None:
        self._api = api
        self._announce = announce
        self._told = False

    def check(self) -> None:
        offset = self._api.clock_offset
        wrong = None if offset is None else difference(offset)
        if wrong is None:
            self._told = False
        elif not self._told:
            self._told = True
            self._announce(
                Trouble(
                    f"This machine's clock is {wrong}",
                    "Set it; orders are safe, but the times shown are wrong",
                )
            )
