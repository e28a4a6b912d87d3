"""Maps keys of other scripts to commands, whose keys are ASCII characters.

Terminals do not report the layout, only the character that a key prints and the US key in the same position.
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
"""Marks without a Unicode mapping to ASCII: Arabic, Armenian, Chinese, Ethiopic, Hebrew, Hindi."""

_FORMS = ("<wide>", "<small>")
"""Compatibility mappings to the same character. Not <super>: ² has a key of its own on French keyboards."""

_NO_SCRIPT = frozenset({"LATIN", "FEMININE", "MASCULINE", "MICRO", "MODIFIER", "COMBINING"})
"""First words of the Unicode names of letters and marks on Latin keyboards, such as the Spanish º."""

_OTHERS_ONLY = frozenset({("/", "q"), ("'", "w"), (";", "q"), (",", "q")})
"""Marks in the position of a letter on Hebrew (the first two), Greek and Bulgarian keyboards, but not on Dvorak,
Colemak, AZERTY or QWERTZ. They work before any letter reveals the layout, so that even the first key can quit. Of
Latin layouts, Programmer's and one-handed Dvorak have the third too; there, the printed mark counts from the first
letter on.
"""


class KeyboardLayout:
    """Whether the keyboard types another script, by the last letter typed, since many people switch layouts."""

    def __init__(self) -> None:
        self._foreign: bool | None = None

    def see(self, char: str) -> None:
        """Record the character that a pressed key prints."""
        if is_foreign(char):
            self._foreign = True
        elif char.isalpha():
            self._foreign = False

    def means_base(self, char: str, base: str) -> bool:
        """Whether a key that prints ``char``, pressed with a modifier such as ctrl, means the US key ``base``.

        A letter of another script does: there is no ctrl+й. So does a mark in the position of a letter, if the layout
        cannot print that letter. On a Latin layout, such as Dvorak, the letter is elsewhere: the mark itself counts.
        """
        if is_foreign(char):
            return True
        if not (char.isascii() and char.isprintable()) or char.isalnum() or not _is_letter(base):
            return False
        return (char, base) in _OTHERS_ONLY if self._foreign is None else self._foreign


def is_foreign(char: str) -> bool:
    """Whether ``char`` is a letter, vowel sign or digit of a non-Latin script, such as Cyrillic or Thai."""
    if char.isascii():
        return False
    kind = unicodedata.category(char)
    script = unicodedata.name(char, "LATIN").partition(" ")[0]
    return kind == "Nd" or (kind[0] in "LM" and script not in _NO_SCRIPT)


def stands_for(char: str) -> str | None:
    """The ASCII equivalent of ``char`` from another script: a digit, a mark, or a full-width form."""
    if len(char) != 1 or char.isascii() or not char.isprintable():
        return None  # text fields ignore a full-width space: as "space" it would trigger a command instead
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    parts = unicodedata.decomposition(char)
    same = parts and (not parts.startswith("<") or parts.startswith(_FORMS))
    sign = unicodedata.normalize("NFKC", char) if same else _MARKS.get(char, "")
    return sign if len(sign) == 1 and sign.isascii() else None


def key_name(sign: str) -> str:
    """Textual's name for the key of a printable ASCII character."""
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()
