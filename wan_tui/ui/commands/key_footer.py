"""The footer: the keys that do something here and now, on one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.events import Click
from textual.screen import Screen
from textual.widget import Widget


@runtime_checkable
class HasKeyWords(Protocol):
    """Some of its keys do one thing or its opposite."""

    def key_word(self, action: str) -> str | None:
        """What ``action`` does now; None: what its binding says."""


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    name: str
    description: str
    action: str
    node: DOMNode
    enabled: bool

    @property
    def width(self) -> int:
        return len(self.name) + 1 + len(self.description)


class KeyFooter(Widget):
    """Like Textual's footer, but one widget, and a key is shown whole or not at all. Keys that hold everywhere
    stand on the right; those in ``KEPT`` stay however short the line is, the first of them longest.
    """

    GAP = 2
    KEPT = ("player.leave", "panel.leave", "app.quit", "app.help", "player.pause", "player.forward")

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        left, right = self._fitting(self.size.width - 2)
        used = self._width(left) + self._width(right)
        gap = " " * max(0, self.size.width - 2 - used)
        return Content.assemble(" ", *self._parts(left), gap, *self._parts(right))

    def on_click(self, event: Click) -> None:
        """Do what the key under the mouse does."""
        left, right = self._fitting(self.size.width - 2)
        start = self.size.width - 1 - self._width(right)
        for keys, x in ((left, 1), (right, start)):
            for key in keys:
                if x <= event.x < x + key.width and key.enabled:
                    self.run_worker(self.app.run_action(key.action, key.node), exit_on_error=False)
                    return
                x += key.width + self.GAP

    def _fitting(self, room: int) -> tuple[list[_Key], list[_Key]]:
        keys = self._keys()
        shown: set[str] = set()
        # The most wanted first, each as far as there is room.
        for key in sorted(keys, key=self._rank):
            if key.width + self.GAP <= room:
                shown.add(key.action)
                room -= key.width + self.GAP
        left = [key for key in keys if key.action in shown and not isinstance(key.node, App)]
        right = [key for key in keys if key.action in shown and isinstance(key.node, App)]
        return left, sorted(right, key=lambda key: key.id)

    def _rank(self, key: _Key) -> int:
        return self.KEPT.index(key.id) if key.id in self.KEPT else len(self.KEPT)

    def _width(self, keys: list[_Key]) -> int:
        return sum(key.width + self.GAP for key in keys)

    def _parts(self, keys: list[_Key]) -> list[Content]:
        return [
            Content.assemble(
                (key.name, "bold $text-accent" if key.enabled else "$foreground-disabled"),
                f" {key.description}" + " " * self.GAP,
            )
            for key in keys
        ]

    def _word(self, node: DOMNode, binding: Binding) -> str:
        """What the key does now, where that changes with what is on the screen."""
        word = node.key_word(binding.action) if isinstance(node, HasKeyWords) else None
        return word or binding.description

    def _keys(self) -> list[_Key]:
        seen: dict[str, _Key] = {}
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in seen:
                seen[binding.action] = _Key(
                    binding.id or "",
                    self.app.get_key_display(binding),
                    self._word(node, binding),
                    binding.action,
                    node,
                    enabled,
                )
        return list(seen.values())
