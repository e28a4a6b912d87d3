"""`/v1/models`: the catalogue with prices. Needs no key, sends an ETag."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wan_tui.simulator.answers import json_bytes
from wan_tui.simulator.catalog import VENDOR_PATH, VendorModel
from wan_tui.simulator.web import answer, service_of

_TYPE = "video-generation"
_SECTIONS = ("pricing", "modalities", "capabilities")
_TAGS = ["playground:video"]
_CAPABILITIES = ["text_to_video"]
_MODALITIES = {"input": ["text"], "output": ["video"]}


async def models(request: Request) -> Response:
    """The models that match all given filters, each with the sections asked for."""
    service, sections = service_of(request), _sections(request)
    found = [
        _entry(model, service.price(model), sections)
        for model in service.settings.models.values()
        if _matches(model, request)
    ]
    body = {"object": "list", "data": found}
    etag = f'"{hashlib.sha256(json_bytes(body)).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") in (etag, f"W/{etag}"):
        return Response(status_code=304, headers={"etag": etag})
    return answer(request, body, headers={"etag": etag, "cache-control": "public, max-age=60"})


def _entry(model: VendorModel, usd: float, sections: set[str]) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": model.id,
        "aliases": _aliases(model),
        "type": "alibaba/video-generation" if VENDOR_PATH in model.paths else _TYPE,
        "info": {"name": model.name, "developer": "Alibaba Cloud", "description": "Makes videos from text."},
        "tags": _TAGS,
    }
    if "modalities" in sections:
        entry["modalities"] = _MODALITIES
    if "capabilities" in sections:
        entry["capabilities"] = _CAPABILITIES
    if "pricing" in sections:
        unit = {"name": "video", "unit": "generation", "price": usd, "per": 1}
        entry["pricing"] = {"kind": "fixed", "currency": "USD", "units": [unit]}
    return entry


def _aliases(model: VendorModel) -> list[str]:
    return [model.id.rpartition("/")[2]]


def _listed(request: Request, name: str) -> set[str]:
    """The values of a query field that may be repeated and may be separated by commas."""
    return {part for value in request.query_params.getlist(name) for part in value.split(",") if part}


def _sections(request: Request) -> set[str]:
    wanted = _listed(request, "include")
    if "all" in wanted or request.query_params.get("details") in ("true", "1"):
        return set(_SECTIONS)
    return wanted


def _matches(model: VendorModel, request: Request) -> bool:
    has = {
        "id": {model.id, *_aliases(model)},
        "tags": set(_TAGS),
        "capabilities": set(_CAPABILITIES),
        "modalities": {"text", "video"},
        "input_modalities": set(_MODALITIES["input"]),
        "output_modalities": set(_MODALITIES["output"]),
    }
    return all(not (wanted := _listed(request, name)) or wanted & values for name, values in has.items())


ROUTES = [Route("/v1/models", models, methods=["GET"])]
