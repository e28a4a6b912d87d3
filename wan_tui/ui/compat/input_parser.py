"""Reads all terminal input: keys and pasted text get through, answers and broken sequences do not.

Textual's own parser takes the first escape in a pasted text for the end of it, gives up an escape sequence after a
tenth of a second, and hands on what it does not know as if somebody had typed it.

Private: the module textual._xterm_parser; it has no other door. Upstream issue: none.
"""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from textual import constants, events
from textual._xterm_parser import XTermParser  # Textual's own reader has no other door
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
"""Modules that make a parser of what the terminal sends."""

_NOTHING = PASTE_START + PASTE_END
"""What brings Textual's parser out of a sequence that it does not know."""


class PressedKey(events.Key):
    """A key, and whether the terminal calls it a repetition of one held down; None where it does not tell."""

    repeated: bool | None = None


PressedKey.handler_name = events.Key.handler_name


class PasteParser(XTermParser):
    """Gives Textual's parser one whole token at a time, and nothing that is neither key, mouse nor paste."""

    def __init__(
        self,
        debug: bool = False,
        *,
        brackets: bool = True,
        overdue: Callable[[], bool] = lambda: False,
        before: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``overdue`` as for ``Typing``, ``brackets`` until a pasted text proves it. ``before`` came from the terminal
        earlier, and its keys were taken: what comes next may be the rest of its last sequence. ``clock`` gives seconds
        that only go forward.
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
        """What Textual makes of a whole ``sequence``; nothing where it does not know it."""
        if not is_readable(sequence):
            return []
        known = list(super().feed(sequence))
        if known:
            return [message for message in known if not _made_up(message, sequence)]
        for _ in super().feed(_NOTHING):  # what it would have taken for typing
            pass
        if len(sequence) == 2 and (sequence[1].isprintable() or sequence[1] == "\r"):
            return list(super().feed(f"\x1b[{ord(sequence[1].lower())};{4 if sequence[1].isupper() else 3}u"))
        return []


def _made_up(message: Message, sequence: str) -> bool:
    """Textual takes the number of a function key that it does not know for that of a character."""
    typed = isinstance(message, events.Key) and message.is_printable
    return typed and sequence.startswith("\x1b[") and not sequence.endswith("u")


def _as_command(message: Message) -> Message:
    """A sign of another script is called by the one of ASCII that it stands for; what it types stays as it is."""
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

    ``brackets_pastes`` tells whether the terminal is known to mark pasted texts; ``came_before`` was read from it
    before the screen was there; until ``overdue_until``, on the monotonic clock, it may still answer what it was asked
    then.
    """

    brackets_pastes = True
    came_before = ""
    overdue_until = float("-inf")

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        for name in _READERS:
            if name in sys.modules:
                # The drivers offer no choice of a parser, nor of what becomes of bytes that are no UTF-8.
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
    """Mouse reports of old terminals, and controls of one byte, are no UTF-8: Textual's thread would end on them."""
    return partial(codecs.getincrementaldecoder(encoding), errors=_AS_LATIN_1)


_AS_LATIN_1 = "wan_tui.as_latin_1"


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_AS_LATIN_1, _as_latin_1)


def _asking_for_more(driver: type[Driver]) -> type[Driver]:
    """A driver that asks for more of the kitty keyboard protocol than Textual does."""

    class AskingDriver(driver):  # type: ignore[misc,valid-type]
        def write(self, data: str) -> None:
            super().write(asking_for_more(data))

    return AskingDriver
