"""Keys of other keyboards: ctrl+q is where q lies on a Latin one, and a Latin one means what is printed on it."""

from __future__ import annotations

import string
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from wan_tui.ui.compat.input_parser import PasteParser
from wan_tui.ui.compat.keyboard_layout import is_foreign, key_name, stands_for

US = "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"
LATIN = {
    "Dvorak": "`1234567890[]',.pyfgcrl/=aoeuidhtns-;qjkxbmwvz",
    "Colemak": "`1234567890-=qwfpgjluy;[]arstdhneio'zxcvbkm,./",
    "AZERTY": "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:!",
    "QWERTZ": "^1234567890ß´qwertzuiopü+asdfghjklöäyxcvbnm,.-",
    "Spanish": "º1234567890'¡qwertyuiop`+asdfghjklñ´zxcvbnm,.-",
    "Turkish F": "+1234567890/-fgğıodrnhpqwuieaütkmlyşjövcçzsb.,",
}
FOREIGN = {
    "Hebrew": ";1234567890-=/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ.",
    "Greek": "`1234567890-=;ςερτυθιοπ[]ασδφγηξκλ´'ζχψωβνμ,./",
    "Bulgarian": "(1234567890-.,уеишщксдзц;ьяаожгтнвмчюйъэфхпрлб",
    "Russian": "ё1234567890-=йцукенгшщзхъфывапролджэячсмитьбю.",
    "Arabic": "ذ1234567890-=ضصثقفغعهخحجدشسيبلاتنمكطئءؤرﻻىةوزظ",
    "Thai": "_ๅ/-ภถุึคตจขชๆไำพะัีรนยบลฟหกดเ้่าสวงผปแอิืทมใฝ",
    "Hindi": "ॊ१२३४५६७८९०-ृौैाीूबहगदजड़ोे्िुपरकतचटॆंमनवलस,.य",
}
CTRL, ALT = 5, 3
MODIFIERS = st.sampled_from([ALT, CTRL, CTRL + 1, CTRL + 2, 9])
"""As the protocol counts them: alt, ctrl, ctrl+shift, ctrl+alt, super."""


def sent(layout: str, place: str, modifiers: int = 1) -> str:
    """What a terminal sends for the key that is ``place`` on a US keyboard."""
    printed = layout[US.index(place)]
    base = f"::{ord(place)}" if printed != place else ""
    text = f";{ord(printed)}" if modifiers == 1 else ""
    return f"\x1b[{ord(printed)}{base};{modifiers}{text}u"


def names(pieces: Iterable[str]) -> list[str]:
    parser = PasteParser()
    return [m.key for piece in pieces for m in parser.feed(piece) if isinstance(m, events.Key)]


def test_the_layouts_are_whole() -> None:
    """Else the tests below would compare the wrong keys."""
    assert {name: len(keys) for name, keys in (LATIN | FOREIGN).items() if len(keys) != len(US)} == {}


@given(st.sampled_from(list(LATIN)), st.text(US, max_size=4), st.sampled_from(US), MODIFIERS)
def test_on_a_latin_layout_a_key_with_ctrl_is_what_is_printed(
    name: str, before: str, place: str, modifiers: int
) -> None:
    """Whatever was typed before on it, and as the first key of all."""
    layout = LATIN[name]
    printed = layout[US.index(place)]
    typed = [sent(layout, key) for key in before]
    assert names([*typed, sent(layout, place, modifiers)])[-1:] == names(
        [f"\x1b[{ord(printed)};{modifiers}u"]
    )


@given(st.sampled_from(list(FOREIGN)), st.text(string.ascii_lowercase, max_size=4), MODIFIERS)
@pytest.mark.parametrize("place", string.ascii_lowercase)
def test_on_another_layout_a_letter_with_ctrl_is_where_it_lies(
    place: str, name: str, before: str, modifiers: int
) -> None:
    """Letters, vowel signs and marks in the place of letters: typed before or not."""
    layout = FOREIGN[name]
    typed = [sent(layout, key) for key in before]
    assert names([*typed, sent(layout, place, modifiers)])[-1:] == names([f"\x1b[{ord(place)};{modifiers}u"])


@pytest.mark.parametrize(
    ("pieces", "name"),
    [
        (["\x1b[47::113;5u"], "ctrl+q"),  # Hebrew
        (["\x1b[39::119;5u"], "ctrl+w"),
        (["\x1b[59::113;5u"], "ctrl+q"),  # Greek
        (["\x1b[44::113;5u"], "ctrl+q"),  # Bulgarian
        (["\x1b[3656::106;5u"], "ctrl+j"),  # Thai, a tone mark
        (["\x1b[39::113;5u"], "ctrl+apostrophe"),  # Dvorak
        (["\x1b[113::120;5u"], "ctrl+q"),
        (["\x1b[113::97;5u"], "ctrl+q"),  # AZERTY
        (["\x1b[59::112;5u"], "ctrl+semicolon"),  # Colemak
        (["\x1b[113;;113u", "\x1b[59::113;5u"], "ctrl+semicolon"),  # Programmer's Dvorak, after a letter
        (["\x1b[1513::97;;1513u", "\x1b[113;;113u", "\x1b[47::113;5u"], "ctrl+slash"),  # changed to Latin
        (["\x1b[113;;113u", "\x1b[1513::97;;1513u", "\x1b[47::113;5u"], "ctrl+q"),  # and to Hebrew
        (["\x1b[1513::97;;1513u", "\x1b[46::47;5u"], "ctrl+full_stop"),  # a mark in the place of a mark
        (["\x1b[1548::39;5u"], "ctrl+comma"),
    ],
)
def test_a_mark_with_ctrl_is_the_letter_where_that_cannot_be_typed(pieces: list[str], name: str) -> None:
    """The last letter tells the layout."""
    assert names(pieces)[-1] == name


MARKS = {"؟": "question_mark", "؛": "semicolon", "،": "comma", "\u037e": "semicolon", "？": "question_mark",
         "／": "slash", "＊": "asterisk", "。": "full_stop", "、": "comma", "【": "left_square_bracket",
         "﹖": "question_mark", "ｊ": "j", "Ｇ": "G", "３": "3", "٣": "3", "३": "3",
         "፧": "question_mark", "՞": "question_mark"}  # fmt: skip


@pytest.mark.parametrize("char", MARKS)
def test_a_mark_of_another_script_is_called_by_that_of_ascii(char: str) -> None:
    """With and without the protocol, wherever it lies; what it types is itself."""
    code = ord(char)
    for piece in (char, f"\x1b[{code};;{code}u", f"\x1b[1592:{code}:112;2;{code}u", f"\x1b[0;;{code}u"):
        (key,) = [m for m in PasteParser().feed(piece) if isinstance(m, events.Key)]
        assert (key.key, key.character, key.is_printable) == (MARKS[char], char, True)


@pytest.mark.parametrize("char", "\u3000²ºªµ·¿¡ßéñ–…«“ð")
def test_what_latin_keyboards_have_stands_for_nothing_else(char: str) -> None:
    """It is no sign of another script, though Unicode knows a plainer form of some."""
    assert stands_for(char) is None
    assert not is_foreign(char)


def test_signs_are_called_as_textual_calls_them() -> None:
    """All of ASCII that can be printed."""
    for sign in string.printable[:95]:
        assert names([sign]) == [key_name(sign)]


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        ("\x1b[1592:1567:47;2;1567u", "question_mark"),  # Arabic shift+/
        ("\x1b[1581:1563:112;2;1563u", "semicolon"),  # a mark beside a letter: not p
        ("\x1b[1572:123:99;2;123u", "left_curly_bracket"),
        ("\x1b[1783:1548:55;2;1548u", "comma"),  # Persian shift+7: not 7
        ("\x1b[949::101;;8364u", "euro_sign"),  # Greek, by AltGr: not e
        ("\x1b[1602::114;;1602u", "r"),
        ("\x1b[1602:1616:114;2;1616u", "R"),  # no case: shift tells
        ("\x1b[1602::114;65;1602u", "r"),  # and caps lock does not
        ("\x1b[3656::106;;3656u", "j"),
    ],
)
def test_a_key_without_ctrl_is_what_is_typed_or_where_it_lies(piece: str, name: str) -> None:
    """A sign by itself or by the one it stands for, a letter by its place."""
    assert names([piece]) == [name]


def test_letters_of_one_key_are_one_command() -> None:
    """The key of an Arabic keyboard that types two letters does once what it does."""
    assert names(["\x1b[1604::98;;1604:1575u"]) == ["b", "ا"]
