from __future__ import annotations

import os
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
import pytest

from tests.unit.media.films import write_film
from wan_tui.media import confinement
from wan_tui.media.decode import CannotPlay, FilmReader, FilmSpoiled, Scaler
from wan_tui.media.frame_cache import FrameCache
from wan_tui.media.framing import frame_cells


def indexes(reader: FilmReader) -> list[int]:
    found = []
    while (index := reader.read()) is not None:
        found.append(index)
    return found


def test_every_frame_comes_once_in_order(film: Path) -> None:
    """And the facts are those of the file."""
    reader = FilmReader(film)
    assert reader.facts.size == (320, 180)
    assert reader.facts.frames == 30
    assert reader.facts.duration == pytest.approx(1.0, abs=0.01)
    assert indexes(reader) == list(range(30))
    assert reader.index_at(reader.time(17)) == 17


def test_colours_are_right(tmp_path: Path) -> None:
    """A plain colour comes out as itself, within what H.264 does to it."""
    film = write_film(tmp_path / "red.mp4", "color=c=0xC86432:s=64x64:r=30", frames=2)
    reader = FilmReader(film)
    reader.read()
    red, green, blue = reader.scaled(8, 8).pixels[:3]
    assert abs(red - 0xC8) <= 4
    assert abs(green - 0x64) <= 4
    assert abs(blue - 0x32) <= 4


@pytest.mark.parametrize(
    ("name", "source", "frames", "rate", "codec", "audio"),
    [
        ("one frame.mp4", "testsrc2=s=64x64:r=30", 1, 30, "libx264", False),
        ("odd size.mkv", "testsrc2=s=131x77:r=30", 5, 30, "ffv1", False),
        ("odd rate.mp4", "testsrc2=s=64x64:r=30", 9, Fraction(30000, 1001), "libx264", False),
        ("slow.mp4", "testsrc2=s=64x64:r=1", 3, 1, "libx264", False),
        ("with sound.mp4", "testsrc2=s=64x64:r=30", 9, 30, "libx264", True),
        ("tall.mp4", "testsrc2=s=36x640:r=30", 3, 30, "libx264", False),
        ("4K.mp4", "testsrc2=s=3840x2160:r=30", 3, 30, "libx264", False),
        ("other codec.avi", "testsrc2=s=64x64:r=25", 5, 25, "mpeg4", False),
    ],
)
def test_odd_films_play(
    tmp_path: Path, name: str, source: str, frames: int, rate: Fraction | int, codec: str, audio: bool
) -> None:
    """One frame, odd sizes and rates, sound, 4K and other containers: every frame can be had, forth and back."""
    film = write_film(tmp_path / name, source, frames, rate, codec, {}, audio)
    cache = FrameCache(film)
    cache.frame_as(frame_cells((20, 10), cache.facts.size))
    assert cache.facts.frames == frames
    for index in (*range(frames), *reversed(range(frames))):
        assert cache.picture(index).height % 2 == 0
    assert cache.facts.duration == pytest.approx(frames / float(rate), rel=0.3)
    cache.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("text.mp4", b"This is not a film.\n" * 100),
        ("zeros.mp4", bytes(5000)),
        ("noise.mp4", random.Random(1).randbytes(50_000)),
        ("playlist.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/x.ts\n"),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/hostname\n"),
    ],
)
def test_what_is_no_film_gives_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    """And a playlist is not followed, neither into the network nor to other files."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotPlay) as caught:
        FilmReader(tmp_path / name)
    assert caught.value.message.endswith(".")
    assert "\x1b" not in caught.value.message
    assert "invalid data" not in caught.value.message.lower()


def test_places_that_hold_no_file_give_a_sentence(tmp_path: Path) -> None:
    """Missing, a folder, a pipe that nobody writes to: nothing waits for ever."""
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path / "missing.mp4", tmp_path, tmp_path / "pipe.mp4"):
        with pytest.raises(CannotPlay):
            FilmReader(path)


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    """A file with an audio track only has nothing to show."""
    import av

    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 44100, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(CannotPlay, match="no video track"):
        FilmReader(path)


def test_a_film_cut_short_is_known_as_one(tmp_path: Path) -> None:
    """One with its index in front plays as far as it goes; a whole one is not called cut off."""
    data = write_film(tmp_path / "whole.mp4", audio=True).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 6 // 10])
    for name, cut_off in (("whole.mp4", False), ("cut.mp4", True)):
        reader = FilmReader(tmp_path / name)
        assert reader.facts.cut_off is cut_off
        reader.close()


def test_damage_anywhere_is_survived(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut short at any place or with bytes overwritten: a sentence, or the frames that are left."""
    monkeypatch.setattr(
        confinement, "_confined", True
    )  # as in a process of its own, which need not be started each time
    whole = film.read_bytes()
    chance = random.Random(7)
    damaged = tmp_path / "damaged.mp4"
    for round_ in range(40):
        data = bytearray(whole)
        if round_ % 2:
            del data[chance.randrange(len(data)) :]
        else:
            for _ in range(chance.randrange(1, 200)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        damaged.write_bytes(data)
        try:
            cache = FrameCache(damaged)
        except CannotPlay:
            continue
        cache.frame_as(frame_cells((20, 10), cache.facts.size, fill=True))
        try:
            for index in range(0, cache.facts.frames, 7):
                assert cache.picture(index).width == 20
        except CannotPlay:
            pass
        finally:
            cache.close()


def test_without_pyav_there_is_a_sentence(film: Path) -> None:
    """The media room can be imported and says what is missing, with the way to get it."""
    program = (
        "import sys; sys.modules['av'] = None\n"
        "from pathlib import Path\n"
        "from wan_tui.media import playback, posters, recipe\n"
        "from wan_tui.media.decode import DecoderMissing, FilmReader\n"
        "try: FilmReader(Path(sys.argv[1]))\n"
        "except DecoderMissing as e: print(e.message, e.next_step)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(film)], capture_output=True, text=True, check=True
    )
    assert "PyAV" in done.stdout
    assert "-m pip install av" in done.stdout


def test_pyav_is_not_imported_before_a_film_is_opened() -> None:
    """It costs time and memory that a program which only orders must not pay."""
    program = (
        "import sys\n"
        "import wan_tui.media.playback, wan_tui.media.posters, wan_tui.media.recipe, wan_tui.media.sixel\n"
        "print('av' in sys.modules, 'numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_pictures_are_scaled_by_area_both_ways(film: Path) -> None:
    """Resizing what is kept gives nearly what reading again gives; odd widths have no padding in them."""
    reader = FilmReader(film)
    reader.read()
    kept = reader.scaled(80, 45)
    assert len(reader.scaled(77, 31).pixels) == 77 * 31 * 4
    assert Scaler().resize(kept, 80, 45) is kept
    assert Scaler().resize(kept, 33, 21).size == (33, 21)


@pytest.mark.parametrize("where", ["open", "demux"])
@pytest.mark.parametrize(
    "error", [OSError(5, "Input/output error"), av.error.MemoryError(12, "Cannot allocate memory")]
)
def test_trouble_of_the_machine_is_no_damage(
    film: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    """A disk that fails says nothing of the film: it is not to be fetched again for that."""

    class Failing:
        def __init__(self, container: Any) -> None:
            self._container = container

        def __getattr__(self, name: str) -> Any:
            return getattr(self._container, name)

        def demux(self, *streams: Any) -> Any:
            raise error

    real = av.open

    def fake(*args: Any, **options: Any) -> Any:
        if where == "open":
            raise error
        return Failing(real(*args, **options))

    monkeypatch.setattr(av, "open", fake)
    with pytest.raises(CannotPlay) as caught:
        FilmReader(film)
    assert not isinstance(caught.value, FilmSpoiled)
    assert caught.value.message.startswith("This film cannot be read: ")
