"""`/v1/models`: the catalogue with prices. Needs no key; sends an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

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
    """The models that match all filters, each with the requested sections."""
    service, sections = service_of(request), _sections(request)
    found = [
        _entry(model, service.settings.price_usd, sections)
        for model in service.settings.models.values()
        if _matches(model, request)
    ]
    body = {"object": "list", "data": found}
    etag = f'"{hashlib.sha256(json_bytes(body)).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") in (etag, f"W/{etag}"):
        return Response(status_code=304, headers={"etag": etag})
    return answer(request, body, headers={"etag": etag, "cache-control": "public, max-age=60"})


def _entry(model: VendorModel, usd: float | None, sections: set[str]) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": model.id,
        "aliases": list(model.aliases),
        "type": "alibaba/video-generation" if VENDOR_PATH in model.paths else _TYPE,
        "info": {"name": model.name, "developer": "Alibaba Cloud", "description": "Makes videos from text."},
        "tags": _TAGS,
    }
    if "modalities" in sections:
        entry["modalities"] = _MODALITIES
    if "capabilities" in sections:
        entry["capabilities"] = _CAPABILITIES
    if "pricing" in sections:
        entry["pricing"] = _pricing(model, usd)
    return entry


def _pricing(model: VendorModel, usd: float | None) -> dict[str, object]:
    """Prices of kind `fixed` have the unit in their name, those of kind `variants` in a field."""
    if usd is not None or not isinstance(model.usd, Mapping):
        name, price = (model.unit, model.usd) if usd is None else ("video", usd)
        unit = {"name": name, "measure": "output", "price": price, "per": 1}
        return {"kind": "fixed", "currency": "USD", "units": [unit]}
    variants = [
        {"when": {"resolution": resolution}, "price": price, "unit": model.unit, "per": 1}
        for resolution, price in model.usd.items()
    ]
    return {"kind": "variants", "currency": "USD", "dimensions": ["resolution"], "variants": variants}


def _listed(request: Request, name: str) -> set[str]:
    """The values of a query parameter that can be repeated or comma-separated."""
    return {part for value in request.query_params.getlist(name) for part in value.split(",") if part}


def _sections(request: Request) -> set[str]:
    wanted = _listed(request, "include")
    if "all" in wanted or request.query_params.get("details") in ("true", "1"):
        return set(_SECTIONS)
    return wanted


def _matches(model: VendorModel, request: Request) -> bool:
    has = {
        "id": set(model.names),
        "tags": set(_TAGS),
        "capabilities": set(_CAPABILITIES),
        "modalities": {"text", "video"},
        "input_modalities": set(_MODALITIES["input"]),
        "output_modalities": set(_MODALITIES["output"]),
    }
    return all(not (wanted := _listed(request, name)) or wanted & values for name, values in has.items())


ROUTES = [Route("/v1/models", models, methods=["GET"])]
