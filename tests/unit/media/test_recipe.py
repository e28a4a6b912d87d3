from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.media.films import write_film
from wan_tui.domain.errors import NotAFilm
from wan_tui.domain.mp4_layout import SIGNATURE
from wan_tui.media.decode import FilmReader
from wan_tui.media.recipe import (
    BOX_ID,
    LARGEST,
    MustNotGrow,
    NoRecipe,
    Recipe,
    append_recipe,
    read_recipe,
    recipe_of,
    recipe_text,
)

RECIPE = Recipe(
    model="alibaba/wan2.1-t2v-plus",
    parameters={
        "prompt": "A 🐉 over the sea,\n日本 \x1b[31m",
        "seed": 7,
        "watermark": False,
        "resolution": "720P",
    },
    generation_id="8736603f:alibaba/wan2.1-t2v-plus",
    created_at="2026-11-22T10:00:00.000Z",
    cost_usd=0.42,
    credits=840_000,
    endpoint="vendor",
    program="wan-tui 0.1.0",
)


def test_everything_comes_back(tmp_path: Path) -> None:
    """Every field, on any machine, from the film alone; the film still plays and is the same byte for byte."""
    film = write_film(tmp_path / "film.mp4", frames=5)
    before = film.read_bytes()
    append_recipe(film, RECIPE)
    assert read_recipe(film) == RECIPE
    assert film.read_bytes()[: len(before)] == before
    reader = FilmReader(film)
    assert [reader.read() for _ in range(6)] == [0, 1, 2, 3, 4, None]


def test_a_second_recipe_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """A download finished twice does not grow."""
    film = write_film(tmp_path / "film.mp4", frames=2)
    append_recipe(film, RECIPE)
    size = film.stat().st_size
    append_recipe(film, RECIPE)
    assert film.stat().st_size == size
    assert read_recipe(film) == RECIPE


def test_boxes_of_others_are_left_alone(tmp_path: Path) -> None:
    """Those before ours, those after it, and foreign ones of the same type."""
    film = write_film(tmp_path / "film.mp4", frames=2)
    append_recipe(film, RECIPE)
    foreign = struct.pack(">I4s", 40, b"uuid") + bytes(32)
    with film.open("ab") as file:
        file.write(foreign)
    before = film.read_bytes()
    assert read_recipe(film) == RECIPE
    newer = Recipe(model="another", parameters={"seed": 8})
    append_recipe(film, newer)
    assert film.read_bytes().startswith(before)
    assert read_recipe(film) == newer


def test_a_newer_version_loses_nothing(tmp_path: Path) -> None:
    """Fields that this version does not know are kept when the recipe is written again."""
    recipe = Recipe.from_json({**RECIPE.to_json(), "version": 9, "camera": {"lens": 35}})
    film = write_film(tmp_path / "film.mp4", frames=2)
    append_recipe(film, recipe)
    found = read_recipe(film)
    assert found is not None
    assert found.extra == {"camera": {"lens": 35}}


@pytest.mark.parametrize(
    "content", [b"", b"no film", bytes(100), struct.pack(">I4s", 0, b"mdat") + bytes(50)]
)
def test_only_a_whole_mp4_gets_one(tmp_path: Path, content: bytes) -> None:
    """Anything else is left as it is."""
    path = tmp_path / "other.mp4"
    path.write_bytes(content)
    with pytest.raises(NotAFilm):
        append_recipe(path, RECIPE)
    assert path.read_bytes() == content
    assert read_recipe(path) is None


def test_a_cut_film_gets_none(tmp_path: Path) -> None:
    """A box that goes on past the end of the file shows that something is missing."""
    film = write_film(tmp_path / "film.mp4", frames=2)
    film.write_bytes(film.read_bytes()[:-10])
    with pytest.raises(NotAFilm):
        append_recipe(film, RECIPE)


def test_its_size_is_bounded(tmp_path: Path) -> None:
    """Neither a huge recipe is written nor a huge box read."""
    film = write_film(tmp_path / "film.mp4", frames=2)
    with pytest.raises(ValueError, match="recipe of"):
        append_recipe(film, Recipe(model="m", parameters={"prompt": "x" * LARGEST}))
    payload = BOX_ID.bytes + json.dumps({"model": "m", "parameters": {}, "x": "y" * LARGEST}).encode()
    with film.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(payload), b"uuid") + payload)
    assert read_recipe(film) is None


@given(st.binary(max_size=400), st.binary(max_size=200), st.booleans())
def test_garbage_is_read_without_harm(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, body: bytes, ours: bool
) -> None:
    """Whatever stands in the file, the answer is a recipe or None."""
    path = tmp_path_factory.getbasetemp() / "garbage.mp4"
    box = (BOX_ID.bytes if ours else b"") + body
    path.write_bytes(head + struct.pack(">I4s", 8 + len(box), b"uuid") + box)
    read_recipe(path)
    path.write_bytes(struct.pack(">I4s", 8 + len(box), b"uuid") + box + head)
    found = read_recipe(path)
    assert found is None or isinstance(found, Recipe)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*RECIPE.to_json(), "other"]), json_values))
@example({"model": "m", "parameters": {}, "cost": {"usd": 10**400, "credits": True}})
def test_any_json_is_a_recipe_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, object]
) -> None:
    """A detail of the wrong kind is dropped; what is left is what a request can be made of."""
    path = tmp_path_factory.getbasetemp() / "any.mp4"
    payload = BOX_ID.bytes + json.dumps(data).encode()
    path.write_bytes(struct.pack(">I4s", 8 + len(payload), b"uuid") + payload)
    found = read_recipe(path)
    if found is not None:
        assert found.model
        assert all(isinstance(value, str | int | bool) for value in found.request.parameters.values())


def test_what_has_no_recipe_is_a_sentence(film: Path, tmp_path: Path) -> None:
    """A film from elsewhere, no file at all, a folder, a pipe that would wait for ever, a name that cannot be."""
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (
        film,
        tmp_path / "none\x1b[31m.mp4",
        tmp_path,
        tmp_path / "pipe.mp4",
        Path("a\0b"),
        Path("x" * 300),
    ):
        with pytest.raises(NoRecipe) as caught:
            recipe_of(path)
        assert caught.value.message.startswith(("There is no", "“"))
        assert "\x1b" not in caught.value.message


@pytest.mark.parametrize("kind", ["signed", "padded", "open-ended"])
def test_a_film_that_must_not_change(tmp_path: Path, kind: str) -> None:
    """Not a byte of it is touched; the recipe beside it is found by the film's name."""
    film = write_film(tmp_path / "film.mp4", frames=2)
    data = film.read_bytes()
    if kind == "signed":
        data += struct.pack(">I4s", 88, b"uuid") + SIGNATURE + bytes(64)
    elif kind == "padded":
        data += bytes(512)
    else:
        at = data.index(b"mdat") - 4
        data = data[:at] + bytes(4) + data[at + 4 :]
    film.write_bytes(data)
    with pytest.raises(MustNotGrow):
        append_recipe(film, RECIPE)
    assert film.read_bytes() == data
    assert read_recipe(film) is None
    film.with_name("film.mp4.recipe.json").write_text(recipe_text(RECIPE), "utf-8")
    assert recipe_of(film) == RECIPE


def test_a_pipe_beside_a_film(tmp_path: Path) -> None:
    """In place of the recipe, or of the film: nothing waits for it."""
    film = write_film(tmp_path / "film.mp4", frames=2)
    os.mkfifo(tmp_path / "film.mp4.recipe.json")
    assert read_recipe(film) is None
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        read_recipe(tmp_path / "pipe.mp4")


def test_a_box_of_another_kind_is_not_read_beyond_its_end(tmp_path: Path) -> None:
    """One too short for our identifier, before bytes that would complete it; one with a size of 64 bits is ours."""
    path = tmp_path / "film.mp4"
    payload = BOX_ID.bytes + json.dumps({"model": "m", "parameters": {}}).encode()
    path.write_bytes(struct.pack(">I4s", 8, b"uuid") + payload)
    assert read_recipe(path) is None
    path.write_bytes(struct.pack(">I4sQ", 1, b"uuid", 16 + len(payload)) + payload)
    found = read_recipe(path)
    assert found is not None
    assert found.model == "m"
