"""The commands of the palette: every action that has a key here, and the theme."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.containers import Container
from textual.dom import DOMNode
from textual.screen import Screen

from wan_tui.ui.compat.bindings import bindings_of

_CURSOR = frozenset(
    {"down", "up", "first", "last", "page_down", "page_up", "half_down", "half_up"}
    | {"next_choice", "previous_choice"}
)
"""Last words of ids that only move a cursor: the palette leaves them out."""


class OfferedAnywhere(Container):
    """A part of a screen whose actions are in the palette wherever the focus is."""


def commands(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The actions that can be done on ``screen`` now, each with the key that does it.

    Those of ``OfferedAnywhere`` are there wherever the focus is.
    """
    seen: set[str] = set()
    for node, binding in (*_active(screen), *_anywhere(screen)):
        if not (binding.id and binding.description) or binding.action in seen:
            continue
        seen.add(binding.action)
        if binding.id == "app.palette" or binding.id.partition(".")[2] in _CURSOR:
            continue
        key = app.get_key_display(binding)
        yield SystemCommand(
            binding.tooltip or binding.description,
            f"{key} · {binding.id}",
            partial(app.run_action, binding.action, node),
        )
    yield SystemCommand("Theme", "Choose other colours", app.action_change_theme)


def _active(screen: Screen[Any]) -> Iterator[tuple[DOMNode, Binding]]:
    for node, binding, enabled, _ in screen.active_bindings.values():
        if enabled:
            yield node, binding


def _anywhere(screen: Screen[Any]) -> Iterator[tuple[DOMNode, Binding]]:
    for node in screen.query(OfferedAnywhere):
        for binding in bindings_of(node):
            if node.check_action(binding.action, ()):
                yield node, binding
