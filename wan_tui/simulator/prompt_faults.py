"""Faults for manual tests: a marker in the prompt, such as `[fault:lost-answer]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wan_tui.simulator.faults import NO_HEAD, Fault


@dataclass(frozen=True)
class PromptFault:
    """The effect of a marker: on the answer to the order (`fault`), or on the order itself.

    `refused`: adds a failed row to the logs. `times`: for how many orders of one key with the same prompt.
    `number`: default of N, which a marker can set, as in `[fault:film-404=5]`.
    """

    help: str
    fault: Fault | None = None
    refused: bool = False
    times: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Marker:
    """A marker in a prompt: its name without the brackets, and its number."""

    name: str
    number: int = 0


_NO_ID: Mapping[str, str | None] = {"x-inference-id": None, "x-client-request-id": None}
_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

PROMPT_FAULTS: Mapping[str, PromptFault] = {
    "blocked": PromptFault("moderation rejects the prompt while generating; not charged"),
    "fail": PromptFault("the generation fails; not charged"),
    "fault:429": PromptFault(
        "two orders are refused with Retry-After: 2, the third is accepted",
        Fault("POST *", status=429, headers={"retry-after": "2"}, body="Too many requests"),
        times=2,
    ),
    "fault:500": PromptFault(
        "the service fails without accepting the order; its logs say failed",
        Fault("POST *", status=500, body="Internal server error"),
        refused=True,
    ),
    "fault:500-accepted": PromptFault(
        "the order is accepted, the answer is an error",
        Fault("POST *", accept=True, status=500, headers=_NO_ID, body="Internal server error"),
    ),
    "fault:502-html": PromptFault(
        "the order is accepted, a proxy answers with a page",
        Fault(
            "POST *",
            accept=True,
            status=502,
            headers={**_NO_ID, "content-type": "text/html"},
            body=_PROXY_PAGE,
        ),
    ),
    "fault:lost-answer": PromptFault(
        "the order is accepted, the connection breaks before the answer", Fault("POST *", cut=NO_HEAD)
    ),
    "fault:redirect-accepted": PromptFault(
        "the order is accepted, the answer is a redirect (302); its headers have the id",
        Fault(
            "POST *",
            accept=True,
            status=302,
            headers={"location": "/login", "content-type": "text/html"},
            body="",
        ),
    ),
    "fault:403-gateway": PromptFault(
        "a gateway answers 403 in plain text; nothing is accepted or logged",
        Fault("POST *", status=403, headers={"content-type": "text/plain"}, body="error code: 1010"),
    ),
    "fault:problem-json": PromptFault(
        "the order is refused (400) as application/problem+json",
        Fault("POST *", status=400, problem=True, body="prompt: expected other words"),
    ),
    "fault:wrong-date": PromptFault(
        "the Date of the answer is a day too early", Fault("POST *", date_offset=-86400.0)
    ),
    "fault:other-id-in-head": PromptFault(
        "x-inference-id of the order names no film; the id in the body does"
    ),
    "fault:other-id-in-body": PromptFault("the id in the order's body names no film; x-inference-id does"),
    "fault:two-ids": PromptFault("the order has two x-inference-id headers; the first names no film"),
    "fault:alias": PromptFault("logs and ledger use an alias of the model"),
    "fault:late-row": PromptFault("the order shows up in the logs N seconds later (60)", number=60),
    "fault:slow": PromptFault("the answer to the order takes 8 seconds", Fault("POST *", delay=8.0)),
    "fault:no-url": PromptFault("completed has no video for three polls"),
    "fault:odd-status": PromptFault("an unknown status word while generating"),
    "fault:string-error": PromptFault("the generation fails with a plain string as the error; not charged"),
    "fault:dead-link": PromptFault("the film's link has already expired"),
    "fault:http-link": PromptFault("the film's link is plain http to a host that does not exist"),
    "fault:film-403": PromptFault(
        "the film host refuses the first N requests (2), then sends the film", number=2
    ),
    "fault:film-404": PromptFault("the film host sends 404 N times (2), then the film", number=2),
}

_MARKER = re.compile(r"\[(" + "|".join(map(re.escape, PROMPT_FAULTS)) + r")(?:=([0-9]{1,6}))?\]")


def _shown(name: str, fault: PromptFault) -> str:
    return f"[{name}]" if fault.number is None else f"[{name}=N]"


FAULTS_HELP = (
    "Faults, as markers in the prompt:\n\n"
    + "\n".join(f"  {_shown(name, fault):<27}{fault.help}" for name, fault in PROMPT_FAULTS.items())
    + "\n\nKeys: sk-demo-wrong-key is refused (401), sk-demo-no-credits cannot pay (403), others are accepted.\n"
    "For scripts: POST /_faults adds faults as JSON, GET /_till lists all accepted orders,\n"
    "GET /_requests all requests on both origins. They require the header X-Simulator-Token with\n"
    "the token printed at startup, or that in WAN_TUI_SIMULATOR_TOKEN.\n"
)


def prompt_marker(prompt: str) -> Marker | None:
    """The first known marker in a prompt."""
    found = _MARKER.search(prompt)
    if found is None:
        return None
    return Marker(found[1], int(found[2]) if found[2] else PROMPT_FAULTS[found[1]].number or 0)
