"""Parses all terminal input: passes keys and pasted text, drops query responses and broken sequences.

Textual's own parser ends a paste at the first escape in it, gives up on an escape sequence after 0.1 s, and passes on
unknown sequences as if they had been typed.

Private: the module textual._xterm_parser, which has no public equivalent. Upstream issue: none.
"""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from textual import constants, events
from textual._xterm_parser import XTermParser  # no public equivalent
from textual.app import App
from textual.driver import Driver
from textual.message import Message

from wan_tui.domain.text import without_controls
from wan_tui.terminal.sequences import ESC, PASTE_END, PASTE_START
from wan_tui.terminal.typing import Token, Typing
from wan_tui.ui.compat.keyboard_layout import KeyboardLayout, key_name, stands_for
from wan_tui.ui.compat.kitty_keys import asking_for_more, is_readable, read_key

TEXTUAL_PRIVATE = ("textual._xterm_parser:XTermParser",)

Result = TypeVar("Result")

_READERS = ("textual.drivers.linux_driver", "textual.drivers.win32")
"""Modules that create a parser for terminal input."""

_NOTHING = PASTE_START + PASTE_END
"""Resets Textual's parser after a sequence it does not know."""


class PressedKey(events.Key):
    """A key, and whether the terminal reports it as an auto-repeat; None if it does not report repeats."""

    repeated: bool | None = None


PressedKey.handler_name = events.Key.handler_name


class PasteParser(XTermParser):
    """Feeds Textual's parser one complete token at a time, and only keys, mouse events and pastes."""

    def __init__(
        self,
        debug: bool = False,
        *,
        brackets: bool = True,
        overdue: Callable[[], bool] = lambda: False,
        before: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``overdue``: see ``Typing``. ``brackets``: whether pastes are assumed to be bracketed until one proves it.
        ``before``: input already read and handled, whose last sequence may continue. ``clock``: monotonic seconds.
        """
        super().__init__(debug)
        self._typing = Typing(brackets, overdue, constants.ESCAPE_DELAY)
        self._layout = KeyboardLayout()
        self._clock = clock
        self._typing.feed(before, clock())

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            yield from super().feed(data)
            return
        yield from self._messages(self._typing.feed(data, self._clock()))

    def tick(self) -> Iterable[Message]:
        yield from self._messages(self._typing.due(self._clock()))

    def _messages(self, tokens: Iterable[Token]) -> Iterator[Message]:
        for token in tokens:
            for message in map(_as_command, self._meant_by(token)):
                message.time = token.at
                yield message

    def _meant_by(self, token: Token) -> Iterator[Message]:
        if token.kind == "pasted":
            yield events.Paste(without_controls(token.text))
        elif token.kind == "typed":
            yield from super().feed(token.text)
        else:
            yield from self._read(token.text)

    def _read(self, sequence: str) -> Iterator[Message]:
        if sequence == ESC:
            yield events.Key("escape", ESC)
            return
        key = read_key(sequence, self._layout)
        if key is None:
            yield from self._meaning(sequence)
            return
        for number, plain in enumerate(key.sequences):
            for message in self._meaning(plain):
                yield _pressed(message, None if number else key.name, key.repeated)

    def _meaning(self, sequence: str) -> list[Message]:
        """Textual's messages for a complete ``sequence``; none if it does not know it."""
        if not is_readable(sequence):
            return []
        known = list(super().feed(sequence))
        if known:
            return [message for message in known if not _made_up(message, sequence)]
        for _ in super().feed(_NOTHING):  # drop what it would pass on as typed
            pass
        if len(sequence) == 2 and (sequence[1].isprintable() or sequence[1] == "\r"):
            return list(super().feed(f"\x1b[{ord(sequence[1].lower())};{4 if sequence[1].isupper() else 3}u"))
        return []


def _made_up(message: Message, sequence: str) -> bool:
    """Textual takes the number of an unknown function key for a character code."""
    typed = isinstance(message, events.Key) and message.is_printable
    return typed and sequence.startswith("\x1b[") and not sequence.endswith("u")


def _as_command(message: Message) -> Message:
    """Name a key of another script after the ASCII character it stands for; the text it types is unchanged."""
    sign = stands_for(message.character or "") if isinstance(message, events.Key) else None
    repeated = message.repeated if isinstance(message, PressedKey) else None
    return message if sign is None else _pressed(message, key_name(sign), repeated)


def _pressed(message: Message, name: str | None, repeated: bool | None) -> Message:
    if not isinstance(message, events.Key):
        return message
    key = PressedKey(name or message.key, message.character)
    key.repeated = repeated
    return key


class PastingApp(App[Result]):
    """Reads the terminal with PasteParser.

    ``brackets_pastes``: whether the terminal is known to bracket pastes. ``came_before``: input read before there was
    a screen. Until ``overdue_until``, on the monotonic clock, responses to earlier queries may still arrive.
    """

    brackets_pastes = True
    came_before = ""
    overdue_until = float("-inf")

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        for name in _READERS:
            if name in sys.modules:
                # The drivers let us choose neither the parser nor how invalid UTF-8 is handled.
                vars(sys.modules[name]).update(
                    XTermParser=self._parser, getincrementaldecoder=_lenient_decoder
                )
        return _asking_for_more(driver)

    def _parser(self, debug: bool = False) -> PasteParser:
        before, self.came_before = self.came_before, ""
        return PasteParser(
            debug,
            brackets=self.brackets_pastes,
            overdue=lambda: time.monotonic() < self.overdue_until,
            before=before,
        )


def _lenient_decoder(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    """Mouse reports of old terminals and 8-bit controls are not UTF-8, and would end Textual's input thread."""
    return partial(codecs.getincrementaldecoder(encoding), errors=_AS_LATIN_1)


_AS_LATIN_1 = "wan_tui.as_latin_1"


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_AS_LATIN_1, _as_latin_1)


def _asking_for_more(driver: type[Driver]) -> type[Driver]:
    """A driver that requests more of the kitty keyboard protocol than Textual does."""

    class AskingDriver(driver):  # type: ignore[misc,valid-type]
        def write(self, data: str) -> None:
            super().write(asking_for_more(data))

    return AskingDriver
