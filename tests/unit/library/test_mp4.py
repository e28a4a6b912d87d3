"""Only whole films pass the box walk, and nothing makes it fall over."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.unit.library.jobs import box, make_film
from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.mp4_layout import SIGNATURE, CutOff, Overblown
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
    with pytest.raises(NotAFilm, match=r"Not a complete film: .+\."):
        inspect(written(tmp_path, make_film()[:cut]))


@given(junk=st.binary(min_size=1, max_size=64))
@PROPERTY
@example(junk=bytes(8))
@example(junk=bytes(512))
@example(junk=b"\r\n")
def test_a_film_with_something_behind_it_is_one(tmp_path: Path, junk: bytes) -> None:
    """Bytes that are no box at the end: the film is whole all the same, and where it ends is known."""
    film = make_film()
    assume(junk[4:8] not in (b"uuid", b"free", b"skip", b"mdat", b"moov", b"ftyp"))
    layout = inspect(written(tmp_path, film + junk))
    assert (layout.end, layout.size) == (len(film), len(film) + len(junk))
    assert not layout.may_grow


def test_where_a_box_more_would_break_something(tmp_path: Path) -> None:
    """A last box without a length, a signature, an index that is found from the end."""
    film = make_film()
    assert inspect(written(tmp_path, film)).may_grow
    signed = film + box(b"uuid", SIGNATURE, bytes(64))
    foreign = film + box(b"uuid", bytes(80))
    indexed = film + box(b"mfra", bytes(8))
    at = film.index(b"moov") - 4
    open_ended = film[:at] + bytes(4) + film[at + 4 :]
    for content, may_grow in ((signed, False), (foreign, True), (indexed, False), (open_ended, False)):
        assert inspect(written(tmp_path, content)).may_grow == may_grow


def _with_table(kind: bytes, table: bytes, film: bytes | None = None) -> bytes:
    """A film whose description has one table more."""
    film = film or make_film()
    extra = box(kind, table)
    out = bytearray(film)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        at = film.index(name) - 4
        struct.pack_into(">I", out, at, struct.unpack_from(">I", film, at)[0] + len(extra))
    return bytes(out) + extra


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (b"stsz", struct.pack(">III", 0, 1, 88_000_000)),
        (b"stsz", struct.pack(">III", 0, 0, 88_000_000)),
        (b"stz2", struct.pack(">III", 0, 4, 88_000_000)),
        (b"stts", struct.pack(">IIII", 0, 1, 88_000_000, 1000)),
        (b"ctts", struct.pack(">IIIIII", 0, 2, 1 << 31, 1, 1 << 31, 1)),
        (b"stsc", struct.pack(">II", 0, 1 << 30)),
        (b"stco", struct.pack(">II", 0, 1 << 30)),
        (b"stss", struct.pack(">II", 0, 1 << 31)),
    ],
    ids=lambda value: value.decode() if len(value) == 4 else "",
)
def test_tables_that_claim_too_much(tmp_path: Path, kind: bytes, table: bytes) -> None:
    """A few bytes that claim millions of samples are refused before any decoder makes room for them."""
    with pytest.raises(Overblown, match="claims more frames"):
        inspect(written(tmp_path, _with_table(kind, table)))


def test_fragments_that_claim_too_much(tmp_path: Path) -> None:
    """The same in a film that comes in fragments, and one whose pictures lie behind its end."""
    tfhd = box(b"tfhd", struct.pack(">III", 0x10, 1, 4))
    for count, error in ((88_000_000, Overblown), (5000, CutOff), (10, None)):
        moof = box(b"moof", box(b"traf", tfhd, box(b"trun", struct.pack(">II", 0, count))))
        path = written(tmp_path, make_film() + moof + box(b"mdat", bytes(100)))
        if error is None:
            inspect(path)
        else:
            with pytest.raises(error):
                inspect(path)


def test_a_picture_of_no_sane_size(tmp_path: Path) -> None:
    """65535 x 65535 pixels in the description of the samples."""
    entry = box(b"avc1", bytes(24), struct.pack(">HH", 65535, 65535), bytes(50))
    with pytest.raises(Overblown):
        inspect(written(tmp_path, _with_table(b"stsd", struct.pack(">II", 0, 1) + entry)))


def test_samples_behind_the_end(tmp_path: Path) -> None:
    """The tables tell where the last sample ends: not only its beginning must lie inside."""
    film = make_film()
    for size, whole in ((5000, True), (5001 + 300, False)):
        tables = _with_table(b"stsz", struct.pack(">IIII", 0, 0, 1, size))
        tables = _with_table(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1), tables)
        path = written(tmp_path, tables)
        assert len(film) < path.stat().st_size < len(film) + 60
        if whole:
            inspect(path)
        else:
            with pytest.raises(CutOff, match="frames are missing"):
                inspect(path)


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
        (make_film(handler=b"soun"), "no video track"),
        (make_film(seconds=0), "no length"),
        (box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"mdat", 1 << 62), "end is missing"),
        (box(b"ftyp", b"isom") + struct.pack(">I4s", 4, b"mdat"), "invalid length"),
        (box(b"ftyp", b"isom") + box(b"free") * 100_001, "too many boxes"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, reason: str) -> None:
    """Each kind of wrong body has its sentence."""
    with pytest.raises(NotAFilm, match=reason):
        inspect(written(tmp_path, content))
