"""What the engine announces."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

from wan_tui.domain import events
from wan_tui.domain.events import Connection, Event


def test_every_announcement_is_an_event() -> None:
    """Each one in the module is in the union that listeners match over, and cannot be changed by a listener."""
    announcements: list[Any] = [
        kind
        for kind in vars(events).values()
        if dataclasses.is_dataclass(kind) and kind.__module__ == events.__name__
    ]
    assert set(announcements) == set(get_args(Event))
    for kind in announcements:
        assert kind.__dataclass_params__.frozen


def test_every_state_of_the_line_has_words() -> None:
    """The status bar shows them as they are."""
    assert all(link.value == link.value.lower().strip() != "" for link in Connection)
