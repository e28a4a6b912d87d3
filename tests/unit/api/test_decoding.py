"""Packed answers: understood where they are what we asked for, and never larger in memory than the cap."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib

import pytest

from tests.faults.rig import Reply, ScriptedServer, Send, Step, http
from tests.patience import PATIENCE
from tests.unit.api.conftest import SECRET, Ids, MakeClient, place
from wan_tui.api.decoding import PIECE, Unpacker
from wan_tui.api.timeouts import Timeouts
from wan_tui.api.transport import ERROR_CAP, JSON_CAP, Transport
from wan_tui.domain.errors import Unavailable
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.secret import ApiKey

LARGE = 1 << 28
STATE = {"id": "gen-1", "status": "queued"}


def bomb(size: int) -> bytes:
    """Gzip that unfolds to ``size`` zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 22)
    return b"".join([packer.compress(block) for _ in range(size // len(block))]) + packer.flush()


@pytest.mark.parametrize("status", [200, 404])
async def test_a_bomb_is_never_unfolded(status: int) -> None:
    """A quarter of a gigabyte out of little: the cap and a little more is held, and the loop stays awake."""
    async with ScriptedServer(http(status, bomb(LARGE), headers={"Content-Encoding": "gzip"})) as server:
        wire = Transport(server.url, Timeouts())
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        answer = await wire.read(server.url + "/x", ApiKey(SECRET))
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        await wire.aclose()
    cap = JSON_CAP if status == 200 else ERROR_CAP
    assert not answer.whole
    assert len(answer.body) == cap
    # The collecting array grows by an eighth ahead, and the answer keeps a copy.
    assert peak < 3 * cap + 12 * PIECE


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity", "", "identity, gzip"])
async def test_what_we_asked_for_is_understood(make_client: MakeClient, coding: str) -> None:
    """Gzip is asked for; none at all is as good."""
    body = json.dumps(STATE).encode()
    packed = gzip.compress(body) if "gzip" in coding.lower() else body
    async with ScriptedServer(http(body=packed, headers={"Content-Encoding": coding})) as server:
        report = await make_client(server).fetch("gen-1", Dialect.VENDOR)
    assert report.generation_id == "gen-1"
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "br", "zstd", "deflate", "compress", "aws-chunked, gzip", "x"]
)
async def test_what_we_did_not_ask_for_is_no_answer(
    make_client: MakeClient, order: GenerationRequest, ids: Ids, coding: str
) -> None:
    """A reading is asked again; an order has its id from the headers, and otherwise is in doubt."""
    body = gzip.compress(gzip.compress(json.dumps(STATE).encode()))
    answer = http(body=body, headers={"Content-Encoding": coding, "x-inference-id": "gen-1"})
    async with ScriptedServer(answer) as server:
        client = make_client(server)
        with pytest.raises(Unavailable):
            await client.fetch("gen-1", Dialect.VENDOR)
        assert (await place(client, order, ids)).report.generation_id == "gen-1"


async def test_two_headers_of_codings_are_two_codings(make_client: MakeClient) -> None:
    """One upon the other by two lines instead of one."""
    head, _, rest = http(body=gzip.compress(b"{}")).data.partition(b"\r\n")
    twice = b"\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n"
    async with ScriptedServer(Send(head + twice + rest)) as server:
        with pytest.raises(Unavailable):
            await make_client(server).fetch("gen-1", Dialect.VENDOR)


@pytest.mark.parametrize("keep", [0, 5, 15, -1, -9])
async def test_a_stream_that_is_cut_or_spoiled_is_not_whole(make_client: MakeClient, keep: int) -> None:
    """However much is missing of it."""
    packed = gzip.compress(json.dumps(STATE).encode())[: keep or 0]
    async with ScriptedServer(http(body=packed, headers={"Content-Encoding": "gzip"})) as server:
        with pytest.raises(Unavailable):
            await make_client(server).fetch("gen-1", Dialect.VENDOR)


async def test_packed_nothing_without_end_is_left() -> None:
    """Empty blocks cost the line and give no byte: they end at the cap as well."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    empty = packer.flush(zlib.Z_FULL_FLUSH) + b"".join(packer.flush(zlib.Z_FULL_FLUSH) for _ in range(3))
    flood: list[Step] = [
        Send(http(headers={"Content-Encoding": "gzip"}, length=LARGE).data + empty[:10]),
        Send(b"\x00\x00\x00\xff\xff" * (1 << 18)),
    ]
    async with ScriptedServer(Reply(flood)) as server:
        wire = Transport(server.url, Timeouts())
        answer = await asyncio.wait_for(wire.read(server.url + "/x", ApiKey(SECRET)), PATIENCE)
        await wire.aclose()
    assert (answer.whole, answer.body) == (False, b"")


def test_pieces_are_small() -> None:
    """However large the chunk and whatever it unfolds to."""
    sizes = [len(piece) for piece in Unpacker(["gzip"]).pieces(bomb(1 << 24))]
    assert max(sizes) <= PIECE
    assert sum(sizes) == 1 << 24
