"""A film in wrappings, one inside the other: how many there are is told by the bytes, and there is an end to it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.library.jobs import make_film
from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.film_bytes import HEAD, MOST_WRAPPINGS, FileKind, file_kind
from wan_tui.library import unwrap
from wan_tui.library.unwrap import unwrapped

FILM = make_film()
PROPERTY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
Wrap = Callable[[bytes], bytes]


def deflate(film: bytes) -> bytes:
    """As servers send it that take the name of HTTP's coding at its word."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(film) + packer.flush()


def framed(film: bytes) -> bytes:
    parts = [film[at : at + 700] for at in range(0, len(film), 700)] + [b""]
    return b"".join(b"%x;chunk-signature=ab\r\n" % len(part) + part + b"\r\n" for part in parts)


WRAPS: list[Wrap] = [gzip.compress, zlib.compress, framed, deflate, lambda film: b"\r\n" + film]


def within(wraps: Sequence[Wrap], content: bytes) -> bytes:
    for wrap in wraps:
        content = wrap(content)
    return content


@given(wraps=st.lists(st.sampled_from(WRAPS), min_size=1, max_size=MOST_WRAPPINGS))
@PROPERTY
def test_any_wrappings_in_any_order(tmp_path: Path, wraps: list[Wrap]) -> None:
    """The film is known by the beginning of what came, and taken out."""
    body = within(wraps, FILM)
    (tmp_path / "came").write_bytes(body)
    assert file_kind(body[:HEAD]).holds_film
    assert unwrapped(tmp_path / "came", tmp_path / "film")
    assert (tmp_path / "film").read_bytes() == FILM


@given(wraps=st.lists(st.sampled_from(WRAPS[:2]), max_size=MOST_WRAPPINGS))
@PROPERTY
def test_a_page_stays_a_page(tmp_path: Path, wraps: list[Wrap]) -> None:
    """Whatever it is wrapped in."""
    (tmp_path / "came").write_bytes(within(wraps, b"<html>please wait</html>"))
    assert file_kind((tmp_path / "came").read_bytes()) is FileKind.PAGE
    assert not unwrapped(tmp_path / "came", tmp_path / "film")


def test_there_is_an_end_to_it(tmp_path: Path) -> None:
    """More wrappings than anybody makes by mistake are none of a film."""
    body = within([gzip.compress] * (MOST_WRAPPINGS + 1), FILM)
    (tmp_path / "came").write_bytes(body)
    assert not file_kind(body[:HEAD]).holds_film
    assert not unwrapped(tmp_path / "came", tmp_path / "film")


@pytest.mark.parametrize("times", [1, 2])
def test_too_much_is_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """A little that unfolds to a lot, at once or by steps."""
    monkeypatch.setattr(unwrap, "LARGEST", 1 << 20)
    (tmp_path / "came").write_bytes(within([gzip.compress] * times, FILM + bytes(64 << 20)))
    with pytest.raises(NotAFilm, match="implausible size"):
        unwrapped(tmp_path / "came", tmp_path / "film")
    assert (tmp_path / "film").stat().st_size <= 1 << 20


@pytest.mark.parametrize("wraps", [[w] for w in WRAPS[:4]] + [[gzip.compress] * 2, [framed, gzip.compress]])
def test_what_is_cut_is_damaged(tmp_path: Path, wraps: list[Wrap]) -> None:
    """At any layer: never half a film."""
    for cut in (1, 9, 1000):
        (tmp_path / "came").write_bytes(within(wraps, FILM)[:-cut])
        if wraps == [framed] and cut == 1:
            continue  # the line end behind the last chunk is nothing of the film
        with pytest.raises(NotAFilm, match="missing"):
            unwrapped(tmp_path / "came", tmp_path / "film")
