"""HDR films on a screen that is none: their brightness, brought down by a curve, one channel at a time.

Sources: ITU-R BT.2100 (PQ and HLG), BT.2408 (white at 203 cd/m2). The wider colours are not mapped: they come out a
little paler than they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

PQ, HLG = 16, 18
"""Transfer characteristics by their numbers (ITU-T H.273)."""

_WHITE = 203.0
_PEAK = 1000.0
_KNEE = 0.6
"""What is darker than this part of white stays as it is."""


def tone_table(transfer: int) -> bytes | None:
    """What each of the 256 values of a channel becomes; None where ``transfer`` is not HDR."""
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
    """cd/m2 of an HLG signal from 0 to 1, on a screen that can do 1,000."""
    bright = (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
    scene = bright if signal > 0.5 else signal * signal / 3
    return _PEAK * float(scene**1.2)


def _screen(light: float) -> float:
    """The signal of an ordinary screen for light where 1 is white."""
    if light > _KNEE:
        light = _KNEE + (1 - _KNEE) * math.tanh((light - _KNEE) / (1 - _KNEE))
    return float(min(1.0, light) ** (1 / 2.2))
