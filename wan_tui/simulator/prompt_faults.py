"""Faults for people who play by hand: a marker in the prompt, such as `[fault:lost-answer]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wan_tui.simulator.faults import NO_HEAD, Fault


@dataclass(frozen=True)
class PromptFault:
    """What a marker in a prompt does: to the answer of the order (`fault`), or to the generation itself (`quirk`).

    `refused`: a failed row is left in the logs. `times`: for how many orders of one key with the same prompt.
    """

    help: str
    fault: Fault | None = None
    refused: bool = False
    times: int | None = None


_NO_ID: Mapping[str, str | None] = {"x-inference-id": None, "x-client-request-id": None}
_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

PROMPT_FAULTS: Mapping[str, PromptFault] = {
    "blocked": PromptFault("moderation refuses the prompt while generating; costs nothing"),
    "fail": PromptFault("the generation ends in an error; costs nothing"),
    "fault:429": PromptFault(
        "two orders are turned away with Retry-After: 2, the third is taken",
        Fault("POST *", status=429, headers={"retry-after": "2"}, body="Too many requests"),
        times=2,
    ),
    "fault:500": PromptFault(
        "the service breaks and takes nothing; its logs say failed",
        Fault("POST *", status=500, body="Internal server error"),
        refused=True,
    ),
    "fault:500-accepted": PromptFault(
        "the order is taken, the answer says it broke",
        Fault("POST *", accept=True, status=500, headers=_NO_ID, body="Internal server error"),
    ),
    "fault:502-html": PromptFault(
        "the order is taken, a proxy answers with a page",
        Fault(
            "POST *",
            accept=True,
            status=502,
            headers={**_NO_ID, "content-type": "text/html"},
            body=_PROXY_PAGE,
        ),
    ),
    "fault:lost-answer": PromptFault(
        "the order is taken, the connection breaks before the answer", Fault("POST *", cut=NO_HEAD)
    ),
    "fault:slow": PromptFault("the answer to the order takes 8 seconds", Fault("POST *", delay=8.0)),
    "fault:no-url": PromptFault("completed comes without a video for three polls"),
    "fault:odd-status": PromptFault("an unheard-of status word while generating"),
    "fault:string-error": PromptFault("the generation ends in an error that is a bare text; costs nothing"),
    "fault:dead-link": PromptFault("the film's link has expired when it comes"),
}

_MARKER = re.compile(r"\[(" + "|".join(map(re.escape, PROMPT_FAULTS)) + r")\]")

FAULTS_HELP = (
    "Faults to play with, as a word in the prompt:\n\n"
    + "\n".join(f"  {f'[{name}]':<22}{fault.help}" for name, fault in PROMPT_FAULTS.items())
    + "\n\nKeys: sk-demo-wrong-key is refused (401), sk-demo-no-credits cannot pay (403), any other is good.\n"
    "For scripts: POST /_faults takes faults as JSON, GET /_till lists every accepted order,\n"
    "GET /_requests every request on both origins.\n"
)


def prompt_marker(prompt: str) -> str | None:
    """The first known marker in a prompt, without its brackets."""
    found = _MARKER.search(prompt)
    return found[1] if found else None
