"""Orientation of a film from the matrices of track and movie (ISO/IEC 14496-12, 6.2.2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

Matrix = tuple[int, ...]
"""Nine numbers a, b, u, c, d, v, x, y, w: a point (p, q) is shown at (ap + cq + x, bp + dq + y)."""

PLAIN: Matrix = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)

_SLACK = 1 / 64
"""Deviations of less than a degree from a right angle are ignored."""

_TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}
"""Degrees clockwise by the signs of a, b, c, d."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """Orientation of a stored picture: mirrored left to right or not, then rotated clockwise by 0, 90, 180 or 270."""

    turn: int = 0
    mirrored: bool = False

    @property
    def lying(self) -> bool:
        """Whether width and height are swapped."""
        return self.turn in (90, 270)


UPRIGHT = Orientation()


def read_matrix(content: bytes, offset: int) -> Matrix:
    """The matrix at ``offset`` of an mvhd or tkhd box; the identity if the box is too short or has none."""
    if not 0 <= offset <= len(content) - 36:
        return PLAIN
    matrix = struct.unpack_from(">9i", content, offset)
    return matrix if any(matrix[:6]) else PLAIN


def orientation(track: Matrix, film: Matrix) -> Orientation | None:
    """The combined orientation; None unless it is a rotation by right angles with optional mirroring.

    Scaling and position are ignored.
    """
    if track[2] or track[5] or film[2] or film[5]:
        return None  # in perspective
    a, b, c, d = (
        track[row] * film[column] + track[row + 1] * film[column + 3] for row in (0, 3) for column in (0, 1)
    )
    straight, across = sorted((abs(a), abs(d))), sorted((abs(b), abs(c)))
    if across[1] <= straight[0] * _SLACK:
        b = c = 0
    elif straight[1] <= across[0] * _SLACK:
        a = d = 0
    else:
        return None
    mirrored = a * d < b * c
    if mirrored:
        a, b = -a, -b
    turn = _TURNS.get((_sign(a), _sign(b), _sign(c), _sign(d)))
    return None if turn is None else Orientation(turn, mirrored)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
