"""The terminal's capabilities, from its answers to the probe or from the settings."""

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
_CHANNEL = rb"([0-9a-fA-F]{1,4})"
_BACKGROUND = re.compile(
    rb"\x1b\]11;rgba?:" + b"/".join([_CHANNEL] * 3) + rb"(?:/[0-9a-fA-F]{1,4})?(?:\x1b\\|\x07)"
)
_ANSWERS = (DEVICE_ATTRIBUTES, _KITTY, _NAME, _CELL, _SYNCHRONIZED, _BRACKETED_PASTE, _BACKGROUND)
_ANSWER = re.compile(b"|".join(answer.pattern for answer in _ANSWERS))

_GRAPHICS: tuple[Graphics, ...] = get_args(Graphics)
_ITERM2_NAMES = ("iterm", "wezterm", "mintty", "rio")
_SIXEL, _CLIPBOARD = 4, 52
_LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in brightness (ITU-R BT.601)."""


@dataclass(frozen=True)
class Capabilities:
    """Capabilities of the terminal; the defaults apply to one that answers nothing.

    ``protocols``: supported picture protocols, best first. ``cell_pixels``: width and height of a cell.
    ``brackets_pastes``: the terminal supports bracketed paste. ``osc52``: True if it announces clipboard writing (DA1
    parameter 52), else None, which proves nothing. ``light``: its background is a light colour; None if it does not
    tell. ``round_trip``: seconds to the last answer, None if it did not
    arrive. ``typed``: other input: keys, and the start of an answer cut off by the time limit.
    """

    protocols: tuple[Graphics, ...] = ()
    cell_pixels: tuple[int, int] | None = None
    synchronized: bool = False
    brackets_pastes: bool = False
    osc52: bool | None = None
    light: bool | None = None
    name: str = ""
    round_trip: float | None = None
    typed: bytes = b""

    @property
    def graphics(self) -> Graphics:
        """The best picture protocol; "cells" works everywhere."""
        return self.protocols[0] if self.protocols else "cells"


def read_answers(answers: bytes, surroundings: Surroundings) -> Capabilities:
    """Parse the answers to the probe."""
    attributes = {int(part) for part in _first(DEVICE_ATTRIBUTES, answers).split(b";") if part}
    name = clean_line(_first(_NAME, answers).decode("ascii", "replace"), 80)
    cell = _CELL.search(answers)
    return Capabilities(
        protocols=_protocols(answers, attributes, surroundings.named(name).multiplexer is None, name),
        cell_pixels=_size((int(cell[2]), int(cell[1]))) if cell else None,
        synchronized=_is_supported(_SYNCHRONIZED, answers),
        brackets_pastes=_is_supported(_BRACKETED_PASTE, answers),
        osc52=True if _CLIPBOARD in attributes else None,
        light=_is_light(_BACKGROUND.search(answers)),
        name=name,
    )


def split_answers(received: bytes) -> tuple[bytes, bytes]:
    """Split ``received`` into the terminal's answers and all other bytes."""
    answers = b"".join(match[0] for match in _ANSWER.finditer(received))
    return answers, _ANSWER.sub(b"", received)


def override(capabilities: Capabilities, wished: Mapping[str, object]) -> Capabilities:
    """Apply the user's settings; invalid ones are ignored."""
    return replace(capabilities, **usable(wished))


def usable(wished: Mapping[str, object]) -> dict[str, Any]:
    """The fields of ``Capabilities`` set by the user."""
    read = {_WISHES[key].field: _WISHES[key].read(value) for key, value in wished.items() if key in _WISHES}
    return {field: value for field, value in read.items() if value is not None}


def complaints(wished: Mapping[str, object]) -> list[str]:
    """A message for each invalid setting, with the valid values."""
    problems = []
    for key, value in wished.items():
        if key not in _WISHES:
            problems.append(
                f"unknown setting “terminal.{clean_line(key, 40)}”; known are {', '.join(_WISHES)}"
            )
        elif _WISHES[key].read(value) is None:
            problems.append(f"terminal.{key} must be {_WISHES[key].allowed}")
    return problems


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
    """A user setting: its field, its parser (None: invalid), and its valid values as text."""

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
    """The picture protocols, best first. Not ``direct``: inside a multiplexer, which passes through sixel at most.

    Only the terminal's own answers count: environment variables are inherited through SSH, mosh and editors.
    """
    offered: dict[Graphics, bool] = {
        "kitty": direct and b";OK" in _first(_KITTY, answers),
        "iterm2": direct and name.lower().startswith(_ITERM2_NAMES),
        "sixel": _SIXEL in attributes,
    }
    return tuple(protocol for protocol, there in offered.items() if there)


def _is_light(background: re.Match[bytes] | None) -> bool | None:
    """Each channel has one to four hexadecimal digits (xterm ctlseqs, OSC 11; XParseColor)."""
    if background is None:
        return None
    channels = [int(digits, 16) / (16 ** len(digits) - 1) for digits in background.groups()]
    brightness: float = sum(weight * channel for weight, channel in zip(_LUMA, channels, strict=True))
    return brightness > 0.5


def _is_supported(mode: re.Pattern[bytes], answers: bytes) -> bool:
    """Whether a mode is supported. DECRPM: 1 set, 2 reset, 3 permanently set; 0 and 4 mean unsupported."""
    return _first(mode, answers) in (b"1", b"2", b"3")


def _first(pattern: re.Pattern[bytes], answers: bytes) -> bytes:
    match = pattern.search(answers)
    return match[1] if match else b""
