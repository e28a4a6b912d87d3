"""The film host: films behind signed links, like an object store."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wan_tui.simulator.films import FilmStore
from wan_tui.simulator.links import link_problem, missing_film, not_yet
from wan_tui.simulator.recipe import recipe_of
from wan_tui.simulator.web import service_of

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def film(request: Request) -> Response:
    """A film or the part of it that `Range` asks for."""
    service, name = service_of(request), request.path_params["name"]
    problem = link_problem(name, request.query_params, service.now())
    if problem is not None:
        return _refusal(403, problem)
    order = service.order_of_film(name)
    if order is None:
        return _refusal(404, missing_film())
    refusal = service.film_refusal(order)
    if refusal is not None:
        return _refusal(refusal, missing_film() if refusal == 404 else not_yet())
    films = cast(FilmStore, request.app.state.films)
    path = await films.film(recipe_of(order, service.model_of(order)))
    content = await asyncio.to_thread(path.read_bytes)
    service.counters["films_sent"] += request.method == "GET"
    return _content(request, content)


def _content(request: Request, content: bytes) -> Response:
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest().upper()}"'
    headers = {"etag": etag, "accept-ranges": "bytes", "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    wanted = request.headers.get("range")
    if wanted is None or request.headers.get("if-range", etag) != etag:
        return Response(content, 200, headers, "video/mp4")
    found = _RANGE.fullmatch(wanted)
    # An invalid range is ignored, as RFC 9110 section 14.2 allows.
    if found is None or not (found[1] or found[2]):
        return Response(content, 200, headers, "video/mp4")
    start, end = _bounds(found[1], found[2], len(content))
    if start >= len(content) or start > end:
        return Response(b"", 416, {**headers, "content-range": f"bytes */{len(content)}"})
    headers["content-range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, headers, "video/mp4")


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte of a range, both included."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _refusal(status: int, xml: str) -> Response:
    return Response(xml, status, media_type="application/xml")


ROUTES = [Route("/generations/{name}", film, methods=["GET", "HEAD"])]
