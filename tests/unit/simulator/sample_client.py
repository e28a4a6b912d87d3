"""The client that the service's documentation shows, with the standard library in place of ``requests``.

As a program: BASE_URL PATH MODEL FILE; the film is written to FILE.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

KEY = "sk-sample-client"
POLL_SECONDS = 0.1
GIVE_UP_SECONDS = 60


def call(url: str, body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
        read: dict[str, Any] = json.load(answer)
        return read


def main(base_url: str, path: str, model: str, file: str) -> None:
    task = call(base_url + path, {"model": model, "prompt": "A menacing evil dragon appears in a distance"})
    print("Generation ID:", task["id"])
    end = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < end:
        state = call(f"{base_url}{path}?{urlencode({'generation_id': task['id']})}")
        print("Status:", state["status"])
        if state["status"] in ("queued", "generating"):
            time.sleep(POLL_SECONDS)
        else:
            with urllib.request.urlopen(state["video"]["url"]) as film:
                Path(file).write_bytes(film.read())
            return
    sys.exit("Timeout reached. Stopping.")


if __name__ == "__main__":
    main(*sys.argv[1:])
