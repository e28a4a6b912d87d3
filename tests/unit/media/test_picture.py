from __future__ import annotations

import io

import av

from tests.unit.media.screen import psnr
from wan_tui.media.decode import Scaler
from wan_tui.media.image_files import JpegEncoder, png
from wan_tui.media.picture import Picture, from_rgb


def gradient(width: int, height: int) -> Picture:
    return from_rgb(
        width,
        height,
        bytes(
            v for y in range(height) for x in range(width) for v in (x * 255 // width, y * 255 // height, 90)
        ),
    )


def read_image(data: bytes, kind: str) -> Picture:
    with av.open(io.BytesIO(data), "r", format=kind) as container:
        frame = next(container.decode(video=0))
    return Scaler().scale(frame, frame.width, frame.height)


def test_rows_are_little_endian_numbers() -> None:
    """Red is the lowest byte."""
    assert Picture(2, 1, bytes((1, 2, 3, 255, 4, 5, 6, 255))).rows() == [[0xFF030201, 0xFF060504]]


def test_rgb_there_and_back() -> None:
    """Nothing is lost between three bytes a pixel and four."""
    picture = gradient(7, 5)
    assert from_rgb(7, 5, picture.rgb()) == picture


def test_shrinking_averages() -> None:
    """Each new pixel is the mean of those it covers, whatever the ratio."""
    picture = gradient(60, 40)
    assert picture.shrink(60, 40) is picture
    for size in ((30, 20), (17, 11), (1, 1), (59, 39)):
        small = picture.shrink(*size)
        truth = gradient(*size)
        assert small.size == size
        assert size == (1, 1) or psnr(small.pixels, truth.pixels) > 24


def test_the_middle_is_cut_out() -> None:
    """As much is cut off on one side as on the other."""
    picture = gradient(10, 6)
    assert picture.middle(4, 2).rows() == [row[3:7] for row in picture.rows()[2:4]]


def test_a_png_is_the_picture() -> None:
    """Another reader finds the same pixels."""
    picture = gradient(33, 21)
    assert read_image(png(picture), "png_pipe") == picture


def test_a_jpeg_is_like_the_picture() -> None:
    """Colours and brightness keep their range."""
    picture = gradient(64, 48)
    encoder = JpegEncoder(64, 48)
    for _ in range(2):
        assert psnr(read_image(encoder.encode(picture), "jpeg_pipe").pixels, picture.pixels) > 32
