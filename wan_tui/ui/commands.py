"""What the palette offers: every action that the keys have here, the theme, and quitting."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen


def commands(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The actions that can be done on ``screen`` now, each with the key that does it."""
    seen: set[str] = set()
    for node, binding, enabled, _ in screen.active_bindings.values():
        if not (binding.id and binding.description and enabled) or binding.action in seen:
            continue
        seen.add(binding.action)
        if binding.id == "app.palette":
            continue
        key = app.get_key_display(binding)
        yield SystemCommand(
            binding.tooltip or binding.description,
            f"{key} · {binding.id}",
            partial(app.run_action, binding.action, node),
        )
    yield SystemCommand("Theme", "Choose other colours", app.action_change_theme)
