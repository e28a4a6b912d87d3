"""Jobs and films to test with."""

from __future__ import annotations

import random
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wan_tui.domain.ids import new_job_id
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import Dialect
from wan_tui.library.history import History
from wan_tui.library.storage import JournalStorage

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MODEL = "alibaba/wan2.1-t2v-plus"


def make_job(number: int = 0, **changes: Any) -> Job:
    """A job whose id and time follow from ``number``, so that two calls give equal jobs."""
    at = START + timedelta(seconds=number)
    fields: dict[str, Any] = {
        "id": new_job_id(at, random.Random(number).getrandbits(80)),
        "state": JobState.WAITING,
        "model": MODEL,
        "parameters": {"prompt": f"a menacing dragon number {number}", "resolution": "720p", "seed": number},
        "endpoint": Dialect.VENDOR,
        "created_at": at,
    }
    return Job(**{**fields, **changes})


def compact(storage: JournalStorage) -> None:
    """Fold the journal into a new snapshot now, as happens by itself when it has grown."""
    with storage.transaction():
        storage._compact()


def take_out(folder: Path, job_id: str) -> None:
    """Remove a job as another program would that opens the history with TinyDB."""
    history = History.open(folder)
    history.load()
    row = history.index.row(job_id)
    assert row is not None
    history._table.remove(doc_ids=[int(row.number)])
    history.close()


def box(kind: bytes, *content: bytes) -> bytes:
    """One MP4 box."""
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def make_film(pictures: int = 5000, *, seconds: int = 5, handler: bytes = b"vide") -> bytes:
    """The smallest file that is a whole film to a box walk: right boxes, pictures of noise."""
    mvhd = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000)
    tkhd = bytes(76) + struct.pack(">II", 1280 << 16, 720 << 16)
    head = box(b"ftyp", b"isomiso2mp41")
    trak = box(
        b"trak",
        box(b"tkhd", tkhd),
        box(
            b"mdia",
            box(b"mdhd", mvhd),
            box(b"hdlr", bytes(8) + handler + bytes(12)),
            box(b"minf", box(b"stbl", box(b"stco", struct.pack(">III", 0, 1, len(head) + 8)))),
        ),
    )
    mdat = box(b"mdat", random.Random(pictures).randbytes(pictures))
    return head + mdat + box(b"moov", box(b"mvhd", mvhd), trak)
