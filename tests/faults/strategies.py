"""What a service, or something between it and us, may answer: nearly right, wrong, and garbage."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.faults.rig import Reset, Send, Step, http
from tests.faults.service import Route

SECRET = "k-0123456789-fuzzed-TOP"
"""The key of the fuzzed library; the service likes to repeat it in what it says."""

HOSTILE = (
    "\x1b]52;c;eA==\x07",
    "\x1b[2J",
    "\x9b31m",
    "[/bold][@click=app.quit]x[/]",
    "\u202egpj.exe",
    "e" + "\u0301" * 40,
    "a\ud800b",
    "a\x00b",
    "<script>alert(1)</script>",
    "<html><h1>login</h1></html>",
    f"Bearer {SECRET}",
    "https://evil.example/billing?Signature=c2VjcmV0",
    "../../etc/passwd",
    "猫" * 300,
    "x" * 5000,
)
_text = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.characters().map(lambda one: one * 3))
_leaf = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    _text,
    st.sampled_from(["queued", "generating", "completed", "error", "succeeded", "failed", "unknown", "USD"]),
)
_json = st.recursive(
    _leaf,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_text | st.sampled_from(["id", "url"]), inner, max_size=4)
    ),
    max_leaves=8,
)
_ids = st.sampled_from(
    ["gen-1", "gen-1:alibaba/wan2.1-t2v-plus", "gen-2", "a?b&c#d %", "../../x", "", "\x1b[2J"]
)
_links = st.sampled_from(
    [
        "film",
        "",
        "film.mp4",
        "file:///etc/passwd",
        "http://films.example/x",
        "https://10.0.0.1/",
        "javascript:1",
        "//[",
    ]
)
_status = st.fixed_dictionaries(
    {},
    optional={
        "id": _ids | _leaf.filter(lambda value: not isinstance(value, str)),
        "status": _leaf,
        "video": st.fixed_dictionaries({"url": _links}) | _json,
        "error": _json,
        "meta": _json,
        "message": _json,
        "requestId": _leaf,
    },
)
_row = st.fixed_dictionaries(
    {},
    optional={
        "client_request_id": _leaf,
        "inference_id": _ids,
        "status": _leaf,
        "created": _leaf | st.just("2026-11-22T12:00:00Z"),
        "cost": _json,
        "direction": _leaf,
        "reference_id": _ids,
        "amount": _json,
    },
)
_page = st.fixed_dictionaries(
    {"data": st.lists(_row | _json, max_size=4) | _json},
    optional={"pagination": _json, "current_balance": _leaf},
)
_header_values = st.sampled_from(
    [
        "gen-1",
        "0",
        "-1",
        "1",
        "9" * 40,
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "gzip",
        "br",
        "text/html",
        "bytes 5-9/10",
        "bytes */1",
        '"e"',
        "\xff\xfe",
        "http://evil.example/",
        "//[",
        "",
    ]
)
_header_names = st.sampled_from(
    [
        "x-inference-id",
        "x-client-request-id",
        "x-request-id",
        "Retry-After",
        "Date",
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "ETag",
        "Location",
        "x-aimlapi-usd-spent",
        "x-aimlapi-credits-used",
    ]
)
_codes = st.sampled_from(
    [
        200,
        200,
        200,
        200,
        201,
        204,
        206,
        226,
        301,
        307,
        400,
        401,
        402,
        403,
        404,
        408,
        409,
        416,
        422,
        429,
        500,
        502,
        524,
    ]
)
_bodies = st.one_of(
    (_status | _page | _json).map(lambda data: http(json=data).data.partition(b"\r\n\r\n")[2]),
    st.binary(max_size=60),
    _text.map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@st.composite
def _answers(draw: st.DrawFn) -> list[Step]:
    if draw(st.integers(0, 19)) == 0:
        return [Send(draw(st.binary(max_size=200))), Reset()]
    headers = draw(st.dictionaries(_header_names, _header_values, max_size=3))
    length = draw(st.sampled_from([None, None, None, -1, 0, 7, 10_000]))
    return [http(draw(_codes), draw(_bodies), headers=headers, length=length)]


@dataclass(frozen=True)
class Day:
    """What goes wrong with one order: its prompt, whether it is taken, and the first answers on each route."""

    prompt: str
    taken: bool
    answers: dict[Route, list[list[Step]]]


_routes: dict[Route, st.SearchStrategy[list[list[Step]]]] = {
    "order": st.lists(_answers(), max_size=1),
    "status": st.lists(_answers(), max_size=4),
    "logs": st.lists(_answers(), max_size=2),
    "ledger": st.lists(_answers(), max_size=1),
    "balance": st.lists(_answers(), max_size=1),
    "prices": st.lists(_answers(), max_size=1),
    "film": st.lists(_answers(), max_size=2),
}
_prompts = _text.filter(lambda text: SECRET not in text)  # what the user types is the user's to keep
days = st.builds(Day, prompt=_prompts, taken=st.booleans(), answers=st.fixed_dictionaries(_routes))
