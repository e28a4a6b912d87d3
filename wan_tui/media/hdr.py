"""HDR films on SDR screens: maps the brightness with a curve, per channel.

Sources: ITU-R BT.2100 (PQ and HLG), BT.2408 (white at 203 cd/m2). The wide gamut is not mapped, so colours are a little
paler than intended.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

PQ, HLG = 16, 18
"""Transfer characteristics by number (ITU-T H.273)."""

_WHITE = 203.0
_PEAK = 1000.0
_KNEE = 0.6
"""Values darker than this fraction of white are unchanged."""


def tone_table(transfer: int) -> bytes | None:
    """A table for the 256 values of a channel; None if ``transfer`` is not HDR."""
    light = {PQ: _pq, HLG: _hlg}.get(transfer)
    return _table(light) if light else None


@cache
def _table(light: Callable[[float], float]) -> bytes:
    return bytes(round(255 * _screen(light(value / 255) / _WHITE)) for value in range(256))


def _pq(signal: float) -> float:
    """cd/m2 of a PQ signal from 0 to 1."""
    root = float(signal ** (1 / 78.84375))
    linear = max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)
    return 10_000 * float(linear ** (1 / 0.1593017578125))


def _hlg(signal: float) -> float:
    """cd/m2 of an HLG signal from 0 to 1, on a 1,000 cd/m2 screen."""
    bright = (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
    scene = bright if signal > 0.5 else signal * signal / 3
    return _PEAK * float(scene**1.2)


def _screen(light: float) -> float:
    """The SDR signal for light where 1 is white."""
    if light > _KNEE:
        light = _KNEE + (1 - _KNEE) * math.tanh((light - _KNEE) / (1 - _KNEE))
    return float(min(1.0, light) ** (1 / 2.2))
