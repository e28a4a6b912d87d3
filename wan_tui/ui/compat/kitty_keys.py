"""Parses kitty keyboard protocol keys, including what Textual does not support: alternate keys and event types.

Source: https://sw.kovidgoyal.net/kitty/keyboard-protocol/
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from wan_tui.ui.compat.keyboard_layout import KeyboardLayout, is_foreign, stands_for

REPORT_EVENT_TYPES, REPORT_ALTERNATE_KEYS = 0b10, 0b100
"""Progressive enhancements requested in addition to Textual's."""

_PUSH_FLAGS = re.compile(r"\x1b\[>(\d+)u")
_KEY = re.compile(
    r"\x1b\[(?P<code>\d*)(?::(?P<shifted>\d*))?(?::(?P<base>\d*))?"
    r"(?:;(?P<modifiers>\d*)(?::(?P<event>\d*))?)?(?:;(?P<text>[\d:]*))?(?P<end>[u~A-HPQRS])"
)
_NUMBERED_KEY = re.compile(r"\x1b\[([\d:;]*)[u~A-HPQRS]")
_NOT_LOCKS, _SHIFT, _MORE_THAN_SHIFT = 0b111111, 0b1, 0b111110
_REPEAT, _RELEASE = 2, 3


@dataclass(frozen=True, slots=True)
class KittyKey:
    """A key in a form that Textual can parse.

    ``sequences``: its sequences without our enhancements, one for each character of its text. ``name``: the key's
    name, if it differs from the first character it types, so that bindings work in scripts without Latin letters.
    ``repeated``: whether it is an auto-repeat.
    """

    sequences: tuple[str, ...]
    name: str | None = None
    repeated: bool = False


def asking_for_more(data: str) -> str:
    """Add our enhancements to Textual's request for its own in ``data``, which it writes to the terminal."""
    more = REPORT_EVENT_TYPES | REPORT_ALTERNATE_KEYS
    return _PUSH_FLAGS.sub(lambda match: f"\x1b[>{int(match[1]) | more}u", data)


def read_key(sequence: str, layout: KeyboardLayout) -> KittyKey | None:
    """Parse a key pressed on ``layout``; None if it is not one, or if Textual can parse it itself.

    A release has no sequences.
    """
    match = _KEY.fullmatch(sequence)
    if match is None:
        return None
    code, base = _number(match["code"], 1), _char(_number(match["base"], 0))
    if match["end"] == "u":
        layout.see(_char(code))
    if ":" not in sequence:
        return None
    if _number(match["event"], 1) == _RELEASE:
        return KittyKey(())
    modifiers = (_number(match["modifiers"], 1) - 1) & _NOT_LOCKS
    texts = [part for part in (match["text"] or "").split(":") if part] or [""]
    name = None
    if modifiers & _MORE_THAN_SHIFT:
        code = _command(code, base, layout)
    elif base:
        shifted = bool(modifiers & _SHIFT)
        printed = _number(match["shifted"], code) if shifted else code
        name = _name(_char(_number(texts[0], printed)), base, shifted)
    return KittyKey(
        tuple(_written(code, modifiers, text, match["end"]) for text in texts),
        name,
        repeated=_number(match["event"], 1) == _REPEAT,
    )


def is_readable(sequence: str) -> bool:
    """Whether Textual can parse it: it fails on invalid character codes and on alternate keys."""
    form = _NUMBERED_KEY.fullmatch(sequence)
    if form is None:
        return True
    return ":" not in sequence and all(_is_code(int(number)) for number in form[1].split(";") if number)


def _is_code(code: int) -> bool:
    return code <= sys.maxunicode and not 0xD800 <= code <= 0xDFFF


def _written(code: int, modifiers: int, text: str, end: str) -> str:
    fields = [str(code), str(modifiers + 1) if modifiers else "", text]
    while not fields[-1]:
        fields.pop()
    return f"\x1b[{';'.join(fields)}{end}"


def _number(digits: str | None, missing: int) -> int:
    return int(digits) if digits else missing


def _char(code: int) -> str:
    return chr(code) if code and _is_code(code) else ""


def _command(code: int, base: str, layout: KeyboardLayout) -> int:
    """The key code for commands, of a key pressed with a modifier such as ctrl."""
    char = _char(code)
    if base and layout.means_base(char, base):
        return ord(base)
    return ord(stands_for(char) or char) if char else code


def _name(typed: str, base: str, shifted: bool) -> str | None:
    """The key's name in the base layout, if ``typed`` is a letter of another script.

    Anything else, such as a mark, keeps its own name.
    """
    if not (is_foreign(typed) and base.isascii() and base.isalnum()):
        return None
    has_case = typed.lower() != typed.upper()
    return base.upper() if typed.isupper() or (shifted and not has_case) else base
