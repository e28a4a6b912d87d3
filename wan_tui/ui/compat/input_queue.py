"""Handles keys that arrive in bursts, as over a slow connection, or before the screen exists."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import TypeVar

from textual import events
from textual.message_pump import MessagePump

from wan_tui.ui.compat.deliberate_press import Press
from wan_tui.ui.compat.input_parser import PasteParser, PastingApp, PressedKey

Result = TypeVar("Result")

DONE_AFTER = 1.0
"""Seconds after which the next key no longer waits for the previous one to take effect, in case something hangs."""

WRITING = 2.0
"""Seconds after a letter during which the user counts as typing."""


class InputQueue(PastingApp[Result]):
    """Handles a key only after the previous one has taken effect, if that may move the focus.

    Textual sends a key to the widget that has the focus when it arrives, and looks up its bindings once it comes back
    unhandled. So after a quick tab or “1”, letters of a prompt would go to another field, or act on jobs; one of
    them orders.
    """

    _way: tuple[MessagePump, ...] = ()
    """The nodes that the last key passes through, if it may move the focus."""
    _given_at = 0.0
    _following: asyncio.TimerHandle | None = None

    _typed_at = float("-inf")
    _typed_into: tuple[MessagePump, ...] = ()
    """The nodes that letters pass through which their field may not have read yet."""

    last_press: Press | None = None
    """The key or mouse button pressed last."""

    @property
    def typing(self) -> bool:
        """Whether the user is typing text."""
        return time.monotonic() - self._typed_at < WRITING

    @property
    def _held(self) -> deque[events.Key | events.Paste]:
        held: deque[events.Key | events.Paste] = self.__dict__.setdefault("_held_back", deque())
        return held

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._held.append(event)
            await self._give_on()
        else:
            if isinstance(event, events.MouseDown):
                self.last_press = Press(event.time, None)
            await super().on_event(event)

    async def _give_on(self) -> None:
        """Pass on held events, up to the first that has to wait."""
        while self._held and self._following is None:
            if self._way and time.monotonic() - self._given_at < DONE_AFTER:
                self._follow()
                return
            if self._typed_into and self._overtakes(self._held[0]):
                # A key that acts on the text, such as the one that orders, must see all of it.
                self._way, self._typed_into = self._typed_into, ()
                continue
            event = self._held.popleft()
            self._given_at = time.monotonic()
            self._way = self._way_of(event)
            if isinstance(event, events.Key):
                repeated = event.repeated if isinstance(event, PressedKey) else None
                self.last_press = Press(event.time, repeated)
            await super().on_event(event)

    def _overtakes(self, event: events.Key | events.Paste) -> bool:
        """Whether the key would act before the focused field has read the letters typed earlier."""
        if self._is_typed(event):
            return False
        active = self.screen.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        return active is not None and active.binding.priority

    @staticmethod
    def _is_typed(event: events.Key | events.Paste) -> bool:
        return isinstance(event, events.Paste) or event.is_printable

    def _way_of(self, event: events.Key | events.Paste) -> tuple[MessagePump, ...]:
        from textual.widgets import Input, TextArea  # slow to import: not before the first paint

        focused = self.focused
        if self._is_typed(event) and isinstance(focused, Input | TextArea):
            self._typed_at = self._given_at
            self._typed_into = tuple(focused.ancestors_with_self)
            return ()
        return tuple((focused or self.screen).ancestors_with_self)

    def _follow(self) -> None:
        """Pass through the nodes of the last key, twice, to arrive after it and the messages it caused."""
        ways = iter((*self._way, *self._way))
        self._way = ()
        self._following = asyncio.get_running_loop().call_later(DONE_AFTER, self._arrived)
        self._step(ways)

    def _step(self, ways: Iterator[MessagePump]) -> None:
        if not any(node.call_later(self._step, ways) for node in ways):
            self._arrived()

    def _arrived(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None
            self.call_later(self._give_on)

    def type_ahead(self, typed: bytes) -> None:
        """Handle ``typed``, read from the terminal before the screen existed, as if typed now."""
        for message in PasteParser().feed(typed_text(typed)):
            if isinstance(message, events.Key | events.Paste):
                self.post_message(message)


def typed_text(typed: bytes) -> str:
    """Decode ``typed``, which was read before the screen existed."""
    # Until then the terminal driver translates enter to a line feed, which is also sent by the key that orders.
    return typed.decode("utf-8", "replace").replace("\n", "\r")
