"""What a key means to commands where the keyboard types another script: they are called by signs of ASCII.

Terminals do not name the layout. They report the character that a key prints, and the key of a US keyboard
that lies in its place.
"""

from __future__ import annotations

import unicodedata

from textual.keys import KEY_NAME_REPLACEMENTS

_MARKS = {
    **dict.fromkeys("؟՞፧⸮", "?"),
    **dict.fromkeys("،、՝፣", ","),
    **dict.fromkeys("؛፤", ";"),
    **dict.fromkeys("۔。।።", "."),
    **dict.fromkeys("【「", "["),
    **dict.fromkeys("】」", "]"),
    "٭": "*",
    "٪": "%",
    "־": "-",
}
"""Marks that Unicode does not know as forms of those in ASCII: Arabic, Armenian, Chinese, Ethiopic, Hebrew, Hindi."""

_FORMS = ("<wide>", "<small>")
"""Kinds of compatibility forms that are the same sign. Not <super>: ² has a key of its own on French keyboards."""

_NO_SCRIPT = frozenset({"LATIN", "FEMININE", "MASCULINE", "MICRO", "MODIFIER", "COMBINING"})
"""How the names of letters and marks begin that lie on Latin keyboards, such as the Spanish º."""

_OTHERS_ONLY = frozenset({("/", "q"), ("'", "w"), (";", "q"), (",", "q")})
"""Marks in the place of a letter on Hebrew (the first two), Greek and Bulgarian keyboards, and not on Dvorak, Colemak,
AZERTY or QWERTZ: so the first key of all may leave the program. Of Latin ones, Programmer's and one-handed Dvorak have
the third as well; there it is what is printed from the first letter on.
"""


class KeyboardLayout:
    """Whether the keyboard types another script: told by the last letter, for many people change to and fro."""

    def __init__(self) -> None:
        self._foreign: bool | None = None

    def see(self, char: str) -> None:
        """Take note of the character that a pressed key prints."""
        if is_foreign(char):
            self._foreign = True
        elif char.isalpha():
            self._foreign = False

    def means_base(self, char: str, base: str) -> bool:
        """Whether a key with ctrl or the like, which prints ``char``, means ``base``, the key of a US keyboard.

        Letters of other scripts do: there is no ctrl+й. A mark in the place of a letter does on a layout that cannot
        print that letter; on a Latin one, such as Dvorak, the letter lies elsewhere, and what is printed is meant.
        """
        if is_foreign(char):
            return True
        if not (char.isascii() and char.isprintable()) or char.isalnum() or not _is_letter(base):
            return False
        return (char, base) in _OTHERS_ONLY if self._foreign is None else self._foreign


def is_foreign(char: str) -> bool:
    """Whether it is a letter, a vowel sign or a digit of a script other than Latin, such as Cyrillic or Thai."""
    if char.isascii():
        return False
    kind = unicodedata.category(char)
    script = unicodedata.name(char, "LATIN").partition(" ")[0]
    return kind == "Nd" or (kind[0] in "LM" and script not in _NO_SCRIPT)


def stands_for(char: str) -> str | None:
    """The sign of ASCII that ``char`` is in another script: a digit, a mark, a wide form of Chinese and Japanese."""
    if len(char) != 1 or char.isascii() or not char.isprintable():
        return None  # a wide blank is not taken by text fields: as "space" it would act behind them
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    parts = unicodedata.decomposition(char)
    same = parts and (not parts.startswith("<") or parts.startswith(_FORMS))
    sign = unicodedata.normalize("NFKC", char) if same else _MARKS.get(char, "")
    return sign if len(sign) == 1 and sign.isascii() else None


def key_name(sign: str) -> str:
    """What Textual calls the key of a printable ``sign`` of ASCII."""
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()
