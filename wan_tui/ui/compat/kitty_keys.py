"""Keys by the kitty keyboard protocol, with what Textual does not read of it: alternate keys and kinds of event.

Source: https://sw.kovidgoyal.net/kitty/keyboard-protocol/
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from wan_tui.ui.compat.keyboard_layout import KeyboardLayout, is_foreign, stands_for

REPORT_EVENT_TYPES, REPORT_ALTERNATE_KEYS = 0b10, 0b100
"""Progressive enhancements that we ask for beside Textual's."""

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
    """A key as Textual can read it.

    ``sequences`` give it in the form of the protocol without our enhancements, one for each character of its text.
    ``name`` is that of the key when it is another than the first that it types: for bindings in a script without latin
    letters. ``repeated`` is true while the key is held down.
    """

    sequences: tuple[str, ...]
    name: str | None = None
    repeated: bool = False


def asking_for_more(data: str) -> str:
    """Return ``data``, which Textual writes to the terminal, with our enhancements where it asks for its own."""
    more = REPORT_EVENT_TYPES | REPORT_ALTERNATE_KEYS
    return _PUSH_FLAGS.sub(lambda match: f"\x1b[>{int(match[1]) | more}u", data)


def read_key(sequence: str, layout: KeyboardLayout) -> KittyKey | None:
    """Read one, pressed on ``layout``; None where it is no key by this protocol that Textual cannot read itself.

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
    """Whether Textual can read it: it fails on numbers that are no characters, and on alternate keys."""
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
    """The code of the key that ctrl and the like are pressed with."""
    char = _char(code)
    if base and layout.means_base(char, base):
        return ord(base)
    return ord(stands_for(char) or char) if char else code


def _name(typed: str, base: str, shifted: bool) -> str | None:
    """The name of the key by what lies on it in the base layout, where a letter of another script is ``typed``.

    Whatever else is typed, such as a mark beside the letter, is called by itself.
    """
    if not (is_foreign(typed) and base.isascii() and base.isalnum()):
        return None
    has_case = typed.lower() != typed.upper()
    return base.upper() if typed.isupper() or (shifted and not has_case) else base
