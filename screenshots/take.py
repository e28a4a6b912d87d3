"""Takes the pictures of the README from the real program at work, against the built-in simulator.

    python screenshots/take.py

Writes SVG files beside this script. The orders, films and states in them are real; only the service is simulated.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from textual import constants
from textual.pilot import Pilot

from wan_tui import settings
from wan_tui.cli.bootstrap import make_engine
from wan_tui.domain.parameters import DEFAULT_MODEL
from wan_tui.domain.request import build
from wan_tui.domain.secret import ApiKey
from wan_tui.engine import Engine
from wan_tui.settings import Settings
from wan_tui.simulator import SimulatorSettings, running_simulator
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.app import Studio
from wan_tui.ui.jobs.job_table import JobTable

HERE = Path(__file__).parent
WIDE, MEDIUM, NARROW = (150, 44), (120, 36), (80, 24)

ORDERS = (
    ("A paper boat drifts down a rainy gutter at night, neon reflections, low camera", "16:9", 4711),
    ("Dunes at sunset, a caravan on the ridge, slow pan", "16:9", 12),
    ("An old lighthouse in a storm, waves over the rocks", "9:16", 99),
    ("[blocked] Something the service will not make", "1:1", 5),
    ("Northern lights over a frozen lake, time lapse", "4:3", 2024),
    ("A hot air balloon over terraced rice fields", "16:9", 3181),
    ("City lights from a night train window", "16:9", 640),
    ("A market street in Marrakesh at noon", "1:1", 88),
    ("Cherry blossoms fall on a river, slow motion", "16:9", 5120),
    ("Waves under a full moon, long exposure", "9:16", 31),
    ("A desert road towards a thunderstorm", "16:9", 2718),
    ("竹林の中を歩く猫", "4:3", 96),
    ("Paper lanterns rise over a lake", "16:9", 1402),
    ("A red fox runs through fresh snow at dawn", "16:9", 7),
)
DRAFT = "A steam train crosses a stone viaduct in autumn, mist in the valley, drone shot from the side"


@dataclass(frozen=True)
class Scene:
    """A picture: its file, the size in cells, and what is done before it is taken."""

    name: str
    size: tuple[int, int]
    play: Callable[[Pilot[object]], Awaitable[None]]


async def _write_and_order(pilot: Pilot[object]) -> None:
    await _type(pilot, DRAFT)
    await pilot.press("ctrl+j")
    await pilot.pause(2.5)


async def _failed_job(pilot: Pilot[object]) -> None:
    await pilot.press("escape", "slash")
    await _type(pilot, "state:failed")
    await pilot.press("enter", "enter")
    await pilot.pause(1.0)


async def _help(pilot: Pilot[object]) -> None:
    await pilot.press("escape", "question_mark")
    await pilot.pause(0.5)


async def _jobs(pilot: Pilot[object]) -> None:
    await pilot.press("escape")
    await pilot.pause(0.5)


async def _poster(pilot: Pilot[object]) -> None:
    await pilot.press("escape")
    await _go_to(pilot, "caravan")
    await pilot.pause(2.0)


async def _gallery(pilot: Pilot[object]) -> None:
    await pilot.press("escape", "v")
    await pilot.pause(8.0)
    await pilot.press("right", "down")
    await pilot.pause(1.0)


async def _player(pilot: Pilot[object]) -> None:
    await _poster(pilot)
    await pilot.press("p", "i")
    await pilot.pause(2.0)
    await pilot.press("m", "space")
    await pilot.pause(1.0)


async def _side_by_side(pilot: Pilot[object]) -> None:
    await pilot.press("escape")
    for word in ("caravan", "lighthouse"):
        await _go_to(pilot, word)
        await pilot.press("space")
    await pilot.press("p")
    await pilot.pause(2.0)
    await pilot.press("space")
    await pilot.pause(1.0)


async def _go_to(pilot: Pilot[object], word: str) -> None:
    """Put the cursor on the job with this word in its prompt."""
    table = pilot.app.screen.query_one("#jobs JobTable", JobTable)
    table.select(next(row.id for row in table.rows if word in row.prompt))
    await pilot.pause()


SCENES = (
    Scene("studio-wide", WIDE, _write_and_order),
    Scene("studio-narrow", NARROW, _jobs),
    Scene("error", NARROW, _failed_job),
    Scene("help", WIDE, _help),
    Scene("poster", WIDE, _poster),
    Scene("player", MEDIUM, _player),
    Scene("side-by-side", MEDIUM, _side_by_side),
    # Last: the view is remembered.
    Scene("gallery", WIDE, _gallery),
)


async def _type(pilot: Pilot[object], text: str) -> None:
    for char in text:
        await pilot.press({" ": "space", ",": "comma", ":": "colon"}.get(char, char))


async def _fill_library(engine: Engine) -> None:
    await engine.start()
    for prompt, aspect_ratio, seed in ORDERS:
        values = {"model": DEFAULT_MODEL, "prompt": prompt, "aspect_ratio": aspect_ratio, "seed": seed}
        await engine.submit(build(values, lambda: 0))
    while engine.index.pending() or len(engine.index) < len(ORDERS):
        await asyncio.sleep(0.2)
    await engine.stop()


@asynccontextmanager
async def _studio(chosen: Settings, size: tuple[int, int]) -> AsyncIterator[Pilot[object]]:
    app = Studio(
        lambda: make_engine(chosen),
        chosen,
        Surroundings(term="xterm-256color", colorterm="truecolor"),
        seeds=lambda: 1_734_205_118,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        await app.ready.wait()
        await pilot.pause(1.0)
        yield pilot  # type: ignore[misc]


async def main() -> None:
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    # Whatever the terminal has that this is started from.
    vars(constants)["COLOR_SYSTEM"] = "truecolor"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WAN_TUI_HOME"] = folder
        with running_simulator(SimulatorSettings(pace=3.0, concurrency=6)) as service:
            chosen = replace(
                settings.load(demo=True),
                base_url=service.base_url,
                key=ApiKey("sk-demo-pictures"),
                poll_interval=0.5,
            )
            await _fill_library(make_engine(chosen))
            for scene in SCENES:
                async with _studio(chosen, scene.size) as pilot:
                    await scene.play(pilot)
                    svg = pilot.app.export_screenshot(title="wan-tui")
                    (HERE / f"{scene.name}.svg").write_text(svg.replace(folder, "~"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
