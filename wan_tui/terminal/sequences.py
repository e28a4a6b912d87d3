"""Patterns of terminal input: keys, mouse reports and query responses; classifies partial and complete sequences.

Sources: ECMA-48 5.4 and 5.6 (control sequences and strings), xterm ctlseqs, the kitty graphics and keyboard protocols.
"""

from __future__ import annotations

import re
from enum import Enum, auto

ESC = "\x1b"
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
STRING_END = "\x1b\\"

C1 = {0x90: "\x1bP", 0x9B: "\x1b[", 0x9C: STRING_END, 0x9D: "\x1b]", 0x9F: "\x1b_"}
"""8-bit controls, as some terminals send them, with their 7-bit equivalents."""

STRING_INTRODUCERS = "]P_"
INTRODUCERS = "[" + STRING_INTRODUCERS
"""Characters after an escape that start a response: CSI, OSC, DCS, APC."""

_NAMED_KEYS = "\t\r\b\x7f"
"""Controls sent by named keys: an escape before one is that key with alt."""

_LONGEST = 8192
"""Maximum characters of a response; a clipboard response may be long."""

_CONTROL_SEQUENCE = re.compile(r"[0-?]*[ -/]*")
_MOUSE_PREFIX = "\x1b[M"
_MOUSE_LENGTH = len(_MOUSE_PREFIX) + 3
_CONSOLE_PREFIX = "\x1b[["

_REPORT = (
    r"\[(?:[?>=][\d;:]*(?:c|n|R|u|S|x|\$y|m)"  # DA1, DA2, DSR, DECXCPR, kitty keyboard, XTSMGRAPHICS, DECRPM
    r"|\d+;\d+R|\d+(?:;\d+){0,4}[tnx]|\d+;\d+\$y|[\d;:]+\*?y)"  # cursor, sizes, status, modes, checksum
)
_BODY = (
    r"(?:P(?:>\||[01]\$r|[01]\+r|!\|)"  # XTVERSION, DECRQSS, XTGETTCAP, DA3
    r"|\](?:4|5|1\d|52|99|133|1337);|\]l|\]L|_G)"  # colours, clipboard, notices, titles; kitty pictures
)
_ANSWER = re.compile(rf"\x1b(?:{_REPORT}|{_BODY}[^\x1b\x07]*(?:\x1b\\|\x07))", re.DOTALL)
_BARE_ANSWER = re.compile(rf"{_REPORT}|{_BODY}[^\x00-\x1f\x7f]{{0,200}}?(?:\x1b\\|\\|\x07)")
_BARE_BEGINNING = re.compile(rf"(?:\[[?>][\d;:$]*|\[\d+;[\d;]*|{_BODY}[^\x00-\x1f\x7f\\]{{0,200}}\x1b?)\Z")
_KEY = re.compile(r"\x1b(?:\[[\d;:]*[A-HPQRSZ~u^@$]|\[[a-d]|\[\[[A-E]|O[\d;]*[ -~])")
_NO_KEY = re.compile(r"\x1b\[(?:<[\d;-]+[mM]|M...|[IO]|48;[\d;:]+t)", re.DOTALL)

# Valid continuations of a response after a pause, when the input might be typed instead.
_GOES_ON = {
    "[": re.compile(r"\x1b\[[?>=<]?[\d;:]*[$*]?"),
    "]": re.compile(r"\x1b\](?:99;[ -~]*|[\w;:/+=?.,#-]*)\x1b?"),
    "P": re.compile(r"\x1bP(?:>(?:\|[ -~]{0,80})?|[\w;:$+=!|.]*)\x1b?"),
    "_": re.compile(r"\x1b_(?:G(?:[ -~]{0,200}))?\x1b?"),
}


class Completeness(Enum):
    """State of a sequence being received."""

    OPEN = auto()
    DONE = auto()
    BROKEN = auto()
    """The last character does not belong to it."""


def progress(held: str, paused: bool) -> Completeness:
    """The state of ``held``, which starts with an escape, after its last character.

    ``paused``: there was a pause within it, so the rest may be typed; then only characters of a known response or key
    count.
    """
    if len(held) > _LONGEST:
        return Completeness.BROKEN
    if len(held) == 1:
        return Completeness.OPEN
    kind = held[1]
    if takes_whatever_comes(held) and held[-1] == ESC:
        state = Completeness.BROKEN
    elif kind == "[":
        state = _control_sequence(held)
    elif kind in STRING_INTRODUCERS:
        state = _string(held)
    elif kind == "O":
        state = Completeness.OPEN if not held[2:].strip("0123456789;") else Completeness.DONE
    else:
        return Completeness.BROKEN if paused or _stands_alone(kind) else Completeness.DONE
    if not paused or state is Completeness.BROKEN:
        return state
    if state is Completeness.DONE:
        known = is_answer(held) or _KEY.fullmatch(held) or is_no_key(held)
        return Completeness.DONE if known else Completeness.BROKEN
    beginning = _GOES_ON.get(kind)
    half_mouse = held.startswith(_MOUSE_PREFIX)
    return state if beginning is None or half_mouse or beginning.fullmatch(held) else Completeness.BROKEN


def takes_whatever_comes(held: str) -> bool:
    """Whether any character continues ``held``, so that it would swallow later typing: SS3 keys, legacy mouse reports,
    function keys of the Linux console.
    """
    return held.startswith(("\x1bO", _MOUSE_PREFIX, _CONSOLE_PREFIX))


def _stands_alone(char: str) -> bool:
    """Whether it is a separate key right after an escape: alt+ctrl+letter is not used here, but escape followed by
    ctrl+q may arrive together on a slow connection.
    """
    return char < " " and char not in _NAMED_KEYS


def is_answer(sequence: str) -> bool:
    """Whether it is a complete query response."""
    return _ANSWER.fullmatch(sequence) is not None


def is_no_key(sequence: str) -> bool:
    """Whether it is a response or a report of mouse, focus or size rather than a key."""
    return is_answer(sequence) or _NO_KEY.fullmatch(sequence) is not None


def without_bare_answers(text: str) -> tuple[str, str]:
    """Remove responses without their escape from ``text``; also return the start of another one at the end."""
    text = _BARE_ANSWER.sub("", text)
    beginning = _BARE_BEGINNING.search(text)
    return (text[: beginning.start()], beginning[0]) if beginning else (text, "")


def _control_sequence(held: str) -> Completeness:
    if held.startswith(_MOUSE_PREFIX):
        return Completeness.DONE if len(held) == _MOUSE_LENGTH else Completeness.OPEN
    if held.startswith(_CONSOLE_PREFIX):
        return Completeness.DONE if len(held) == len(_CONSOLE_PREFIX) + 1 else Completeness.OPEN
    match = _CONTROL_SEQUENCE.match(held, 2)
    rest = held[match.end() :] if match else ""
    if not rest:
        return Completeness.OPEN
    return Completeness.DONE if "@" <= rest[0] <= "~" else Completeness.BROKEN


def _string(held: str) -> Completeness:
    if held.endswith(STRING_END) or (held.endswith("\x07") and held[1] == "]"):
        return Completeness.DONE
    # An escape ends a string, even if it is not part of ST.
    return Completeness.BROKEN if held[-2] == ESC and len(held) > 3 else Completeness.OPEN
