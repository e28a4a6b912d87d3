"""The keys that do something here and now, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.events import Click
from textual.screen import Screen
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    description: str
    action: str
    node: DOMNode
    enabled: bool

    @property
    def width(self) -> int:
        return len(self.name) + 1 + len(self.description)


class KeyBar(Widget):
    """Like Textual's footer, but one widget, and a key is shown whole or not at all: keys that hold everywhere
    (help, quit) stand on the right and stay when the line is short.
    """

    GAP = 2

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
        right = [key for key in keys if isinstance(key.node, App)]
        room -= self._width(right)
        left: list[_Key] = []
        for key in keys:
            if key not in right and key.width + self.GAP <= room:
                left.append(key)
                room -= key.width + self.GAP
        return left, right

    def _width(self, keys: list[_Key]) -> int:
        return sum(key.width + self.GAP for key in keys)

    def _parts(self, keys: list[_Key]) -> list[Content]:
        return [
            Content.assemble(
                (key.name, "bold $footer-key-foreground" if key.enabled else "$text-disabled"),
                f" {key.description}" + " " * self.GAP,
            )
            for key in keys
        ]

    def _keys(self) -> list[_Key]:
        seen: dict[str, _Key] = {}
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in seen:
                seen[binding.action] = _Key(
                    self.app.get_key_display(binding), binding.description, binding.action, node, enabled
                )
        return list(seen.values())
