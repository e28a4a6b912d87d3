"""What a terminal sends for a pasted text, read in every way it may be cut: one paste, and no key."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from wan_tui.ui.pasting import PasteParser

HOSTILE = "osc \x1b]52;c;aGVsbG8=\x07 \x1b[A \x1b[13;5u\x1b line2\ttab\nend\x11\x1b[200~\x0a\x1b"


def read(*pieces: str) -> list[tuple[str, str]]:
    """Names and texts of what the parser makes of ``pieces``."""
    parser = PasteParser()
    found: list[tuple[str, str]] = []
    for piece in pieces:
        for message in parser.feed(piece):
            if isinstance(message, events.Paste):
                found.append(("paste", message.text))
            elif isinstance(message, events.Key):
                found.append((message.key, message.character or ""))
    return found


def test_whatever_is_pasted_is_one_paste() -> None:
    """Escape sequences, tab, bell, line breaks, even the mark of a paste: text, without what is no text."""
    assert read(f"a\x1b[200~{HOSTILE}\x1b[201~b") == [
        ("a", "a"),
        ("paste", "osc ]52;c;aGVsbG8= [A [13;5u line2\ttab\nend[200~\n"),
        ("b", "b"),
    ]


@given(st.lists(st.integers(0, 120), max_size=12))
def test_wherever_the_line_cuts_it(cuts: list[int]) -> None:
    """Pieces as they come over a slow line give the same."""
    sent = f"a\x1b[200~{HOSTILE}\x1b[201~\x1b[200~two\x1b[201~\x1b[Ab"
    edges = [0, *sorted(cuts), len(sent)]
    pieces = [sent[a:b] for a, b in itertools.pairwise(edges) if sent[a:b]]
    assert read(*pieces) == read(sent)
    assert [name for name, _ in read(sent)] == ["a", "paste", "paste", "up", "b"]


@given(st.text(st.sampled_from("\x1b[]~0123 \n\t\x07\x0aabc;\x9bOMu")))
def test_no_text_has_a_key_in_it(text: str) -> None:
    """As long as its end has not been seen, nothing but the paste comes out."""
    if "\x1b[201~" in text:
        return
    assert [name for name, _ in read("\x1b[200~", *text, "\x1b[201~")] == ["paste"]


def test_an_open_paste_gives_no_key() -> None:
    """A line that is slow in the middle of it."""
    assert read("\x1b[200~one\n", "\x1b", "[A\x07two\n") == []


@pytest.mark.parametrize("keys", ["\x1b[A\x1b[B", "\x1b[<0;3;4M", "\n\t\x1b[Z", "\x1b[20~", "\x1b[200;5u"])
def test_keys_stay_keys(keys: str) -> None:
    """Arrows, function keys and orders are read as ever."""
    from textual._xterm_parser import XTermParser

    expected = [m.key for m in XTermParser().feed(keys) if isinstance(m, events.Key)]
    assert [name for name, _ in read(keys)] == expected
