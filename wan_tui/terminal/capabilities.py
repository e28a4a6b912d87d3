"""What a terminal can do, as read from its answers to the probe or from a setting."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from wan_tui.domain.text import clean_line
from wan_tui.terminal.environment import Surroundings

Graphics = Literal["kitty", "iterm2", "sixel", "cells"]

DEVICE_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]{0,100})c")
_KITTY = re.compile(rb"\x1b_G([^\x1b]{0,200})\x1b\\")
_NAME = re.compile(rb"\x1bP>\|([^\x1b]{0,200})\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_MODE = rb"\x1b\[\?%d;(\d)\$y"
_SYNCHRONIZED, _BRACKETED_PASTE = re.compile(_MODE % 2026), re.compile(_MODE % 2004)
_ANSWERS = (DEVICE_ATTRIBUTES, _KITTY, _NAME, _CELL, _SYNCHRONIZED, _BRACKETED_PASTE)
_ANSWER = re.compile(b"|".join(answer.pattern for answer in _ANSWERS))

_GRAPHICS: tuple[Graphics, ...] = get_args(Graphics)
_ITERM2_NAMES = ("iterm", "wezterm", "mintty", "rio")
_SIXEL, _CLIPBOARD = 4, 52


@dataclass(frozen=True)
class Capabilities:
    """What the terminal can do; the defaults hold for one that told nothing.

    ``protocols`` are the picture protocols offered, the best first. ``cell_pixels`` is width and height of a
    cell. ``brackets_pastes`` is true if the terminal says that it marks pasted texts. ``osc52`` is true if it
    announces clipboard writing (DA1 parameter 52) and None if it does not, which proves nothing. ``round_trip`` is
    the time to the last answer in seconds, None if it did not come. ``typed`` is what else came in: bytes of the
    keyboard, and the beginning of an answer that the time limit cut.
    """

    protocols: tuple[Graphics, ...] = ()
    cell_pixels: tuple[int, int] | None = None
    synchronized: bool = False
    brackets_pastes: bool = False
    osc52: bool | None = None
    name: str = ""
    round_trip: float | None = None
    typed: bytes = b""

    @property
    def graphics(self) -> Graphics:
        """The best way to show a picture; "cells" works everywhere."""
        return self.protocols[0] if self.protocols else "cells"


def read_answers(answers: bytes, surroundings: Surroundings) -> Capabilities:
    """Read what the terminal answered to the probe."""
    attributes = {int(part) for part in _first(DEVICE_ATTRIBUTES, answers).split(b";") if part}
    name = clean_line(_first(_NAME, answers).decode("ascii", "replace"), 80)
    cell = _CELL.search(answers)
    return Capabilities(
        protocols=_protocols(answers, attributes, surroundings.named(name).multiplexer is None, name),
        cell_pixels=_size((int(cell[2]), int(cell[1]))) if cell else None,
        synchronized=_can_be_had(_SYNCHRONIZED, answers),
        brackets_pastes=_can_be_had(_BRACKETED_PASTE, answers),
        osc52=True if _CLIPBOARD in attributes else None,
        name=name,
    )


def split_answers(received: bytes) -> tuple[bytes, bytes]:
    """Return the terminal's answers among the bytes ``received``, and what came between and after them."""
    answers = b"".join(match[0] for match in _ANSWER.finditer(received))
    return answers, _ANSWER.sub(b"", received)


def override(capabilities: Capabilities, wished: Mapping[str, object]) -> Capabilities:
    """Return ``capabilities`` with what a person set by hand; what cannot be used of it is passed over."""
    return replace(capabilities, **usable(wished))


def usable(wished: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of ``Capabilities`` that a person set by hand."""
    read = {_WISHES[key].field: _WISHES[key].read(value) for key, value in wished.items() if key in _WISHES}
    return {field: value for field, value in read.items() if value is not None}


def complaints(wished: Mapping[str, object]) -> list[str]:
    """Say what cannot be used of what a person set by hand, and what could be set instead."""
    told = []
    for key, value in wished.items():
        if key not in _WISHES:
            told.append(f"unknown setting “terminal.{clean_line(key, 40)}”; known are {', '.join(_WISHES)}")
        elif _WISHES[key].read(value) is None:
            told.append(f"terminal.{key} must be {_WISHES[key].allowed}")
    return told


def _wished_protocols(value: object) -> tuple[Graphics, ...] | None:
    if value not in _GRAPHICS:
        return None
    return tuple(way for way in _GRAPHICS if way == value and way != "cells")


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _size(value: object) -> tuple[int, int] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    width, height = value
    plain = isinstance(width, int) and isinstance(height, int) and 0 < width < 1000 and 0 < height < 1000
    return (width, height) if plain else None


class _Wish(NamedTuple):
    """What a person may set: the field it goes to, how it is read (None: it cannot be), and what it can be."""

    field: str
    read: Callable[[object], object]
    allowed: str


_WISHES: dict[str, _Wish] = {
    "graphics": _Wish("protocols", _wished_protocols, f"one of {', '.join(_GRAPHICS)}"),
    "cell_pixels": _Wish("cell_pixels", _size, "width and height in pixels, such as [10, 20]"),
    "synchronized": _Wish("synchronized", _flag, "true or false"),
    "osc52": _Wish("osc52", _flag, "true or false"),
}


def _protocols(answers: bytes, attributes: set[int], direct: bool, name: str) -> tuple[Graphics, ...]:
    """List the picture protocols, best first; a multiplexer, where it is not ``direct``, passes on sixel at most.

    By what the terminal itself answered alone: variables of the environment are inherited through SSH, mosh, editors.
    """
    offered: dict[Graphics, bool] = {
        "kitty": direct and b";OK" in _first(_KITTY, answers),
        "iterm2": direct and name.lower().startswith(_ITERM2_NAMES),
        "sixel": _SIXEL in attributes,
    }
    return tuple(protocol for protocol, there in offered.items() if there)


def _can_be_had(mode: re.Pattern[bytes], answers: bytes) -> bool:
    """DECRPM: 1 set, 2 reset, 3 for ever set; 0 and 4 mean that it cannot be had."""
    return _first(mode, answers) in (b"1", b"2", b"3")


def _first(pattern: re.Pattern[bytes], answers: bytes) -> bytes:
    match = pattern.search(answers)
    return match[1] if match else b""
