"""What a terminal answers is never taken for typing, and what is typed is all there, however the line cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.patience import PATIENCE
from wan_tui.terminal.typing import BURST, Token, Typing

ANSWERS = [
    "\x1b[?62;22c",
    "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c",
    "\x1b[?62;c",
    "\x1b[>41;379;0c",
    "\x1b[>83;40900;0c",
    "\x1bP!|00000000\x1b\\",
    "\x1bP>|kitty(0.26.5)\x1b\\",
    "\x1bP>|tmux 3.3a\x1b\\",
    "\x1bP>|WezTerm 20240203-110809-5046fc22\x1b\\",
    "\x1b[?2026;2$y",
    "\x1b[?2004;0$y",
    "\x1b[12;40R",
    "\x1b[?12;40R",
    "\x1b[6;20;9t",
    "\x1b[4;720;1080t",
    "\x1b[8;40;120t",
    "\x1b[0n",
    "\x1b[?997;1n",
    "\x1b[?25u",
    "\x1b[?1;0;256S",
    "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
    "\x1b]10;rgb:ffff/ffff/ffff\x07",
    "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1b]12;rgba:ffff/ffff/ffff/ffff\x1b\\",
    "\x1b]52;c;YSBmb3g=\x1b\\",
    "\x1b]99;i=1:p=?;a=report,focus:o=always\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b_Gi=31;ENOTSUPPORTED:not here, sorry\x1b\\",
    "\x1bP1$r48:2:1:2:3m\x1b\\",
    "\x1bP1$r0;1m\x1b\\",
    "\x1bP0$r\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b[I",
    "\x1b[O",
    "\x9b?62;22c",
    "\x9d11;rgb:0000/0000/0000\x9c",
]

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=6)
PAUSES = st.sampled_from([0.0, 0.001, 0.02, 0.09, 0.15, 0.7, 1.5, 4.0])


class Stream:
    """Feeds pieces with pauses between them, looked at in between as a driver does."""

    def __init__(self) -> None:
        self.now = 0.0
        self.typing = Typing()
        self.tokens: list[Token] = []

    def send(self, piece: str, pause: float = 0.0) -> Stream:
        self.wait(pause)
        self.tokens += self.typing.feed(piece, self.now)
        return self

    def wait(self, seconds: float) -> Stream:
        begin, end = self.now, self.now + seconds
        while self.now < end:
            self.now = min(self.now + (0.1 if self.now - begin < 1 else 1), end)
            self.tokens += self.typing.due(self.now)
        return self

    @property
    def typed(self) -> str:
        """What arrives as text, once all has been waited for."""
        self.wait(PATIENCE)
        return "".join(text for kind, text, _ in self.tokens if kind != "sequence")

    @property
    def keys(self) -> list[str]:
        """Escapes that count as the key of that name."""
        return [text for kind, text, _ in self.tokens if kind == "sequence" and text == "\x1b"]


@settings(max_examples=60)
@given(st.data())
def test_what_arrives_as_text_is_exactly_the_typing(data: st.DataObject) -> None:
    """Typing and answers in turn, cut anywhere, with any pause at a cut."""
    stream, expected = Stream(), ""
    for part, is_text in data.draw(
        st.lists(
            st.tuples(TEXT, st.just(True)) | st.tuples(st.sampled_from(ANSWERS), st.just(False)), max_size=8
        )
    ):
        expected += part if is_text else ""
        edges = sorted(data.draw(st.sets(st.integers(1, max(1, len(part) - 1)), max_size=4)))
        for begin, end in zip([0, *edges], [*edges, len(part)], strict=True):
            stream.send(part[begin:end], data.draw(PAUSES))
    assert stream.typed == expected


@given(st.lists(TEXT | st.sampled_from(ANSWERS), max_size=8))
def test_all_of_it_in_one_piece(parts: list[str]) -> None:
    """As after a line was stuck."""
    stream = Stream().send("".join(parts)) if parts else Stream()
    assert stream.typed == "".join(part for part in parts if part not in ANSWERS)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("pause", [0.05, 0.3, 2.0, 90.0])
def test_an_answer_cut_in_two_at_any_place(answer: str, pause: float) -> None:
    """Over any delay, and with typing right behind it."""
    for cut in range(1, len(answer)):
        stream = Stream().send("a ").send(answer[:cut], 0.5).send(answer[cut:], pause).send("fox")
        assert stream.typed == "a fox", cut


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("pause", [0.001, 0.05, 0.3, 2.0])
def test_an_answer_byte_by_byte(answer: str, pause: float) -> None:
    """As a slow line delivers it."""
    stream = Stream()
    for char in answer:
        stream.send(char, pause)
    assert stream.send("fox", pause).typed == "fox"


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("one_by_one", [False, True])
def test_half_an_answer_is_not_typed_and_swallows_nothing(answer: str, one_by_one: bool) -> None:
    """Its rest never comes; what is typed after it comes out, after a moment at the latest."""
    typing = " a fox in 2024"
    for cut in range(1, len(answer)):
        stream = Stream().send(answer[:cut]).wait(0.5)
        for piece in typing if one_by_one else [typing]:
            stream.send(piece, 0.2)
        assert stream.typed == typing, cut


@pytest.mark.parametrize("answer", [answer for answer in ANSWERS if answer[0] == "\x1b" and len(answer) > 5])
def test_an_answer_without_its_escape(answer: str) -> None:
    """Somebody on the way has kept it, or has read it: the rest comes alone, whole or in two pieces."""
    bare = answer[1:]
    assert Stream().send(bare).typed == ""
    assert Stream().send("\x1b").send(bare, 5.0).typed == ""
    for cut in range(4, len(bare)):
        assert Stream().send("\x1b").send(bare[:cut], 5.0).send(bare[cut:], 1.0).typed == "", cut


@pytest.mark.parametrize("tail", ["tty(0.26.5)\x1b\\", "0000/0000\x1b\\", ";OK\x1b\\"])
def test_the_rest_of_a_string_that_somebody_else_began_to_read(tail: str) -> None:
    """Its end tells what it was."""
    assert Stream().send(tail).send("fox", 0.2).typed == "fox"


def test_escape_and_brackets_by_hand_are_keys() -> None:
    """Escape, then a bracket or a capital: they come, if late, once it is clear that no answer goes on."""
    stream = Stream().send("\x1b").send("P", 0.4).send("a", 0.2).send("r", 0.2)
    assert (stream.keys, stream.typed) == (["\x1b"], "Par")
    assert Stream().send("\x1b").send("[", 0.4).typed == "["
    assert Stream().send("\x1b").send("[", 0.4).send("A", 0.3).typed == "[A"
    assert Stream().send("[?").typed == "[?"


def test_an_overdue_answer_may_begin_with_a_late_escape() -> None:
    """While one is expected, an escape alone is waited for longer before it is the key."""
    overdue = Typing(overdue=lambda: True)
    assert [*overdue.feed("\x1b", 0.0), *overdue.due(0.8), *overdue.feed("[?62;22c", 0.9)][:-1] == []
    assert [*overdue.feed("\x1b", 2.0), *overdue.due(3.5)] == [Token("sequence", "\x1b", 2.0)]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_line_break_in_half_an_answer_is_not_pressed(answer: str) -> None:
    """A message with line breaks in it, cut short: nothing of one piece is a key."""
    if answer[1] in "P]_":
        assert Stream().send(answer[:4] + "\n\n").typed == ""


def test_a_paste_within_answers_is_whole() -> None:
    """Whatever it holds, answers included."""
    stream = Stream().send("\x1b[?62;22c\x1b[200~\x1b[?62;22c [?62;22c\x1b[201~\x1b[?62;22c").wait(BURST * 2)
    pasted = [text for kind, text, _ in stream.tokens if kind == "pasted"]
    assert pasted == ["\x1b[?62;22c [?62;22c"]
    assert stream.send("x").typed == "\x1b[?62;22c [?62;22cx"


@pytest.mark.parametrize(
    ("piece", "kinds"),
    [
        ("one\ntwo", ["pasted"]),
        ("one\r\ntwo\rthree\n", ["pasted"]),
        ("a boat\n", ["typed"]),
        ("\n\n\n", ["typed"]),
    ],
)
def test_lines_in_one_piece_are_pasted_also_without_marks(piece: str, kinds: list[str]) -> None:
    """In a terminal that marks pastes, one may come without marks all the same: a line break in it orders nothing."""
    stream = Stream().send("\x1b[200~x\x1b[201~").wait(BURST * 2)
    before = len(stream.tokens)
    stream.send(piece).wait(1.0)
    assert [kind for kind, _, _ in stream.tokens[before:]] == kinds


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.2])
def test_a_paste_without_marks_that_a_line_cuts_orders_nothing(pause: float) -> None:
    """In a terminal that marks none: every line break of it is text; one that is pressed after it is a key."""
    stream = Stream()
    stream.typing = Typing(brackets=False)
    for piece in ("a boat", "\n", "in the rain\n", "\n", "at night"):
        stream.send(piece, pause)
    assert [token for token in stream.tokens if token.text == "\n" and token.kind == "typed"] == []
    assert stream.typed == "a boat\nin the rain\n\nat night"
    stream.send("\n").wait(1.0)
    assert stream.tokens[-1][:2] == ("typed", "\n")
