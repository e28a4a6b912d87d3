"""Reads a film frame by frame, with PyAV.

PyAV is imported when the first film is opened: it costs 60 ms and 17 MB, and ordering does not need it.
"""

from __future__ import annotations

import contextlib
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from wan_tui.domain.mp4_matrix import UPRIGHT
from wan_tui.domain.text import clean_line
from wan_tui.files.reasons import explain
from wan_tui.media.cannot_play import CannotPlay as CannotPlay
from wan_tui.media.cannot_play import DecoderMissing as DecoderMissing
from wan_tui.media.cannot_play import FilmSpoiled as FilmSpoiled
from wan_tui.media.film_check import check_film
from wan_tui.media.film_facts import FilmFacts
from wan_tui.media.hdr import tone_table
from wan_tui.media.picture import BYTES_PER_PIXEL, Picture

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

LARGEST_FRAME = 40_000_000
"""Pixels; 8K is 33 million."""

_HD = 1920 * 1088
_DEFAULT_RATE = 25.0
_SLOWEST = 0.01
"""Frames a second."""
_COVER = 0x400
"""AV_DISPOSITION_ATTACHED_PIC"""
_DAMAGED_PACKETS = 500
# Some formats, such as playlists, make FFmpeg open other files or URLs.
_ONLY_THIS_FILE = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,ogg,gif",
}


class FilmReader:
    """One film, read from start to end; it can seek back to a key frame.

    Used by one thread. Raises CannotPlay if the film cannot be opened; later damage only means that some frames are
    missing.
    """

    def __init__(self, path: Path) -> None:
        self._av = import_av()
        self._scaler = Scaler()
        layout = check_film(path)
        # With the prefix, FFmpeg cannot mistake the name for a URL.
        name = f"file:{path.absolute()}"
        try:
            self._container: InputContainer = self._av.open(name, options=dict(_ONLY_THIS_FILE))
        except _failures(self._av) as error:
            raise _unreadable(error) from None
        try:
            self._stream = _moving_picture(self._container)
            shown = layout.orientations.get(self._stream.id, UPRIGHT) if layout else UPRIGHT
            self._orientation = shown or UPRIGHT
            self._times, self._end, packets = self._scan()
            self.facts = self._facts(cut_off=packets < self._stream.frames, askew=shown is None)
        except CannotPlay:
            self._container.close()
            raise
        self.damaged = False
        """Whether undecodable data was found."""
        self._frame: av.VideoFrame | None = None
        self._next = 0
        self.seek(0)

    @property
    def next_index(self) -> int:
        """Index of the frame that ``read`` returns next, if known."""
        return self._next

    def time(self, index: int) -> float:
        """When frame ``index`` is due, in seconds from the first one."""
        start = self._times[0]
        return float((self._times[index] - start) * self._time_base)

    def index_at(self, time: float) -> int:
        """Index of the frame shown at ``time`` seconds."""
        ticks = self._times[0] + round(time / self._time_base)
        return max(0, min(len(self._times), bisect_right(self._times, ticks)) - 1)

    def read(self) -> int | None:
        """Decode one frame and return its index; None at the end of the film."""
        frame = next(self._frames, None)
        self._frame = frame
        if frame is None:
            return None
        index = self._next if frame.pts is None else bisect_right(self._times, frame.pts) - 1
        index = max(0, min(index, len(self._times) - 1))
        self._next = index + 1
        return index

    def scaled(self, width: int, height: int) -> Picture:
        """The last frame read, oriented for display and scaled by area."""
        if self._frame is None:
            raise ValueError("no frame has been read")
        stored = (height, width) if self._orientation.lying else (width, height)
        picture = self._scaler.scale(self._frame, *stored)
        table = tone_table(int(self._frame.color_trc))
        return (picture.toned(table) if table else picture).oriented(self._orientation)

    def seek(self, index: int) -> None:
        """Seek to the last key frame at or before frame ``index``."""
        self._frame = None
        with contextlib.suppress(*_failures(self._av)):
            self._container.seek(self._times[index], stream=self._stream, backward=True)
        self._frames = self._decode()
        self._next = 0

    def close(self) -> None:
        """Close the file."""
        self._frame = None
        self._frames = iter(())
        self._container.close()

    @property
    def _time_base(self) -> float:
        return float(self._stream.time_base or 1 / 90_000)

    def _scan(self) -> tuple[list[int], int, int]:
        """Times of all frames and the end of the last one, in ticks of the stream, and the number of packets.

        Decodes nothing.
        """
        times: list[int] = []
        end = 0
        packets = 0
        try:
            for packet in self._container.demux(self._stream):
                packets += packet.size > 0
                if packet.size and not packet.is_discard:
                    at = packet.pts if packet.pts is not None else packet.dts
                    times.append(at if at is not None else len(times))
                    end = max(end, times[-1] + (packet.duration or 0))
        except _failures(self._av) as error:
            # If the file is damaged, keep the frames before the damage.
            if not _is_damage(error):
                raise _unreadable(error) from None
        if not times:
            raise FilmSpoiled("This film has no frames.")
        return sorted(set(times)), end, packets

    def _facts(self, *, cut_off: bool, askew: bool) -> FilmFacts:
        stream, times = self._stream, self._times
        context = stream.codec_context
        # The stream's ratio includes the display matrix, even a skewed one that is not applied.
        shape = float((context if askew else stream).sample_aspect_ratio or 1) or 1.0
        rate = float(stream.average_rate or 0)
        length = (times[-1] - times[0]) * self._time_base
        if not _SLOWEST <= rate <= 240:
            rate = (len(times) - 1) / length if length > 0 else _DEFAULT_RATE
            rate = min(240.0, max(_SLOWEST, rate))
        last = (self._end - times[-1]) * self._time_base
        size = max(1, round(context.width * shape)), context.height
        width, height = size[::-1] if self._orientation.lying else size
        return FilmFacts(
            width=width,
            height=height,
            duration=length + (last if last > 0 else 1 / rate),
            rate=rate,
            frames=len(times),
            cut_off=cut_off,
            askew=askew,
        )

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Yield frames; skip damaged ones up to a limit."""
        errors = _failures(self._av)
        packets = self._container.demux(self._stream)
        bad = 0
        while bad < _DAMAGED_PACKETS:
            try:
                packet = next(packets)
                yield from packet.decode()
            except StopIteration:
                return
            except errors as error:
                if isinstance(error, EOFError):
                    return
                bad += 1
                self.damaged = self.damaged or _is_damage(error)


class Scaler:
    """Scales pictures by area. Used by one thread. Reuse it: creating one per frame takes three times as long."""

    def __init__(self) -> None:
        self._av = import_av()
        from av.video.reformatter import Interpolation, VideoReformatter

        self._reformatter = VideoReformatter()
        # Without the second flag, pairs of pixels share their chroma, which costs 1.2 dB.
        self._by_area = Interpolation.AREA | Interpolation.FULL_CHR_H_INT

    def scale(self, frame: av.VideoFrame, width: int, height: int) -> Picture:
        """``frame`` as a picture of the given size."""
        scaled = self._reformatter.reformat(
            frame, width, height, "rgba", interpolation=self._by_area, dst_color_range="JPEG", threads=1
        )
        plane = scaled.planes[0]
        rows = memoryview(plane)
        stride, length = plane.line_size, width * BYTES_PER_PIXEL
        if stride == length:
            return Picture(width, height, bytes(rows[: length * height]))
        return Picture(
            width, height, b"".join([rows[at : at + length] for at in range(0, stride * height, stride)])
        )

    def resize(self, picture: Picture, width: int, height: int) -> Picture:
        """``picture`` in another size, which may be larger."""
        if picture.size == (width, height):
            return picture
        frame = self._av.VideoFrame.from_bytes(picture.pixels, picture.width, picture.height, "rgba")
        return self.scale(frame, width, height)


def as_named(path: Path) -> Path:
    """The path itself: the default of ``locate``."""
    return path


def import_av() -> ModuleType:
    """Import PyAV. Raises DecoderMissing."""
    try:
        import av
    except ImportError:
        raise DecoderMissing(
            "Films cannot be played here: the Python package av (PyAV) is not installed or does not load.",
            next_step=f"Install it with: {sys.executable} -m pip install av",
        ) from None
    return av


def _moving_picture(container: InputContainer) -> VideoStream:
    moving = [each for each in container.streams.video if not each.disposition & _COVER]
    if not moving:
        raise FilmSpoiled("This file has no video track.")
    # A stream with a single frame may be cover art that is not marked as such.
    stream = max(moving, key=lambda each: each.frames)
    context = stream.codec_context
    if context is None:
        raise CannotPlay("This film is in a format that cannot be decoded here.")
    if context.width * context.height > LARGEST_FRAME:
        raise CannotPlay(f"The picture is too large to be played here: {context.width} x {context.height}.")
    if context.width < 1 or context.height < 1:
        raise CannotPlay("This film does not state its picture size.")
    # Decoder threads cost memory permanently; one is enough for smaller films.
    stream.thread_type = "AUTO" if context.width * context.height > _HD else "NONE"
    return stream


def _failures(module: ModuleType) -> tuple[type[Exception], ...]:
    return (module.error.FFmpegError, OSError, ValueError, EOFError)


def _is_damage(error: Exception) -> bool:
    """Whether the error is due to the file rather than the disk, the memory or a missing decoder."""
    return isinstance(error, ValueError | EOFError) and not isinstance(error, OSError)


def _unreadable(error: Exception) -> CannotPlay:
    if _is_damage(error):
        # FFmpeg's message ("Invalid data found when processing input") does not help.
        return FilmSpoiled("This film cannot be read: it is damaged or not a film.")
    # FFmpeg's errors have an errno too.
    words = explain(error) if isinstance(error, OSError) else str(getattr(error, "strerror", None) or error)
    return CannotPlay(f"This film cannot be read: {clean_line(words, 200).rstrip('.').lower()}.")
