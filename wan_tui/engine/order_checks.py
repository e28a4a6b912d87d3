"""Checks before an order is sent: enough credits, enough disk space for the film."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from wan_tui.domain.errors import DiskFull, Failure, Money, NoCredits
from wan_tui.domain.job import Job
from wan_tui.engine.prices import Prices
from wan_tui.library import disk

FILM_ROOM = 64 << 20
"""Minimum free bytes on the films disk: several times the size of a film."""
LIBRARY_ROOM = 8 << 20
"""Minimum free bytes for the history, so that the order's id can be written."""

_DISK_SECONDS = 5.0
"""Timeout of the free-space check."""
_MIB = 1 << 20
_RETRY = "f in the studio retries, x withdraws it"


def obstacle(
    price: float | None, balance: float | None, film_room: int | None, library_room: int | None
) -> Failure | None:
    """Why an order is not sent now, or None.

    Price and balance in US dollars, room in bytes; None means unknown, which blocks nothing.
    """
    for place, room, least in (("films", film_room, FILM_ROOM), ("library", library_room, LIBRARY_ROOM)):
        if room is not None and room < least:
            return Failure(
                DiskFull.code,
                f"Only {room // _MIB} MiB free for the {place}; {least // _MIB} MiB needed",
                Money.FREE,
                f"Free disk space; {_RETRY}",
            )
    if price is not None and balance is not None and balance < price:
        return Failure(
            NoCredits.code,
            f"The film costs about ${price:.2f}, but the balance is ${max(0.0, balance):.2f}",
            Money.FREE,
            f"Top up the account; {_RETRY}",
        )
    return None


class OrderChecks:
    """Checks the balance and the free space of ``films`` and ``library``."""

    def __init__(self, prices: Prices, films: Path, library: Path) -> None:
        self._prices = prices
        self._films = films
        self._library = library

    async def obstacle(self, job: Job) -> Failure | None:
        """Why the order of ``job`` is not sent now, or None."""
        film_room, library_room = await self._room(self._films), await self._room(self._library)
        price, balance = self._prices.known(job.model), self._prices.balance
        if price is not None and balance is not None and balance < price:
            # The account may have been topped up, and this film may cost less than the default.
            price, balance = await self._prices.fresh(job.request)
        return obstacle(price, balance, film_room, library_room)

    async def _room(self, folder: Path) -> int | None:
        """Free bytes in ``folder``, which may not exist yet; None if unknown."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_DISK_SECONDS):
                return await asyncio.to_thread(_free, folder)
        return None


def _free(folder: Path) -> int:
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    return disk.free_space(there)
