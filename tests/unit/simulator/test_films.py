"""The drawn films: shape, sameness, difference, watermark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import av
import pytest

from wan_tui.simulator.drawing.film import draw
from wan_tui.simulator.drawing.palettes import look
from wan_tui.simulator.recipe import SIZES, FilmRecipe

RECIPE = FilmRecipe("a quiet sea at night", "", 7, 320, 180, 0.2, False, True, "model")


def frames(path: Path) -> list[bytes]:
    """The luma plane of each frame."""
    with av.open(str(path)) as container:
        return [bytes(frame.reformat(format="gray").planes[0]) for frame in container.decode(video=0)]


def difference(first: bytes, second: bytes) -> float:
    """Mean difference of two planes, 0 to 255."""
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


@pytest.mark.parametrize("ratio", list(SIZES["720"]))
@pytest.mark.parametrize("resolution", list(SIZES))
def test_every_size_is_a_playable_film(tmp_path: Path, resolution: str, ratio: str) -> None:
    """H.264, yuv420p, 30 frames a second, the right size and length, index before the picture."""
    width, height = SIZES[resolution][ratio]
    path = tmp_path / "film.mp4"
    draw(replace(RECIPE, width=width, height=height, seconds=0.2), path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (width, height)
        assert stream.average_rate == 30
        assert len(list(container.decode(stream))) == 6
        assert container.duration == 200_000
        assert len(container.streams) == 1
    content = path.read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_a_film_can_have_a_sound(tmp_path: Path) -> None:
    """AAC in stereo, as long as the pictures, heard, and the pictures are those of the silent film."""
    silent, heard = tmp_path / "silent.mp4", tmp_path / "heard.mp4"
    draw(RECIPE, silent)
    draw(replace(RECIPE, sound=True), heard)
    with av.open(str(heard)) as container:
        sound = container.streams.audio[0]
        assert (sound.codec_context.name, sound.codec_context.layout.name, sound.rate) == (
            "aac",
            "stereo",
            44_100,
        )
        loudest = max(max(memoryview(frame.planes[0]).cast("f")) for frame in container.decode(sound))
        assert loudest > 0.05
        assert container.duration is not None
        assert abs(container.duration - 200_000) < 30_000
    assert frames(heard) == frames(silent)
    content = heard.read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_another_film(tmp_path: Path) -> None:
    """And the picture moves."""
    paths = [tmp_path / name for name in ("one.mp4", "two.mp4", "other.mp4")]
    for path, seed in zip(paths, (7, 7, 8), strict=True):
        draw(replace(RECIPE, seed=seed, seconds=1.0), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    first, last, another = frames(paths[0])[0], frames(paths[0])[-1], frames(paths[2])[0]
    assert difference(first, another) > 3
    assert difference(first, last) > 0.5


def test_a_watermark_shows_in_its_corner_and_nowhere_else(tmp_path: Path) -> None:
    """The same film but for the lower right."""
    plain, marked = tmp_path / "plain.mp4", tmp_path / "marked.mp4"
    recipe = replace(RECIPE, width=1280, height=720, seconds=0.1)
    draw(recipe, plain)
    draw(replace(recipe, watermark=True), marked)
    with av.open(str(plain)) as one, av.open(str(marked)) as other:
        first, second = next(one.decode(video=0)), next(other.decode(video=0))
        rows = [
            bytes(frame.reformat(format="gray", width=128, height=72).planes[0]) for frame in (first, second)
        ]
    line = len(rows[0]) // 72
    corner = [
        difference(a, b)
        for a, b in (
            (rows[0][y * line + 100 : y * line + 128], rows[1][y * line + 100 : y * line + 128])
            for y in range(62, 70)
        )
    ]
    elsewhere = difference(rows[0][: 50 * line], rows[1][: 50 * line])
    assert max(corner) > 20
    assert elsewhere < 1


@pytest.mark.parametrize(
    ("prompt", "negative", "scene"),
    [
        ("A fox in the FOREST", "", "firs"),
        ("waves of the ocean at sunset", "", "sea"),
        ("neon city with a robot", "", "city"),
        ("the mountains behind the sea", "sea ocean", "ridges"),
        ("desert dunes", "", "dunes"),
        ("aurora borealis", "", "aurora"),
    ],
)
def test_words_choose_the_scene(prompt: str, negative: str, scene: str) -> None:
    """Words of the negative prompt are not listened to."""
    assert look(prompt, negative, Random(1)).scene == scene


@pytest.mark.parametrize("prompt", ["", "\ud800", "猫がピアノを弾く", "x" * 5000, "[/bold]\x1b[0m"])
def test_any_prompt_can_be_drawn(tmp_path: Path, prompt: str) -> None:
    """Without a word that is known, chance decides."""
    draw(replace(RECIPE, prompt=prompt, seconds=0.1), tmp_path / "film.mp4")
    assert frames(tmp_path / "film.mp4")


@pytest.mark.parametrize(
    "words", ["sea", "mountain", "forest", "desert", "aurora", "city", "abstract", "snow", "night forest"]
)
def test_every_scene_draws(tmp_path: Path, words: str) -> None:
    """Each with light and dark in it: no empty picture."""
    draw(replace(RECIPE, prompt=words, seconds=0.1), tmp_path / "film.mp4")
    first = frames(tmp_path / "film.mp4")[0]
    assert max(first) - min(first) > 40
