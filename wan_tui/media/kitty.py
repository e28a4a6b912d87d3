"""Pictures with the kitty graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/).

The terminal scales: a picture is sent with few pixels and the number of cells to cover.
"""

from __future__ import annotations

import base64
import zlib

from wan_tui.media.picture import Picture

_CHUNK = 4096


def show(picture: Picture, columns: int, rows: int, image: int = 1) -> str:
    """The text that draws ``picture`` over ``columns`` x ``rows`` cells at the cursor, which does not move.

    Sent again with the same ``image`` number (1 to 4294967295), it replaces the previous one.
    """
    data = base64.b64encode(zlib.compress(picture.rgb(), 1)).decode("ascii")
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    what = f"a=T,i={image},p=1,q=2,C=1,f=24,o=z,s={picture.width},v={picture.height},c={columns},r={rows}"
    out = []
    for number, chunk in enumerate(chunks):
        control = f"{what}," if number == 0 else "q=2,"
        out.append(f"\x1b_G{control}m={int(number < len(chunks) - 1)};{chunk}\x1b\\")
    return "".join(out)


def remove(image: int = 1) -> str:
    """The text that removes the picture of this number from the screen and the terminal's memory."""
    return f"\x1b_Ga=d,d=I,i={image},q=2\x1b\\"
