"""HTTP requests to film hosts. Follows redirects itself, checks every host, detects answers that are not films."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, cast
from urllib.parse import urljoin

import httpx

from wan_tui.api.certificates import tls_context
from wan_tui.api.connections import make_request, open_client
from wan_tui.api.film_stream import FilmLimits, FilmStream
from wan_tui.api.http_errors import RETRYING
from wan_tui.api.network_errors import cause, offers_no_https
from wan_tui.api.proxies import Proxies
from wan_tui.api.retry_after import http_date, retry_after
from wan_tui.api.url_policy import check_link, foreign_network, over_https, plain_link
from wan_tui.domain.errors import LinkDead, LinkRefused, NotAFilm, Unavailable, WanTuiError
from wan_tui.domain.film_bytes import HEAD, FileKind, file_kind
from wan_tui.domain.hosts import Network, is_loopback, is_public_address, network_of

REDIRECTS = 5
_REDIRECTING = (301, 302, 303, 307, 308)
_DEAD = (400, 401, 403, 404, 410)
_HEADERS_TOTAL = 60.0
"""Maximum seconds for connecting and all headers of an answer."""

_PAGE_CAP = 65_536
_PAGE_TOTAL = 10.0
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})")
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_DEAD_MARKS = (b"expired", b"accessdenied", b"nosuchkey", b"signaturedoesnotmatch")
_NEW_LINK = "The service is asked for a new link."


class FilmHttp:
    """The connections behind a FilmClient."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        limits: FilmLimits,
        allow_plain_http: bool = False,
        trust_networks: tuple[Network, ...] = (),
    ) -> None:
        """Blocks while creating the TLS context: call it in a thread. Raises NotReady."""
        self._allow_loopback = allow_loopback
        self._allow_plain_http = allow_plain_http
        self._trust_networks = trust_networks
        self._limits = limits
        self._timeout = httpx.Timeout(limits.chunk_timeout, connect=limits.connect_timeout)
        self._client = open_client(tls_context(), Proxies(), keep_alive=2)

    async def aclose(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def ask(self, url: str, start: int, validator: str | None) -> AsyncIterator[FilmStream]:
        """The film behind a checked ``url``; ``validator``: strong ETag or date. Errors as in ``FilmClient.open``."""
        response = await self._follow(url, start, validator)
        ranged = start > 0
        try:
            if ranged and not _continues(response, start, validator):
                ranged = False
                await response.aclose()
                response = await self._follow(url, 0, None)
            async with aclosing(_body(response)) as body:
                yield await self._film(response, body, ranged)
        finally:
            await response.aclose()

    async def _follow(self, url: str, start: int, validator: str | None) -> httpx.Response:
        for _ in range(REDIRECTS + 1):
            response = await self._safest(url, start, validator)
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTING or not target:
                return response
            await response.aclose()
            try:
                url = urljoin(url, target)
            except ValueError:
                url = ""
            url = check_link(url, allow_loopback=self._allow_loopback)
        raise LinkRefused(
            f"The film link redirects too often (more than {REDIRECTS} times)", next_step=_NEW_LINK
        )

    async def _safest(self, url: str, start: int, validator: str | None) -> httpx.Response:
        """Request over https, even if the link is plain http; over plain http only if allowed and https fails."""
        secured = over_https(url)
        if secured is None:
            return await self._get(url, start, validator)
        if not self._allow_plain_http:
            return await self._get(secured, start, validator, instead_of_plain=True)
        with suppress(Unavailable):
            response = await self._get(secured, start, validator)
            if not 400 <= response.status_code < 500:
                return response
            await response.aclose()
        return await self._get(url, start, validator)

    async def _get(
        self, url: str, start: int, validator: str | None, *, instead_of_plain: bool = False
    ) -> httpx.Response:
        # Uncompressed, so that lengths and ranges refer to the film itself.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        if start and validator:
            headers["If-Range"] = validator
        try:
            request = make_request("GET", url, headers, self._timeout)
            request.extensions["trace"] = self._peer_check(request.url.raw_host.decode("ascii"))
            async with asyncio.timeout(_HEADERS_TOTAL):
                return await self._client.send(request, stream=True)
        except (WanTuiError, asyncio.CancelledError):
            raise
        except Exception as error:  # including errors of a proxy's own protocol
            if instead_of_plain and offers_no_https(error):
                raise plain_link(cause(error)) from None
            raise _unavailable(error, "The film host cannot be reached") from None

    def _peer_check(self, host: str) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
        """A trace function that closes a connection to a private address before anything is sent."""
        direct = False

        async def trace(event: str, info: dict[str, Any]) -> None:
            nonlocal direct
            if event == "connection.connect_tcp.started":
                direct = info["host"] == host  # a proxy may be on a private network
            elif event == "connection.connect_tcp.complete" and direct:
                address = str(info["return_value"].get_extra_info("server_addr")[0])
                if not self._may_be_reached(address):
                    await info["return_value"].aclose()
                    raise foreign_network(address)

        return trace

    def _may_be_reached(self, address: str) -> bool:
        if is_public_address(address) or network_of(address, self._trust_networks):
            return True
        return self._allow_loopback and is_loopback(address)

    async def _film(
        self, response: httpx.Response, body: AsyncGenerator[bytes, None], ranged: bool
    ) -> FilmStream:
        etag, modified = _validators(response)
        if response.status_code == 416 and ranged:
            found = _UNSATISFIED.fullmatch(response.headers.get("content-range", ""))
            return FilmStream(416, None, total=int(found[1]) if found else None, etag=etag, modified=modified)
        start = 0
        if response.status_code == 206 and ranged:
            start, _, total = _content_range(response) or (0, 0, None)
        elif response.status_code != 200:
            raise await _refusal(response, body)
        else:
            head = await self._head(body)
            if _is_page(response, head):
                raise await _page(response, head, body)
            length = response.headers.get("content-length", "")
            total = int(length) if re.fullmatch(r"\d{1,18}", length) else None
            body = _joined(head, body)
        return FilmStream(
            response.status_code,
            body,
            start=start,
            total=total,
            etag=etag,
            modified=modified,
            limits=self._limits,
        )

    async def _head(self, body: AsyncGenerator[bytes, None]) -> bytes:
        """Enough bytes to detect the type, or fewer at the end. Raises Unavailable."""
        head = b""
        try:
            async with asyncio.timeout(self._limits.stall_seconds):
                while len(head) < HEAD and (chunk := await anext(body, b"")):
                    head += chunk
        except TimeoutError:
            raise Unavailable("The film host sends almost no data", next_step=RETRYING) from None
        return head


def _validators(response: httpx.Response) -> tuple[str | None, str | None]:
    """A strong ETag, or else a date (RFC 9110, 13.1.5)."""
    etag, modified = (response.headers.get(name, "") for name in ("etag", "last-modified"))
    strong = _STRONG_ETAG.fullmatch(etag) is not None
    return etag if strong else None, modified if not strong and http_date(modified) else None


def _continues(response: httpx.Response, start: int, validator: str | None) -> bool:
    """Whether the answer to a range request is usable: the requested range of the same film, or no range at all."""
    if response.status_code != 206:
        return True
    found = _content_range(response)
    named = "etag" if validator and _STRONG_ETAG.fullmatch(validator) else "last-modified"
    same = validator is None or response.headers.get(named, validator) == validator
    return found is not None and found[0] == start and same


def _content_range(response: httpx.Response) -> tuple[int, int, int | None] | None:
    found = _RANGE.fullmatch(response.headers.get("content-range", ""))
    return (int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])) if found else None


async def _body(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as chunks:
            async for chunk in chunks:
                if chunk:
                    yield chunk
    except httpx.HTTPError as error:
        raise _unavailable(error, "The download was interrupted") from None


async def _joined(head: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield head
    async for chunk in rest:
        yield chunk


def _is_page(response: httpx.Response, head: bytes) -> bool:
    """The bytes decide; the content type counts only if they are inconclusive."""
    kind = file_kind(head)
    if kind is not FileKind.OTHER:
        return not kind.holds_film
    named = response.headers.get("content-type", "").lower()
    return named.startswith("text/") or any(word in named for word in ("html", "xml", "json"))


async def _page(
    response: httpx.Response, head: bytes, body: AsyncGenerator[bytes, None]
) -> LinkDead | NotAFilm:
    if await _says_dead(head, body):
        return _dead(response, "The film host reports that the link is invalid")
    what = "a page instead of the film" if head else "nothing instead of the film"
    return NotAFilm(f"The film host sent {what}", next_step=RETRYING)


async def _refusal(response: httpx.Response, body: AsyncGenerator[bytes, None]) -> LinkDead | Unavailable:
    status = response.status_code
    if status in _DEAD or (status < 500 and await _says_dead(b"", body)):
        return _dead(response, f"The film host refused the link (HTTP {status})")
    return Unavailable(
        f"The film host did not send the film (HTTP {status})",
        next_step=RETRYING,
        status=status,
        retry_after=retry_after(response.headers.get("retry-after"), response.headers.get("date")),
    )


def _dead(response: httpx.Response, message: str) -> LinkDead:
    return LinkDead(message, next_step=_NEW_LINK, host_time=http_date(response.headers.get("date")))


async def _says_dead(head: bytes, body: AsyncGenerator[bytes, None]) -> bool:
    text = head
    with suppress(TimeoutError):
        async with asyncio.timeout(_PAGE_TOTAL):
            async for chunk in body:
                text += chunk
                if len(text) > _PAGE_CAP:
                    break
    return any(mark in text[:_PAGE_CAP].lower() for mark in _DEAD_MARKS)


def _unavailable(error: Exception, what: str) -> Unavailable:
    return Unavailable(f"{what}: {cause(error)}", next_step=RETRYING)
