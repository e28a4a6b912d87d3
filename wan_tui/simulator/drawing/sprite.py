"""A picture with transparency, drawn once and then moved about."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import av
from av.video.reformatter import Colorspace, VideoReformatter

Colour = tuple[int, int, int]

_REFORMATTER = VideoReformatter()


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two; `share` 0 gives the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def ramp(stops: Sequence[Colour], length: int) -> list[Colour]:
    """Colours that run evenly through all stops."""
    steps = len(stops) - 1
    places = [index / max(1, length - 1) * steps for index in range(length)]
    return [
        mix(stops[min(int(p), steps - 1)], stops[min(int(p), steps - 1) + 1], p - min(int(p), steps - 1))
        for p in places
    ]


class Sprite:
    """Colour and alpha planes of 8 bits, rows from the top."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        """An invisible picture whose hidden colour is `colour`, so that soft edges do not darken."""
        self.width, self.height = width, height
        self.planes = tuple(bytearray([value]) * (width * height) for value in colour)
        self.alpha = bytearray(width * height)

    def column(self, x: int, top: float, colours: tuple[bytes, bytes, bytes]) -> None:
        """Fills a column from `top` (a fraction softens the edge) to the bottom with colours from there down."""
        first = max(0, int(top))
        count = self.height - first
        if count <= 0:
            return
        start, step = first * self.width + x, self.width
        self.alpha[start::step] = b"\xff" * count
        if top >= 0:
            self.alpha[start] = round(255 * (1 - (top - first)))
        for plane, values in zip(self.planes, colours, strict=True):
            plane[start::step] = values[:count]

    def box(self, x: int, y: int, width: int, height: int, colour: Colour, alpha: int = 255) -> None:
        """Fills a rectangle; parts outside are left out."""
        left, right = max(0, x), min(self.width, x + width)
        for row in range(max(0, y), min(self.height, y + height)):
            start, end = row * self.width + left, row * self.width + right
            if end <= start:
                continue
            for plane, value in zip(self.planes, colour, strict=True):
                plane[start:end] = bytes([value]) * (end - start)
            self.alpha[start:end] = bytes([alpha]) * (end - start)

    def blot(self, cx: float, cy: float, rx: float, ry: float, strength: float, edge: float) -> None:
        """Adds a soft ellipse to the alpha; `edge` is the softened share of the radius, 1 for a pure glow."""
        for y in range(max(0, int(cy - ry)), min(self.height, int(cy + ry) + 2)):
            across = 1 - ((y - cy) / ry) ** 2
            if across <= 0:
                continue
            half = rx * math.sqrt(across)
            for x in range(max(0, int(cx - half)), min(self.width, int(cx + half) + 2)):
                distance = math.hypot((x - cx) / rx, (y - cy) / ry)
                if distance < 1:
                    cover = min(1.0, (1 - distance) / edge)
                    place = y * self.width + x
                    # Smoothstep, so that neither rim nor middle shows a line.
                    added = 255 * strength * cover * cover * (3 - 2 * cover)
                    self.alpha[place] = min(255, round(self.alpha[place] + added))

    def frame(self) -> av.VideoFrame:
        """The picture as a yuva420p frame in BT.709."""
        frame = av.VideoFrame(self.width, self.height, "gbrap")
        red, green, blue = self.planes
        for plane, values in zip(frame.planes, (green, blue, red, self.alpha), strict=True):
            plane.update(padded(values, self.width, plane.line_size))
        return _REFORMATTER.reformat(frame, format="yuva420p", dst_colorspace=Colorspace.ITU709)


def padded(values: bytes | bytearray, width: int, line_size: int) -> bytes:
    """Rows of a plane stretched to the length the frame keeps them at."""
    if width == line_size:
        return bytes(values)
    gap = bytes(line_size - width)
    return b"".join(bytes(values[start : start + width]) + gap for start in range(0, len(values), width))


def glow(radius: int, colour: Colour, strength: float, edge: float = 1.0) -> Sprite:
    """A round light."""
    sprite = Sprite(2 * radius, 2 * radius, colour)
    sprite.blot(radius - 0.5, radius - 0.5, radius, radius, strength, edge)
    return sprite


def ridge(width: int, height: int, crest: Callable[[int], float], colours: Sequence[Colour]) -> Sprite:
    """Land below a crest line; `crest` gives pixels from the top, colours run down from the crest."""
    sprite = Sprite(width, height, colours[0])
    shades = ramp(colours, height + 1)
    planes = tuple(bytes(shade[channel] for shade in shades) for channel in range(3))
    for x in range(width):
        sprite.column(x, crest(x), (planes[0], planes[1], planes[2]))
    return sprite
