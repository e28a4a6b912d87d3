"""Clients against scripted servers."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import cache

import pytest

from tests.faults.rig import ScriptedServer
from wan_tui.api import certificates, film_http, transport
from wan_tui.api.client import ApiClient, Submission
from wan_tui.api.timeouts import Timeouts
from wan_tui.domain.parameters import Dialect
from wan_tui.domain.request import GenerationRequest, build
from wan_tui.domain.secret import ApiKey

SECRET = "k-0123456789-abcdef-TOP"
VALUES = {
    "model": "alibaba/wan2.1-t2v-plus",
    "prompt": "a cat [/bold] 猫 \N{CAT FACE}\r\n“quoted”",
    "negative_prompt": "rain",
    "aspect_ratio": "9:16",
    "watermark": True,
    "enable_prompt_expansion": False,
}

MakeClient = Callable[..., ApiClient]


class Ids:
    """What ``id_seen`` was told."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, generation_id: str) -> None:
        self.seen.append(generation_id)


_TLS_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_tls_context = cache(lambda *variables: certificates.tls_context())
"""One for all tests: making it takes longer than most of them. Keyed by the variables that name certificates."""


def _quick_context() -> ssl.SSLContext:
    return _tls_context(*map(os.environ.get, _TLS_VARIABLES))


@pytest.fixture(autouse=True)
def _quick_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (transport, film_http):
        monkeypatch.setattr(module, "tls_context", _quick_context)


@pytest.fixture
def order() -> GenerationRequest:
    return build(VALUES, lambda: 7)


@pytest.fixture
def ids() -> Ids:
    return Ids()


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Makes clients that are closed at the end of the test."""
    async with AsyncExitStack() as stack:

        def make(server: ScriptedServer | str, timeouts: Timeouts | None = None) -> ApiClient:
            url = server if isinstance(server, str) else server.url
            client = ApiClient(url, ApiKey(SECRET), timeouts=timeouts or Timeouts())
            stack.push_async_callback(client.aclose)
            return client

        yield make


async def place(client: ApiClient, order: GenerationRequest, ids: Ids) -> Submission:
    """One order by the vendor's dialect."""
    return await client.submit(order, "01JOB.1", Dialect.VENDOR, id_seen=ids)
