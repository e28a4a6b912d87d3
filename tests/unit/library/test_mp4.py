"""Only whole films pass the box walk, and nothing makes it fall over."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.library.jobs import box, make_film
from wan_tui.domain.errors import NotAFilm
from wan_tui.library.mp4 import inspect

PROPERTY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    return path


def test_a_whole_film_tells_its_facts(tmp_path: Path) -> None:
    """Length, size of the picture and duration come from the file itself."""
    film = make_film()
    facts = inspect(written(tmp_path, film))
    assert (facts.size, facts.width, facts.height, facts.duration) == (len(film), 1280, 720, 5.0)


def test_a_real_film_passes(tmp_path: Path) -> None:
    """What an encoder writes passes, with its description in front and behind."""
    av = pytest.importorskip("av")
    for flags in ("", "faststart", "frag_keyframe+empty_moov"):
        path = tmp_path / f"{flags or 'plain'}.mp4"
        with av.open(str(path), "w", options={"movflags": flags} if flags else {}) as container:
            stream = container.add_stream("libx264", rate=30)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for number in range(30):
                picture = av.VideoFrame(64, 48, "yuv420p")
                picture.pts = number
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
        facts = inspect(path)
        assert (facts.width, facts.height) == (64, 48)
        assert "frag" in flags or facts.duration == pytest.approx(1.0, abs=0.05)


@given(st.integers(0, len(make_film()) - 1))
@PROPERTY
def test_a_cut_film_is_none(tmp_path: Path, cut: int) -> None:
    """Cut at any byte, it is refused with a sentence."""
    with pytest.raises(NotAFilm, match=r"not a whole film: .+\."):
        inspect(written(tmp_path, make_film()[:cut]))


@given(junk=st.binary(min_size=1, max_size=64))
@PROPERTY
def test_a_film_with_something_behind_it_is_none(tmp_path: Path, junk: bytes) -> None:
    """Bytes that are no box at the end: refused, or a well-formed box, which players skip."""
    try:
        inspect(written(tmp_path, make_film() + junk))
    except NotAFilm:
        return
    # A length of nought means: to the end of the file.
    assert len(junk) >= 8
    assert struct.unpack_from(">I", junk)[0] in (0, len(junk))


@given(place=st.integers(0, 2000), flip=st.integers(1, 255), behind=st.booleans())
@PROPERTY
def test_damage_never_crashes_it(tmp_path: Path, place: int, flip: int, behind: bool) -> None:
    """Any wrong byte gives facts or NotAFilm, never another error, and never takes long."""
    film = bytearray(make_film(500))
    place = len(film) - 1 - place % len(film) if behind else place % len(film)
    film[place] ^= flip
    with suppress(NotAFilm):
        inspect(written(tmp_path, bytes(film)))


@given(st.binary(max_size=400))
@PROPERTY
def test_garbage_never_crashes_it(tmp_path: Path, content: bytes) -> None:
    """Random bytes, also behind a right beginning and inside a description."""
    for wrapped in (
        content,
        box(b"ftyp", b"isom") + content,
        box(b"ftyp", b"isom") + box(b"mdat") + box(b"moov", content),
        box(b"ftyp", b"isom") + box(b"mdat") + box(b"moov", box(b"trak", content)),
    ):
        with pytest.raises(NotAFilm):
            inspect(written(tmp_path, wrapped))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>Please log in</body></html>", "boxes|begin|end"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "boxes|begin|end"),
        (box(b"ftyp", b"isom"), "part of it is missing"),
        (box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", bytes(100))), "part of it is missing"),
        (make_film(handler=b"soun"), "no moving pictures"),
        (make_film(seconds=0), "no length"),
        (box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"mdat", 1 << 62), "end is missing"),
        (box(b"ftyp", b"isom") + struct.pack(">I4s", 4, b"mdat"), "length in it is wrong"),
        (box(b"ftyp", b"isom") + box(b"free") * 100_001, "too many parts"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, reason: str) -> None:
    """Each kind of wrong body has its sentence."""
    with pytest.raises(NotAFilm, match=reason):
        inspect(written(tmp_path, content))
