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


def plain(schema: Any, *, name: bool = False) -> Any:
    """As JSON schema, and strict: what the file does not list is not sent.

    OpenAPI 3.0 says nullable where JSON schema lists null among the types; without a type it says nothing. An
    object whose properties are listed has no others. ``name``: the keys are names of properties.
    """
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if name:
        return {key: plain(value) for key, value in schema.items()}
    result = {
        key: plain(value, name=key == "properties")
        for key, value in schema.items()
        if key not in ("nullable", "example")
    }
    if "properties" in result:
        result["additionalProperties"] = False
    if schema.get("nullable") is True and "type" in result:
        result["type"] = [result["type"], "null"]
    return result


def check(answer: httpx.Response, name: str, path: str, method: str = "get") -> None:
    """The answer is a 200 that keeps its schema."""
    assert answer.status_code == 200, answer.text
    jsonschema.validate(answer.json(), answer_schema(name, path, method))


MODEL_FILES = {
    "alibaba/wan-2-6-t2v": "models/wan2.6-t2v",
    "alibaba/wan-2-7-t2v": "models/wan2.7-t2v",
}


def model_file(model: str) -> str:
    """The file that describes a model on the universal path."""
    return MODEL_FILES.get(model) or f"models/{model.partition('/')[2]}"


@pytest.mark.parametrize("model", list(CATALOG))
@pytest.mark.parametrize("path", [VENDOR, UNIVERSAL])
async def test_generation_answers_keep_the_schema(bench: Bench, path: str, model: str) -> None:
    """Queued, generating, completed and error, of every model on both paths; by its own file and that of polls."""
    files = {"alibaba-generation": "post"}
    if path == UNIVERSAL:
        files = {model_file(model): "post"}
        # The newest model tells dollars, of which the file for polls does not know yet.
        if not CATALOG[model].has_usd:
            files["universal-video-fetch"] = "get"
    seen = []
    for prompt in ("a sea", "[blocked] a sea"):
        ordered = await bench.order(path, model=model, prompt=prompt)
        answers = [ordered]
        for _ in range(3):
            answers.append(await bench.poll(ordered.json()["id"], path))
            bench.clock.seconds += 15
        for answer in answers:
            for name, method in files.items():
                check(answer, name, path, method)
        seen += [answer.json()["status"] for answer in answers]
    assert set(seen) == {"queued", "generating", "completed", "error"}


DAY = {"period": "24h"}
BOOKS: list[tuple[str, str, list[dict[str, str]]]] = [
    ("logs-v2", "/v2/logs", [DAY, {**DAY, "status": "failed"}, {**DAY, "limit": "1", "offset": "1"}]),
    ("billing-v2", "/v2/billing", [{}]),
    ("billing-transactions-v2", "/v2/billing/transactions", [{}, {"limit": "1"}, {"type": "MODEL_USAGE"}]),
    (
        "usage-detail-v2",
        "/v2/usage/detail",
        [{}, {"group_by": "day,model"}, {"group_by": "day", "tz": "Europe/Berlin"}, {"period": "7d"}],
    ),
    ("models", "/v1/models", [{}, {"include": "all"}, {"details": "1"}, {"id": "wan2.7-t2v"}]),
]


@pytest.mark.parametrize(("name", "path", "queries"), BOOKS, ids=[path for _, path, _ in BOOKS])
async def test_books_keep_the_schema(
    bench: Bench, name: str, path: str, queries: list[dict[str, str]]
) -> None:
    """Empty and filled, plain and filtered."""
    for _ in range(2):
        for query in queries:
            check(await bench.api.get(path, params=query), name, path)
        for model in CATALOG:
            await bench.order(UNIVERSAL, model=model, client_id="job-1")
        await bench.order(prompt="[fail]")
        bench.clock.seconds += 1000


@pytest.mark.parametrize("model", list(CATALOG))
async def test_values_that_the_file_does_not_list_are_400(bench: Bench, model: str) -> None:
    """Each listed value is taken, the same in the other case and a made-up one are not; nor is a wrong type."""
    post = contract(model_file(model))["paths"][UNIVERSAL]["post"]
    properties = post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    for name, described in properties.items():
        if name == "model":
            continue
        good = described.get("enum", [])
        odd = {"string": 5, "integer": "10", "boolean": "true"}[described["type"]]
        bad: list[Any] = [odd, *([f"{good[0]}x", str(good[0]).swapcase() + "P"] if good else [])]
        if name == "resolution":
            bad += [value.swapcase() for value in good]
        for value in good:
            assert (await bench.order(UNIVERSAL, model=model, **{name: value})).status_code == 200
        for value in bad:
            refused = await bench.order(UNIVERSAL, model=model, **{name: value})
            assert (refused.status_code, refused.json()["message"].split(":")[0]) == (400, name)


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
                # The default of a duration is documented as a text, though it is an integer.
                default = described.get("default")
                assert fields[name].default == (int(default) if kind == "integer" and default else default)
    vendor = contract("alibaba-generation")["paths"][VENDOR]["post"]
    properties = vendor["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {item.name for item in CATALOG[MODEL].fields_on(VENDOR)} == set(properties)
