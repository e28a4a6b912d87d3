"""Answers and requests against the vendor's own OpenAPI files, in the folder that WAN_TUI_API_CONTRACT names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.simulator.conftest import MODEL, UNIVERSAL, VENDOR, Bench
from wan_tui.simulator.catalog import CATALOG, UNIVERSAL_PATH

jsonschema = pytest.importorskip("jsonschema")
FOLDER = os.environ.get("WAN_TUI_API_CONTRACT", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="WAN_TUI_API_CONTRACT names no folder")


def contract(name: str) -> dict[str, Any]:
    """One OpenAPI file."""
    text = (Path(FOLDER) / f"{name}.openapi.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def answer_schema(name: str, path: str, method: str) -> dict[str, Any]:
    """The schema of a 200 answer, as JSON schema."""
    document = contract(name)
    schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    converted: dict[str, Any] = plain(schema)
    return converted


def plain(schema: Any) -> Any:
    """OpenAPI 3.0 says nullable where JSON schema lists null among the types."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: plain(value) for key, value in schema.items() if key not in ("nullable", "example")}
    if schema.get("nullable") is True and "type" in result:
        result["type"] = [result["type"], "null"]
    return result


def check(answer: httpx.Response, name: str, path: str, method: str = "get") -> None:
    """The answer is a 200 that keeps its schema."""
    assert answer.status_code == 200, answer.text
    jsonschema.validate(answer.json(), answer_schema(name, path, method))


@pytest.mark.parametrize(
    ("path", "posts", "gets"),
    [
        (VENDOR, "alibaba-generation", "alibaba-generation"),
        (UNIVERSAL, "models/wan2.1-t2v-plus", "universal-video-fetch"),
    ],
)
async def test_generation_answers_keep_the_schema(bench: Bench, path: str, posts: str, gets: str) -> None:
    """Queued, generating, completed and error."""
    for prompt in ("a sea", "[blocked] a sea"):
        ordered = await bench.order(path, prompt=prompt)
        check(ordered, posts, path, "post")
        for _ in range(3):
            check(await bench.poll(ordered.json()["id"], path), gets, path)
            bench.clock.seconds += 15


async def test_account_answers_keep_the_schema(bench: Bench) -> None:
    """Logs, billing, ledger, usage, catalogue; empty and filled."""
    for _ in range(2):
        check(await bench.api.get("/v2/logs"), "logs-v2", "/v2/logs")
        check(await bench.api.get("/v2/billing"), "billing-v2", "/v2/billing")
        path = "/v2/billing/transactions"
        for query in ({}, {"limit": "1"}):
            check(await bench.api.get(path, params=query), "billing-transactions-v2", path)
        path = "/v2/usage/detail"
        for query in ({}, {"group_by": "day,model"}, {"group_by": "day", "tz": "Europe/Berlin"}):
            check(await bench.api.get(path, params=query), "usage-detail-v2", path)
        check(await bench.api.get("/v1/models"), "models", "/v1/models")
        check(await bench.api.get("/v1/models", params={"include": "all"}), "models", "/v1/models")
        await bench.order(client_id="job-1")
        await bench.order(prompt="[fail]")
        bench.clock.seconds += 1000


def test_the_catalogue_is_the_one_of_the_files() -> None:
    """Every model file: same id, same fields, same choices, same required ones."""
    found = {}
    for file in sorted((Path(FOLDER) / "models").glob("*.openapi.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        post = document["paths"][UNIVERSAL]["post"]
        schema = post["requestBody"]["content"]["application/json"]["schema"]
        found[schema["properties"]["model"]["enum"][0]] = schema
    assert set(found) == set(CATALOG)
    for model, schema in found.items():
        fields = {item.name: item for item in CATALOG[model].fields_on(UNIVERSAL_PATH)}
        assert set(fields) == set(schema["properties"])
        assert {name for name, item in fields.items() if item.required} == set(schema["required"])
        for name, described in schema["properties"].items():
            kind = "uri" if described.get("format") == "uri" else described.get("type", "string")
            assert fields[name].type == kind
            if name != "model":
                assert list(fields[name].choices) == described.get("enum", [])
    vendor = contract("alibaba-generation")["paths"][VENDOR]["post"]
    properties = vendor["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {item.name for item in CATALOG[MODEL].fields_on(VENDOR)} == set(properties)
