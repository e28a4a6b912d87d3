"""Films as phones, editors and other encoders make them, and files that claim to be more than they are."""

from __future__ import annotations

import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.unit.library.jobs import make_film
from tests.unit.media.films import drawn, write_film
from wan_tui.media import confinement, film_process
from wan_tui.media.decode import CannotPlay, FilmReader, FilmSpoiled
from wan_tui.media.hdr import HLG, PQ, tone_table
from wan_tui.media.picture import Picture

CORNERS = (
    "color=red:s=64x32:r=30,drawbox=32:0:32:16:lime:fill,"
    "drawbox=0:16:32:16:blue:fill,drawbox=32:16:32:16:white:fill"
)
RED, LIME, BLUE, WHITE = "red", "lime", "blue", "white"


def corners(picture: Picture) -> list[str]:
    """The colours of the four corners, row by row."""
    names = []
    for y in (picture.height // 4, picture.height * 3 // 4):
        for x in (picture.width // 4, picture.width * 3 // 4):
            at = (y * picture.width + x) * 4
            red, green, blue = (value > 128 for value in picture.pixels[at : at + 3])
            names.append({(1, 0, 0): RED, (0, 1, 0): LIME, (0, 0, 1): BLUE}.get((red, green, blue), WHITE))
    return names


@pytest.mark.parametrize("cover", [True, False], ids=["cover", "still"])
def test_the_film_is_not_its_cover(tmp_path: Path, cover: bool) -> None:
    """A picture that stands before the film, called a cover or not."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as out:
        still: Any = out.add_stream("png" if cover else "libx264", rate=1)
        still.width, still.height, still.pix_fmt = 16, 16, "rgb24" if cover else "yuv420p"
        if cover:
            still.disposition = av.stream.Disposition.attached_pic
        film: Any = out.add_stream("libx264", rate=30)
        film.width, film.height, film.pix_fmt = 64, 32, "yuv420p"
        grey = next(drawn("color=gray:s=16x16", 1)).reformat(format=still.pix_fmt)
        grey.pts, grey.time_base = 0, Fraction(1, 1)
        out.mux(still.encode(grey))
        out.mux(still.encode(None))
        for number, frame in enumerate(drawn(CORNERS, 8)):
            picture = frame.reformat(format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 30)
            out.mux(film.encode(picture))
        out.mux(film.encode(None))
    reader = FilmReader(path)
    reader.read()
    assert (reader.facts.size, reader.facts.frames) == ((64, 32), 8)
    assert corners(reader.scaled(64, 32)) == [RED, LIME, BLUE, WHITE]


def test_how_long_a_slow_film_is(tmp_path: Path) -> None:
    """One picture in four seconds: ten of them are 40 seconds, the last one counts as long as it is shown."""
    film = write_film(tmp_path / "slow.mp4", "testsrc2=s=64x32:r=1/4", frames=10, rate=Fraction(1, 4))
    reader = FilmReader(film)
    assert reader.facts.duration == pytest.approx(40.0, abs=0.1)
    assert reader.facts.rate == pytest.approx(0.25)


def test_a_long_last_picture_counts(tmp_path: Path) -> None:
    """Its length is that of the stream, not one thirtieth."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as out:
        film: Any = out.add_stream("libx264", rate=30, options={"bframes": "0"})
        film.width, film.height, film.pix_fmt = 64, 32, "yuv420p"
        packets = []
        for number, frame in enumerate(drawn(CORNERS, 4)):
            picture = frame.reformat(format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 30)
            packets += film.encode(picture)
        packets += film.encode(None)
        packets[-1].duration = round(3 / packets[-1].time_base)
        out.mux(packets)
    reader = FilmReader(path)
    assert reader.facts.frames == 4
    assert reader.facts.duration == pytest.approx(3.1, abs=0.01)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr_is_brought_down(transfer: int) -> None:
    """Black stays black, brighter stays brighter, white of paper is light, not grey, and nothing is clipped early."""
    table = tone_table(transfer)
    assert table is not None
    assert (table[0], table[255]) == (0, 255)
    assert list(table) == sorted(table)
    paper = {PQ: 148, HLG: 191}[transfer]  # 203 cd/m2 (BT.2408, table 1)
    assert 225 < table[paper] < 250
    assert tone_table(1) is None


def test_an_hdr_film_is_toned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the stream says of itself."""
    film = write_film(
        tmp_path / "film.mp4", "color=gray:s=64x32:r=30", 2, options={"x264-params": "transfer=smpte2084"}
    )
    reader = FilmReader(film)
    reader.read()
    grey = reader.scaled(8, 8).pixels[0]
    plain = FilmReader(write_film(tmp_path / "plain.mp4", "color=gray:s=64x32:r=30", 2))
    plain.read()
    table = tone_table(PQ)
    assert table is not None
    assert grey == table[plain.scaled(8, 8).pixels[0]]


def test_a_bomb_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that claims 88 million samples never reaches the decoder."""
    film = write_film(tmp_path / "bomb.mp4", frames=4, options={"bframes": "0"})
    data = bytearray(film.read_bytes())
    struct.pack_into(">II", data, data.index(b"stsz") + 8, 1, 88_000_000)
    film.write_bytes(data)
    monkeypatch.setattr(av, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(FilmSpoiled, match="claims more frames"):
        FilmReader(film)


def test_what_cannot_be_judged_is_tried_elsewhere_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another kind of file, a damaged one: in a process of its own, once; a whole MP4 needs none."""
    runs: list[str] = []
    run = film_process.run

    def counted(module: str, *arguments: str) -> None:
        runs.append(Path(arguments[0]).name)
        run(module, *arguments)

    monkeypatch.setattr(film_process, "run", counted)
    whole = write_film(tmp_path / "film.mp4", frames=4)
    other = write_film(tmp_path / "film.mkv", frames=4)
    for film in (whole, other, other):
        FilmReader(film).close()
    assert runs == ["film.mkv"]
    (tmp_path / "none.mkv").write_bytes(make_film()[40:])
    with pytest.raises(CannotPlay):
        FilmReader(tmp_path / "none.mkv")
    assert runs == ["film.mkv", "none.mkv"]


def test_the_memory_of_the_other_process_is_bounded() -> None:
    """What a film makes a decoder ask for beyond that is refused there."""
    program = (
        "from wan_tui.media import confinement, film_process\n"
        "import sys\n"
        "sys.exit(film_process.report_to_parent(lambda: bytearray(confinement.MOST_MEMORY)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "more memory than allowed" in done.stdout
    assert not confinement._confined
