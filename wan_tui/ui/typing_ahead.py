"""Keys that arrive all at once, as they do over a slow line, or before there is a screen for them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import TypeVar

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump

from wan_tui.ui.pasting import PasteParser, PastingApp

Result = TypeVar("Result")

DONE_AFTER = 1.0
"""Seconds after which a key has done what it does: the next one does not wait for it, nor for what hangs."""

WRITING = 2.0
"""Seconds after a letter in which the next one is to be expected."""


class TypingAhead(PastingApp[Result]):
    """Looks at a key only when the one before, if it may have moved the focus, has done so.

    Textual gives a key to what has the focus when it arrives, and looks its bindings up when it has come back
    unused: after a quick tab or “1” the letters of a prompt would go to another field, or act on jobs, and one
    of them orders.
    """

    _way: tuple[MessagePump, ...] = ()
    """The nodes that the last key goes through, if it may move the focus."""
    _given_at = 0.0
    _following: asyncio.TimerHandle | None = None

    _typed_at = float("-inf")

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
            await super().on_event(event)

    async def _give_on(self) -> None:
        """Give on what is held back, up to the first that has to wait."""
        while self._held and self._following is None:
            if self._way and time.monotonic() - self._given_at < DONE_AFTER:
                self._follow()
                return
            event = self._held.popleft()
            self._given_at = time.monotonic()
            self._way = self._way_of(event)
            await super().on_event(event)

    def _way_of(self, event: events.Key | events.Paste) -> tuple[MessagePump, ...]:
        from textual.widgets import Input, TextArea  # not before the first picture

        focused = self.focused
        typed = isinstance(event, events.Paste) or event.is_printable
        if typed and isinstance(focused, Input | TextArea):
            self._typed_at = self._given_at
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
        if not typed:
            return
        # Before the screen the line turns enter into a line feed, which is what the key that orders sends.
        text = typed.decode("utf-8", "replace").replace("\n", "\r")
        parser = PasteParser()
        messages: list[Message] = [*parser.feed(text), *parser.feed("")]
        for message in messages:
            if isinstance(message, events.Key | events.Paste):
                self.post_message(message)
