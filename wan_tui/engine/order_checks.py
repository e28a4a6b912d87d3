"""What would make an order pointless, found out before it is sent: too little money, no room for the film."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from wan_tui.domain.errors import DiskFull, Failure, Money, NoCredits
from wan_tui.domain.job import Job
from wan_tui.engine.prices import Prices
from wan_tui.library import disk

FILM_ROOM = 64 << 20
"""Bytes that must be free where films are saved: several times a film of today."""
LIBRARY_ROOM = 8 << 20
"""Bytes that must be free for the history: less, and an order's id could not be written down."""

_DISK_SECONDS = 5.0
"""A disk that does not answer for so long says nothing about its room."""
_MIB = 1 << 20


def obstacle(
    price: float | None, balance: float | None, film_room: int | None, library_room: int | None
) -> Failure | None:
    """Why an order of ``price`` is not sent now.

    Money in US dollars, room in bytes; None: not known, which stops nothing.
    """
    for place, room, least in (("films", film_room, FILM_ROOM), ("library", library_room, LIBRARY_ROOM)):
        if room is not None and room < least:
            return Failure(
                DiskFull.code,
                f"There are only {room // _MIB} MiB free for the {place}, of {least // _MIB} MiB needed",
                Money.FREE,
                "Make room; in the studio f tries again, x withdraws it",
            )
    if price is not None and balance is not None and balance < price:
        return Failure(
            NoCredits.code,
            f"The film costs about ${price:.2f} and the account holds ${max(0.0, balance):.2f}",
            Money.FREE,
            "Top up the account; in the studio f tries again, x withdraws it",
        )
    return None


class OrderChecks:
    """Looks at the account and at the disks of ``films`` and ``library``."""

    def __init__(self, prices: Prices, films: Path, library: Path) -> None:
        self._prices = prices
        self._films = films
        self._library = library

    async def obstacle(self, job: Job) -> Failure | None:
        """Why the order of ``job`` is not to be sent now, if anything speaks against it."""
        film_room, library_room = await self._room(self._films), await self._room(self._library)
        price, balance = self._prices.known(job.model), self._prices.balance
        if price is not None and balance is not None and balance < price:
            # It may have been topped up since, and this film may cost less than the usual one.
            price, balance = await self._prices.fresh(job.request)
        return obstacle(price, balance, film_room, library_room)

    async def _room(self, folder: Path) -> int | None:
        """Bytes free in ``folder``, which may not be there yet; None where that cannot be told."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_DISK_SECONDS):
                return await asyncio.to_thread(_free, folder)
        return None


def _free(folder: Path) -> int:
    there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
    return disk.free_space(there)
