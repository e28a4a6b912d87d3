"""Which events mean that another API key is needed, and how to give one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.screen import Screen

from wan_tui.domain.events import Connection, ConnectionChanged, Event, JobChanged
from wan_tui.domain.job import JobState

KEYS_PAGE = "https://aimlapi.com/app/keys"
"""Where the official service gives out keys."""

WRONG_KEY = ("unauthorized", "no_key")
"""Codes of failures that another key is the cure for."""

THE_WAY = "Change it with “Change the API key…” in the palette."


def wants_key(events: Iterable[Event]) -> bool:
    """Whether a key was refused, or an order failed for want of one."""
    return any(_wants_key(event) for event in events)


def _wants_key(event: Event) -> bool:
    if isinstance(event, ConnectionChanged):
        return event.connection is Connection.KEY_REFUSED
    if isinstance(event, JobChanged) and event.job.state is JobState.FAILED and event.before is not None:
        error = event.job.error
        return event.before.state is not JobState.FAILED and error is not None and error.code in WRONG_KEY
    return False


def key_for_key(screen: Screen[Any]) -> str:
    """The key that leads from ``screen`` to giving an API key, as it is shown; empty where none does."""
    for active in screen.active_bindings.values():
        if active.binding.id == "app.key" and active.enabled:
            return screen.app.get_key_display(active.binding)
    return ""
