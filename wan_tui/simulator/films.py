"""Films on disk, drawn once for each recipe in a process of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from dataclasses import asdict
from pathlib import Path

import wan_tui
from wan_tui.simulator.recipe import FilmRecipe

_PACKAGE_ROOT = Path(wan_tui.__file__).resolve().parent.parent


class FilmStore:
    """Gives the file of a recipe's film, drawing it when it is not there yet; one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Semaphore(1)
        self._drawings: dict[str, asyncio.Task[Path]] = {}
        self.drawn = 0

    async def film(self, recipe: FilmRecipe) -> Path:
        """The film's file. Callers who ask at the same time share one drawing. Raises `OSError`."""
        drawing = self._drawings.get(recipe.key)
        if drawing is None or (drawing.done() and (drawing.cancelled() or drawing.exception())):
            drawing = asyncio.create_task(self._find_or_draw(recipe))
            self._drawings[recipe.key] = drawing
        return await asyncio.shield(drawing)

    def draw_ahead(self, recipe: FilmRecipe) -> None:
        """Begins to draw a film that will be asked for."""
        if recipe.key not in self._drawings:
            self._drawings[recipe.key] = asyncio.create_task(self._find_or_draw(recipe))

    async def stop(self) -> None:
        """Gives up all drawings under way."""
        drawings = list(self._drawings.values())
        for drawing in drawings:
            drawing.cancel()
        await asyncio.gather(*drawings, return_exceptions=True)

    async def _find_or_draw(self, recipe: FilmRecipe) -> Path:
        path = self._folder / f"{recipe.key}.mp4"
        async with self._turn:
            if not await asyncio.to_thread(path.exists):
                await self._draw(recipe, path)
        return path

    async def _draw(self, recipe: FilmRecipe, path: Path) -> None:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        unfinished = self._folder / f"{recipe.key}.{uuid.uuid4().hex}.part"
        # A process of its own: drawing in Python must not hold up the program around the simulator.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "wan_tui.simulator.drawing",
            str(unfinished),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            # Out of the terminal's process group: its Ctrl+C is not for the drawing.
            start_new_session=True,
        )
        try:
            _, complaint = await process.communicate(json.dumps(asdict(recipe)).encode("ascii"))
            if process.returncode:
                last_line = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise OSError(f"the film could not be drawn: {last_line}")
            await asyncio.to_thread(os.replace, unfinished, path)
            self.drawn += 1
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await asyncio.to_thread(unfinished.unlink, missing_ok=True)


def _environment() -> dict[str, str]:
    """Our environment without keys, and with the way to this package."""
    kept = {name: value for name, value in os.environ.items() if "KEY" not in name.upper()}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_PACKAGE_ROOT), kept.get("PYTHONPATH"))))
    return kept
