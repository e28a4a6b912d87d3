"""What a terminal sends for a pasted text, read in every way it may be cut: one paste, and no key."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.unit.terminal.test_typing import ANSWERS
from wan_tui.ui.compat.input_parser import PasteParser

HOSTILE = "osc \x1b]52;c;aGVsbG8=\x07 \x1b[A \x1b[13;5u\x1b line2\ttab\nend\x11\x1b[200~\x0a\x1b"


def read(*pieces: str | float, brackets: bool = True, overdue: bool = False) -> list[tuple[str, str]]:
    """Names and texts of what the parser makes of ``pieces``, with pauses of so many seconds between them.

    ``overdue``: the terminal still has to answer.
    """
    now = [0.0]
    parser = PasteParser(brackets=brackets, overdue=lambda: overdue, clock=lambda: now[0])
    found: list[tuple[str, str]] = []
    for piece in (*pieces, 60.0):
        if isinstance(piece, float):
            now[0] += piece
        for message in parser.tick() if isinstance(piece, float) else parser.feed(piece):
            if isinstance(message, events.Paste):
                found.append(("paste", message.text))
            elif isinstance(message, events.Key):
                found.append((message.key, message.character or ""))
    return found


def test_whatever_is_pasted_is_one_paste() -> None:
    """Escape sequences, tab, bell, line breaks, even the mark of a paste: text, without what is no text."""
    assert read(f"a\x1b[200~{HOSTILE}\x1b[201~", 0.1, "b") == [
        ("a", "a"),
        ("paste", "osc ]52;c;aGVsbG8= [A [13;5u line2\ttab\nend[200~\n"),
        ("b", "b"),
    ]


@given(st.lists(st.integers(0, 120), max_size=12))
def test_wherever_the_line_cuts_it(cuts: list[int]) -> None:
    """Pieces as they come over a slow line give the same."""
    sent = f"a\x1b[200~{HOSTILE}\x1b[201~\x1b[200~two\x1b[201~"
    edges = [0, *sorted(cuts), len(sent)]
    pieces = [sent[a:b] for a, b in itertools.pairwise(edges) if sent[a:b]]
    assert read(*pieces, 0.1, "\x1b[Ab") == read(sent, 0.1, "\x1b[Ab")
    assert [name for name, _ in read(sent, 0.1, "\x1b[Ab")] == ["a", "paste", "paste", "up", "b"]


@pytest.mark.parametrize("order", ["\n", "\x1b[106;5u", "\x1b[13;5u", "\x1b[106;5:1u"])
@pytest.mark.parametrize("cut", [0, 1, 3])
def test_the_end_of_a_paste_within_a_paste_ends_nothing(order: str, cut: int) -> None:
    """What comes along with it is pasted too, however often, until the terminal falls silent; then keys are keys."""
    mark = "\x1b[201~"
    rest = f"{order}rm{mark}{order}q{mark}"
    found = read(f"\x1b[200~one{mark}{rest[:cut]}", 0.01, rest[cut:], 0.2, order)
    assert {name for name, _ in found[:-1]} == {"paste"}
    assert found[-1][0] in ("ctrl+j", "ctrl+enter")
    assert "".join(text for name, text in found if name == "paste").replace("\n", "") == "onermq"


def test_mouse_and_focus_are_not_held_up_by_a_paste() -> None:
    """The button that pasted goes up right behind the text, and the window gets the focus back."""
    parser = PasteParser()
    messages = list(parser.feed("\x1b[200~one\x1b[201~\x1b[<1;3;4m\x1b[I\x1b[A"))
    assert [type(message) for message in messages] == [events.Paste, events.MouseUp, events.AppFocus]


@pytest.mark.parametrize(
    ("pieces", "names"),
    [
        (("a fox\n",), [*"afox", "paste"]),
        (("a\n", 0.01, "fox"), ["a", "paste", *"fox"]),
        (("\n", 0.03, "fox"), ["paste", *"fox"]),
        (("a\r\n",), ["a", "enter", "paste"]),
        (("a", 0.05, "\n"), ["a", "ctrl+j"]),
        (("\n", 0.2, "fox"), ["paste", *"fox"]),
        (("\n", 0.4, "fox"), ["ctrl+j", *"fox"]),
        (("a\n", 0.2, "\n"), ["a", "paste", "paste"]),
        (("\n", 0.4, "\n"), ["ctrl+j", "ctrl+j"]),
        (("\n\n", 0.03, "fox"), ["paste", *"fox"]),
        (("\x1b[200~x\x1b[201~", 1.0, "fox\n"), ["paste", *"fox", "ctrl+j"]),
    ],
)
def test_without_marks_a_line_break_next_to_text_is_pasted(
    pieces: tuple[str | float, ...], names: list[str]
) -> None:
    """Where the terminal has not said that it marks pasted texts, and has not shown it either."""
    found = [name for name, _ in read(*pieces, brackets=False) if name != "space"]
    assert found == names


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


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("\x1bx", "alt+x"),
        ("\x1bX", "alt+shift+x"),
        ("\x1b\x7f", "ctrl+w"),
        ("\x1b", "escape"),
        ("\x1b\r", "alt+enter"),
        ("\x1b\t", "shift+tab"),
        ("\x1b[[A", "f1"),
    ],
)
def test_keys_with_an_escape_stay_keys(sent: str, name: str) -> None:
    """Alt, escape itself, function keys of the console."""
    assert [key for key, _ in read(sent)] == [name]


CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\x1b\t\r\b"]


@pytest.mark.parametrize("overdue", [False, True])
@pytest.mark.parametrize("pause", [0.0, 0.02, 0.12, 0.3, 0.9, 1.5])
@pytest.mark.parametrize(
    "second", [*CONTROLS, "\x1b", "\x1b[A", "\x1bOP", "\x1b[113;5u", "\x1b[113::120;5:1u", "\x1b\x7f"]
)
def test_escape_and_a_key_soon_after_are_both(second: str, pause: float, overdue: bool) -> None:
    """In one piece, or with any pause, also while an answer is overdue and an escape is waited for longer."""
    expected = [("a", "a"), ("escape", "\x1b"), *read(second), ("z", "z")]
    pieces = ("a", "\x1b", pause, second) if pause else ("a\x1b" + second,)
    assert read(*pieces, 2.0, "z", overdue=overdue) == expected
    bytewise: list[str | float] = [piece for char in second for piece in (char, 0.01)]
    assert read("a", "\x1b", pause, *bytewise, 2.0, "z", overdue=overdue) == expected


@pytest.mark.parametrize("second", ["q", "?", "Q", "й", " ", "\t", "\r", "\b", "\x7f"])
@pytest.mark.parametrize("pause", [0.12, 0.3, 0.9, 1.5])
def test_what_comes_later_is_no_alt(second: str, pause: float) -> None:
    """Letters, and keys that alt makes others of, after a pause: an escape, and a key."""
    assert read("\x1b", pause, second, overdue=True) == [("escape", "\x1b"), *read(second)]
    assert [name for name, _ in read("\x1b", 0.02, second, overdue=True)] != ["escape", read(second)[0][0]]


def test_escape_and_a_bracket_while_an_answer_is_overdue() -> None:
    """It may be the beginning of one: both come once it is clear that it is not."""
    assert read("\x1b", 0.3, "[", overdue=True) == [("escape", "\x1b"), ("left_square_bracket", "[")]
    assert read("\x1b", 0.3, "[", 0.2, "x", overdue=True)[-1] == ("x", "x")
    assert read("\x1b", 0.3, "[?62;22c", 0.1, "x", overdue=True) == [("x", "x")]


@pytest.mark.parametrize("pause", [0.02, 0.5, 30.0])
@pytest.mark.parametrize(
    ("sent", "name"), [("\x1b[A", "up"), ("\x1b[1;5C", "ctrl+right"), ("\x1b[113;5u", "ctrl+q")]
)
def test_a_key_cut_by_a_slow_line_is_that_key(sent: str, name: str, pause: float) -> None:
    """Wherever it is cut behind its introducer."""
    for cut in range(2, len(sent)):
        assert [key for key, _ in read(sent[:cut], pause, sent[cut:])] == [name]


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_is_a_key(answer: str) -> None:
    """Whole, or cut in two, whatever Textual makes of it."""
    for cut in range(2, len(answer)):
        assert read(answer[:cut], 0.3, answer[cut:], "q") == [("q", "q")]
    assert read(f"a{answer}b") == [("a", "a"), ("b", "b")]


def test_what_no_one_knows_is_nothing() -> None:
    """An escape sequence that is neither key nor answer is not typed, nor does it swallow what follows."""
    assert read("\x1b[99~hello\x1b[1;2;3;4z!") == [(char, char) for char in "hello"] + [
        ("exclamation_mark", "!")
    ]


def test_a_long_composed_text_is_typed_whole() -> None:
    """The kitty protocol gives an input method's text in one sequence, longer than Textual reads."""
    text = "你好世界你好世界"
    sent = "\x1b[0;;" + ":".join(str(ord(char)) for char in text) + "u"
    assert "".join(char for _, char in read(sent)) == text


@given(st.text(st.sampled_from("\x1b[]P_\\0123456789:;u~AaRt?$y\x07\x9b\n\x00M<O ")))
def test_no_garbage_ends_the_reading(text: str) -> None:
    """Whatever comes, keys are read after it."""
    assert read("a" + text, 60.0, "\x1b[201~", 60.0, "q")[-1] == ("q", "q")


def test_a_number_that_is_no_character_is_no_key() -> None:
    """Neither too large, nor half a pair, nor in a form that nobody sends."""
    for body in ("99999999u", "55296u", "97;5;55296u", "1:2:3:4u", "9999999999A", "4294967296;5u"):
        assert read(f"\x1b[{body}", "q") == [("q", "q")]
