"""Keys that arrive all at once, as they do over a slow line, or before there is a screen for them."""

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
"""Seconds after which a key has done what it does: the next one does not wait for it, nor for what hangs."""

WRITING = 2.0
"""Seconds after a letter in which the next one is to be expected."""


class InputQueue(PastingApp[Result]):
    """Handles a key only after the previous one, if that may move the focus, has done so.

    Textual gives a key to what has the focus when it arrives, and looks its bindings up when it has come back
    unused: after a quick tab or “1” the letters of a prompt would go to another field, or act on jobs, and one
    of them orders.
    """

    _way: tuple[MessagePump, ...] = ()
    """The nodes that the last key goes through, if it may move the focus."""
    _given_at = 0.0
    _following: asyncio.TimerHandle | None = None

    _typed_at = float("-inf")
    _typed_into: tuple[MessagePump, ...] = ()
    """The nodes that letters go through which their field may not have read yet."""

    last_press: Press | None = None
    """The key or mouse button pressed last."""

    @property
    def typing(self) -> bool:
        """Somebody is in the middle of writing a text."""
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
        """Give on what is held back, up to the first that has to wait."""
        while self._held and self._following is None:
            if self._way and time.monotonic() - self._given_at < DONE_AFTER:
                self._follow()
                return
            if self._typed_into and self._overtakes(self._held[0]):
                # What acts on a text, such as the key that orders, acts on all of it.
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
        """Whether the key acts before what has the focus has read the letters that came first."""
        if self._is_typed(event):
            return False
        active = self.screen.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        return active is not None and active.binding.priority

    @staticmethod
    def _is_typed(event: events.Key | events.Paste) -> bool:
        return isinstance(event, events.Paste) or event.is_printable

    def _way_of(self, event: events.Key | events.Paste) -> tuple[MessagePump, ...]:
        from textual.widgets import Input, TextArea  # not before the first picture

        focused = self.focused
        if self._is_typed(event) and isinstance(focused, Input | TextArea):
            self._typed_at = self._given_at
            self._typed_into = tuple(focused.ancestors_with_self)
            return ()
        return tuple((focused or self.screen).ancestors_with_self)

    def _follow(self) -> None:
        """Go the way of the last key behind it, and of the messages that it led to."""
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
        """Take ``typed``, read from the terminal before the screen was there, for typed now."""
        for message in PasteParser().feed(typed_text(typed)):
            if isinstance(message, events.Key | events.Paste):
                self.post_message(message)


def typed_text(typed: bytes) -> str:
    """What was ``typed`` before there was a screen, as it is typed now."""
    # Before the screen the line turns enter into a line feed, which is what the key that orders sends.
    return typed.decode("utf-8", "replace").replace("\n", "\r")
