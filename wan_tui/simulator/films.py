"""Films on disk, drawn once per recipe in a child process."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from dataclasses import asdict
from pathlib import Path

from wan_tui.files.opening import open_regular
from wan_tui.files.private import make_private_folder
from wan_tui.processes.errand import Errand
from wan_tui.processes.python import module_command
from wan_tui.simulator.recipe import FilmRecipe


class FilmStore:
    """Returns the film file of a recipe, drawing it if necessary; one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Semaphore(1)
        self._drawings: dict[str, asyncio.Task[Path]] = {}
        self.drawn = 0

    async def film(self, recipe: FilmRecipe) -> Path:
        """The film's file. Concurrent calls share one drawing. Raises `OSError`."""
        drawing = self._drawings.get(recipe.key)
        if drawing is None or (drawing.done() and (drawing.cancelled() or drawing.exception())):
            drawing = asyncio.create_task(self._find_or_draw(recipe))
            self._drawings[recipe.key] = drawing
        return await asyncio.shield(drawing)

    def draw_ahead(self, recipe: FilmRecipe) -> None:
        """Starts drawing a film before it is requested."""
        if recipe.key not in self._drawings:
            self._drawings[recipe.key] = asyncio.create_task(self._find_or_draw(recipe))

    async def stop(self) -> None:
        """Cancels all running drawings."""
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
        await asyncio.to_thread(make_private_folder, self._folder)
        unfinished = self._folder / f"{recipe.key}.{uuid.uuid4().hex}.part"
        # In a child process: drawing in Python would block the program that embeds the simulator.
        artist = Errand(module_command("wan_tui.simulator.drawing", str(unfinished.absolute())))
        try:
            await asyncio.to_thread(_make_private, unfinished)
            code, output = await asyncio.to_thread(artist.run, json.dumps(asdict(recipe)).encode("ascii"))
            if code:
                raise OSError(f"the film could not be drawn: {output.decode('utf-8', 'replace').strip()}")
            await asyncio.to_thread(os.replace, unfinished, path)
            self.drawn += 1
        finally:
            artist.stop()
            await asyncio.to_thread(unfinished.unlink, missing_ok=True)


def _make_private(path: Path) -> None:
    """Creates an empty private file, since the encoder would create it with default permissions."""
    os.close(open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, follow=False))
