"""Alternate keys and kinds of event of the kitty keyboard protocol, as terminals send them."""

from __future__ import annotations

import pytest
from textual import events

from wan_tui.ui.compat.input_parser import PasteParser, PressedKey
from wan_tui.ui.compat.kitty_keys import asking_for_more


def keys(sent: str) -> list[tuple[str, str | None]]:
    return [(m.key, m.character) for m in PasteParser().feed(sent) if isinstance(m, events.Key)]


@pytest.mark.parametrize(
    ("sent", "name", "character"),
    [
        ("\x1b[1081::113;5u", "ctrl+q", None),  # й with ctrl
        ("\x1b[1081::113;5:1u", "ctrl+q", None),
        ("\x1b[1086::106;5u", "ctrl+j", None),  # о with ctrl
        ("\x1b[1079::112;;1079u", "p", "з"),
        ("\x1b[1079:1047:112;2;1047u", "P", "З"),
        ("\x1b[1079:1047:112;65;1047u", "P", "З"),  # by caps lock
        ("\x1b[960::112;;960u", "p", "π"),
        ("\x1b[969::118;5u", "ctrl+v", None),
        ("\x1b[1513::97;;1513u", "a", "ש"),
        ("\x1b[1633::49;;1633u", "1", "١"),  # digits of other scripts
        ("\x1b[1777::49;5u", "ctrl+1", None),
        ("\x1b[50::50;;50u", "2", "2"),
        ("\x1b[1078::59;;1078u", "ж", "ж"),  # on a key without a letter
        ("\x1b[246::59;;246u", "ö", "ö"),  # latin letters are called by themselves
        ("\x1b[97::113;;97u", "a", "a"),  # on a French keyboard
        ("\x1b[97::113;5u", "ctrl+a", None),
        ("\x1b[46::47;;46u", "full_stop", "."),  # a dot is a dot wherever it lies
        ("\x1b[97:65;2;65u", "A", "A"),
        ("\x1b[97:65;6u", "ctrl+shift+a", None),
        ("\x1b[106;5u", "ctrl+j", None),
        ("\x1b[13;1:1u", "enter", "\r"),
        ("\x1b[13;129:1u", "enter", "\r"),  # with num lock
        ("\x1b[1;1:2B", "down", None),
        ("\x1b[5;1:1~", "pageup", None),
    ],
)
def test_the_key_is_called_by_the_base_layout_and_types_its_letter(
    sent: str, name: str, character: str | None
) -> None:
    """Commands lie where they lie on a latin keyboard; a text gets the letters of its own script."""
    assert keys(sent) == [(name, character)]


def test_releases_are_no_keys() -> None:
    """Only press and repetition."""
    assert keys("\x1b[106;5:3u\x1b[1;1:3A\x1b[97;1:3u\x1b[57441;1:3u") == []


def test_repetitions_are_told() -> None:
    """They are keys, and known for what they are."""
    (press, again) = [
        m for m in PasteParser().feed("\x1b[1086::106;5:1u\x1b[1086::106;5:2u") if isinstance(m, PressedKey)
    ]
    assert (press.key, press.repeated) == ("ctrl+j", False)
    assert (again.key, again.repeated) == ("ctrl+j", True)
    assert again.handler_name == "on_key"


def test_more_is_asked_for_than_textual_asks() -> None:
    """Alternate keys and kinds of event, on top of what is asked for anyway; nothing else is touched."""
    assert asking_for_more("a\x1b[>25ub") == "a\x1b[>31ub"
    for other in ("\x1b[<u", "\x1b[>0q", "\x1b[?u", "text"):
        assert asking_for_more(other) == other
