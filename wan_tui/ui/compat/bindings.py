"""The bindings of a node with the user's keymap applied, wherever the focus is.

Textual's public API returns only those on the path from the focused widget.

Private: DOMNode._bindings. Upstream issue: none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.binding import Binding
from textual.dom import DOMNode

TEXTUAL_PRIVATE = ("textual.dom:DOMNode._bindings",)


def bindings_of(node: DOMNode) -> Iterator[Binding]:
    """All bindings of ``node``, one per key."""
    for _, binding in node._bindings:
        yield binding


def bindings_for(node: DOMNode, key: str) -> Sequence[Binding]:
    """The bindings of ``node`` for ``key``."""
    return node._bindings.key_to_bindings.get(key, ())
