"""The probe tells what a terminal can do, in one round trip, and leaves no trace on it."""

from __future__ import annotations

import json
import os
import select
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.unit.terminal.fake_terminal import ITERM2, KITTY, PLAIN, SILENT, SIXEL, FakeTerminal
from wan_tui.terminal.capabilities import Capabilities, complaints, override, read_answers, split_answers
from wan_tui.terminal.environment import Surroundings, surroundings
from wan_tui.terminal.probe import probe

NEAR = Surroundings(term="xterm-256color")


def ask(terminal: FakeTerminal, around: Surroundings = NEAR, **more: Any) -> Capabilities:
    return probe(around, fd_in=terminal.fd, fd_out=terminal.fd, **more)


def left_over(terminal: FakeTerminal) -> bool:
    assert terminal.done.wait(PATIENCE)
    return bool(select.select([terminal.fd], [], [], 0.05)[0])


@pytest.mark.parametrize("delay", [0.0, 0.08, 0.15, 0.4])
@pytest.mark.parametrize(
    ("answers", "protocols", "synchronized", "osc52"),
    [
        (KITTY, ("kitty",), True, True),
        (ITERM2, ("iterm2", "sixel"), True, None),
        (SIXEL, ("sixel",), False, None),
        (PLAIN, (), False, None),
    ],
    ids=["kitty", "iterm2", "sixel", "plain"],
)
def test_each_kind_is_known_at_any_delay_and_nothing_is_left(
    delay: float,
    answers: dict[bytes, bytes],
    protocols: tuple[str, ...],
    synchronized: bool,
    osc52: bool | None,
) -> None:
    """Picture protocols, synchronized output and OSC 52 are right at 0 to 400 ms; stdin is empty after."""
    with FakeTerminal(answers, delay) as terminal:
        before = termios.tcgetattr(terminal.fd)
        found = ask(terminal)
        assert found.protocols == protocols
        assert found.synchronized is synchronized
        assert found.osc52 is osc52
        assert found.cell_pixels == ((10, 20) if answers is not PLAIN else None)
        assert found.round_trip is not None
        assert found.round_trip >= delay
        assert found.typed == b""
        assert not left_over(terminal)
        assert termios.tcgetattr(terminal.fd) == before


def test_the_name_comes_with_the_answers() -> None:
    """The terminal's own, beside what it can do."""
    with FakeTerminal(KITTY) as terminal:
        found = ask(terminal)
    assert found.name == "kitty(0.40.0)"
    assert found.graphics == "kitty"


def test_silent_terminal_gives_the_defaults_and_its_modes_back() -> None:
    """A terminal that never answers costs the limit, no more, and its modes are restored."""
    with FakeTerminal(SILENT) as terminal:
        before = termios.tcgetattr(terminal.fd)
        assert ask(terminal, limit=0.1) == Capabilities()
        assert termios.tcgetattr(terminal.fd) == before


def test_typed_bytes_are_handed_back() -> None:
    """Keys pressed while the terminal is asked are not lost, not even an arrow key."""
    with FakeTerminal(KITTY, 0.05, typed=b"ab\x1b[A") as terminal:
        found = ask(terminal)
    assert found.typed == b"ab\x1b[A"
    assert found.graphics == "kitty"


@pytest.mark.parametrize("key", [b"\x11", b"\x1b\x11", b"\x13", b"\x16", b"\x0f"])
def test_keys_that_a_line_would_keep_are_handed_back(key: bytes) -> None:
    """ctrl+q, ctrl+s, ctrl+v, ctrl+o: outside of a screen they steer the line."""
    with FakeTerminal(KITTY, 0.05, typed=b"a" + key) as terminal:
        modes = termios.tcgetattr(terminal.fd)
        modes[0] |= termios.IXON
        modes[3] |= termios.IEXTEN
        termios.tcsetattr(terminal.fd, termios.TCSANOW, modes)
        found = ask(terminal)
        assert termios.tcgetattr(terminal.fd) == modes
    assert (found.graphics, found.typed) == ("kitty", b"a" + key)


def test_answers_may_come_byte_by_byte() -> None:
    """A line that delivers in small pieces changes nothing."""
    with FakeTerminal(KITTY, typed=b"q", trickle=True) as terminal:
        found = ask(terminal)
        assert not left_over(terminal)
    assert (found.graphics, found.cell_pixels, found.typed) == ("kitty", (10, 20), b"q")


def test_cut_answer_stays_with_what_was_typed() -> None:
    """Of an answer cut off by the time limit the rest will come: whoever reads the keys must know its beginning."""
    assert split_answers(b"x\x1b[?62;2") == (b"", b"x\x1b[?62;2")
    assert split_answers(b"\x1b[?62;22cy\x1bP>|kit") == (b"\x1b[?62;22c", b"y\x1bP>|kit")
    assert split_answers(b"\x1b") == (b"", b"\x1b")


def test_cell_size_falls_back_to_the_window() -> None:
    """A terminal that tells the kernel its pixels needs no answer for the size of a cell."""
    with FakeTerminal(PLAIN, pixels=(1080, 720)) as terminal:
        assert ask(terminal).cell_pixels == (9, 18)


@pytest.mark.parametrize("multiplexer", ["tmux", "screen"])
def test_multiplexer_is_not_asked_for_kitty(multiplexer: Any) -> None:
    """tmux and screen would show the kitty query as a title."""
    with FakeTerminal(KITTY) as terminal:
        found = ask(terminal, Surroundings(term="screen-256color", multiplexer=multiplexer))
    assert b"\x1b_G" not in terminal.seen
    assert found.graphics == "cells"


def test_nothing_is_asked_without_a_terminal() -> None:
    """A pipe is not written to, nor is a terminal that would print the questions."""
    read_end, write_end = os.pipe()
    try:
        assert probe(NEAR, fd_in=read_end, fd_out=write_end) == Capabilities()
        assert not select.select([read_end], [], [], 0)[0]
    finally:
        os.close(read_end)
        os.close(write_end)
    with FakeTerminal(KITTY) as terminal:
        for term in ("dumb", "linux", ""):
            assert ask(terminal, Surroundings(term=term)) == Capabilities()
    assert terminal.seen == b""


def test_second_start_in_a_session_asks_nothing(tmp_path: Path) -> None:
    """With a cache the terminal is asked once; ``fresh`` and another terminal ask again."""
    cache = tmp_path / "terminal.json"
    with FakeTerminal(KITTY) as terminal:
        first = ask(terminal, cache=cache)
        asked = terminal.seen
        assert ask(terminal, cache=cache) == first
        assert terminal.seen == asked
        assert cache.stat().st_mode & 0o777 == 0o600
        ask(terminal, cache=cache, fresh=True)
        assert len(terminal.seen) == 2 * len(asked)
        ask(terminal, Surroundings(term="xterm-direct"), cache=cache)
        assert len(terminal.seen) == 3 * len(asked)
        assert ask(terminal, cache=cache).name == first.name
        assert len(terminal.seen) == 3 * len(asked)


def test_no_answer_is_not_kept(tmp_path: Path) -> None:
    """A terminal that answered late once is asked again at the next start, also where an older start kept that."""
    cache = tmp_path / "terminal.json"
    with FakeTerminal(KITTY, delay=0.3) as terminal:
        assert ask(terminal, cache=cache, limit=0.05).graphics == "cells"
        assert not cache.exists()
        assert terminal.done.wait(PATIENCE)
        os.read(terminal.fd, 4096)
        assert ask(terminal, cache=cache).graphics == "kitty"
        entries = json.loads(cache.read_text())
        cache.write_text(json.dumps({key: {**entry, "round_trip": None} for key, entry in entries.items()}))
        asked = len(terminal.seen)
        assert ask(terminal, cache=cache).graphics == "kitty"
        assert len(terminal.seen) > asked


@pytest.mark.parametrize("name", ["iTerm2", "WezTerm", "mintty", "kitty", "vscode"])
@pytest.mark.parametrize("answers", [PLAIN, SIXEL, SILENT])
def test_inherited_variables_give_no_pictures(name: str, answers: dict[bytes, bytes]) -> None:
    """LC_TERMINAL and TERM_PROGRAM pass through SSH, mosh, editors and sudo: only the terminal's own word counts."""
    around = surroundings({"TERM": "xterm-256color", "LC_TERMINAL": name, "TERM_PROGRAM": name}, "linux")
    with FakeTerminal(answers) as terminal:
        found = ask(terminal, around, limit=0.1 if answers is SILENT else 5.0)
    assert found.protocols == (("sixel",) if answers is SIXEL else ())


@pytest.mark.parametrize(("mode", "brackets"), [(b"1", True), (b"2", True), (b"0", False), (b"", False)])
def test_whether_pasted_texts_are_marked_is_asked(mode: bytes, brackets: bool) -> None:
    """Bracketed paste, by DECRQM; no answer is a no."""
    answers = {**PLAIN, **({b"\x1b[?2004$p": b"\x1b[?2004;" + mode + b"$y"} if mode else {})}
    with FakeTerminal(answers) as terminal:
        found = ask(terminal)
    assert (found.brackets_pastes, found.synchronized, found.typed) == (brackets, False, b"")


def test_what_a_terminal_prints_of_the_questions_is_wiped() -> None:
    """Some show what they do not know: the line is empty again when all has been asked."""
    with FakeTerminal(SILENT) as terminal:
        ask(terminal, limit=0.1)
        assert terminal.seen.endswith(b"\r\x1b[K")


def test_answers_are_kept_for_a_day_at_most(tmp_path: Path) -> None:
    """The number of a terminal device is given out again: old answers are not believed."""
    cache = tmp_path / "terminal.json"
    with FakeTerminal(KITTY) as terminal:
        ask(terminal, cache=cache)
        asked = len(terminal.seen)
        kept = {key: entry | {"asked_at": 1.0} for key, entry in json.loads(cache.read_text()).items()}
        cache.write_text(json.dumps(kept))
        ask(terminal, cache=cache)
        assert len(terminal.seen) == 2 * asked


def test_typed_bytes_are_not_typed_again_from_the_cache(tmp_path: Path) -> None:
    """What was typed once is handed back once."""
    cache = tmp_path / "terminal.json"
    with FakeTerminal(KITTY, typed=b"q") as terminal:
        assert ask(terminal, cache=cache).typed == b"q"
        assert ask(terminal, cache=cache).typed == b""


@pytest.mark.parametrize("damage", ["", "[]", '{"key": 1}', "\x00\xff", '{"key": null, "answers": 3}'])
def test_damaged_cache_is_asked_over(tmp_path: Path, damage: str) -> None:
    """A cache that cannot be read is no cache, and one that cannot be written is no trouble."""
    cache = tmp_path / "terminal.json"
    cache.write_text(damage, "latin-1")
    with FakeTerminal(KITTY) as terminal:
        assert ask(terminal, cache=cache).graphics == "kitty"
        assert ask(terminal, cache=cache / "below" / "a-file").graphics == "kitty"


@pytest.mark.parametrize(
    ("answer", "light"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True),
        (b"\x1b]11;rgb:fdfd/f6f6/e3e3\x07", True),
        (b"\x1b]11;rgb:1414/1717/1c1c\x07", False),
        (b"\x1b]11;rgb:f/f/e\x07", True),
        (b"\x1b]11;rgba:0000/2b2b/3636/ffff\x1b\\", False),
        (b"\x1b]11;rgb:0000/0000/ffff\x1b\\", False),
        (b"\x1b]11;?\x1b\\", None),
        (b"", None),
    ],
    ids=["white", "beige", "dark", "short", "with alpha", "blue", "an echo", "nothing"],
)
def test_a_light_background_is_told_from_a_dark_one(answer: bytes, light: bool | None) -> None:
    """And is no typing, whatever it is."""
    with FakeTerminal({**KITTY, b"\x1b]11;?": answer}) as terminal:
        assert ask(terminal).light is light
        assert read_answers(answer, NEAR).light is light
    if light is not None:
        assert split_answers(answer + b"q") == (answer, b"q")


def test_settings_go_over_what_was_found() -> None:
    """A person may correct every finding, and turn pictures off."""
    wished = {"graphics": "cells", "cell_pixels": [8, 16], "synchronized": False, "osc52": False}
    with FakeTerminal(KITTY) as terminal:
        found = ask(terminal, wished=wished)
    assert (found.graphics, found.cell_pixels) == ("cells", (8, 16))
    assert (found.synchronized, found.osc52) == (False, False)
    assert override(Capabilities(), {"graphics": "sixel"}).graphics == "sixel"


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("graphics", "crayon", "terminal.graphics must be one of kitty, iterm2, sixel, cells"),
        ("graphics", [], "terminal.graphics must be one of kitty, iterm2, sixel, cells"),
        ("osc52", "yes", "terminal.osc52 must be true or false"),
        ("synchronized", 1, "terminal.synchronized must be true or false"),
        ("cell_pixels", [0, 1], "terminal.cell_pixels must be width and height in pixels, such as [10, 20]"),
        (
            "x\x1b",
            1,
            "unknown setting “terminal.x”; known are graphics, cell_pixels, synchronized, osc52",
        ),
    ],
)
def test_impossible_settings_are_told_and_passed_over(key: str, value: object, told: str) -> None:
    """With what could be set, clean of control characters; the others hold."""
    assert complaints({key: value}) == [told]
    assert override(Capabilities(osc52=True), {key: value}) == Capabilities(osc52=True)
    assert override(Capabilities(), {key: value, "graphics": "kitty"}).graphics == "kitty"


def test_all_that_is_amiss_is_told_at_once() -> None:
    """Not one at a time; what is right is no complaint."""
    assert len(complaints({"blah": 1, "graphics": "laser", "osc52": 3, "synchronized": True})) == 3


def test_hostile_answers_do_no_harm() -> None:
    """Whatever a terminal sends, the probe returns, and its name carries no control character."""
    answers = {
        b"\x1b[>0q": b"\x1bP>|ki\x07\x9btty\xff" + b"x" * 150 + b"\x1b\\",
        b"\x1b[16t": b"\x1b[6;0;9999t",
        b"\x1b[c": b"\x1b[?;;" + b"9" * 90 + b"c",
    }
    with FakeTerminal(answers) as terminal:
        found = ask(terminal)
    assert found.name.isprintable()
    assert found.cell_pixels is None
    assert found.typed == b""
