"""A slip in config.toml, played against the real program and a till: not one order leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program import json_lines, run
from wan_tui.simulator import SimulatorSettings, running_simulator


@pytest.fixture
def config(home: Path) -> Path:
    (home / "wan-tui" / "config").mkdir(parents=True)
    return home / "wan-tui" / "config" / "config.toml"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"endpoint = vendor\n", "config.toml, line 1, column 12: "),
        ("theme = 'nord'".encode("utf-16"), "config.toml: it is UTF-16 text"),
        (b'[notices]\nbase_url = "http://127.0.0.1:1"', "is not base_url"),
        (None, "config.toml: it is a folder"),
    ],
    ids=["slip", "UTF-16", "misplaced", "folder"],
)
def test_nothing_is_ordered_and_one_sentence_says_why(config: Path, raw: bytes | None, told: str) -> None:
    """Exit 2 where money could go, on a service that would have taken the order; reading goes on."""
    if raw is None:
        config.mkdir()
    else:
        config.write_bytes(raw)
    with running_simulator(SimulatorSettings(draw_ahead=False)) as service:
        variables = {"AIMLAPI_API_KEY": "k-0123456789-slip"}
        if raw is None or b"base_url" not in raw:
            variables["AIMLAPI_BASE_URL"] = service.base_url
        for arguments in (["generate", "a lighthouse"], ["sync"]):
            done = run(*arguments, **variables)
            assert (done.returncode, done.stdout) == (2, ""), done.stderr
            [sentence] = done.stderr.splitlines()
            assert told in sentence
            assert ("Nothing was ordered" in sentence) == (arguments[0] == "generate")
        assert run("list", **variables).returncode == 0
        done = run("doctor", "--json", **variables)
        assert done.returncode == 1
        [finding] = [row for row in json_lines(done.stdout) if row["name"] == "config"]
        assert (finding["grade"], told in finding["detail"]) == ("bad", True)
        assert service.till()["orders"] == []


def test_a_byte_order_mark_is_no_slip(config: Path) -> None:
    """The address behind it is the one that is asked."""
    with running_simulator(SimulatorSettings(draw_ahead=False)) as service:
        config.write_bytes(b"\xef\xbb\xbf" + f'base_url = "{service.base_url}"\r\n'.encode())
        done = run(
            "generate", "a lighthouse", AIMLAPI_API_KEY="k-0123456789-mark", WAN_TUI_POLL_INTERVAL="0.1"
        )
        assert done.returncode == 0, done.stderr
        orders = service.till()["orders"]
    assert isinstance(orders, list)
    assert len(orders) == 1


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_a_prompt_is_read_by_the_same_rules(home: Path, way: str) -> None:
    """A mark is no part of it, another encoding is told by its name."""
    text = home / "prompt.txt"
    with running_simulator(SimulatorSettings(draw_ahead=False)) as service:
        variables = {
            "AIMLAPI_BASE_URL": service.base_url,
            "AIMLAPI_API_KEY": "k-0123456789-text",
            "WAN_TUI_POLL_INTERVAL": "0.1",
        }
        text.write_bytes(b"\xef\xbb\xbfa heron\r\n")
        arguments = ["--file", str(text)] if way == "file" else ["-"]
        done = run("generate", *arguments, stdin="\ufeffa heron\r\n", **variables)
        assert done.returncode == 0, done.stderr
        if way == "file":
            text.write_bytes("a heron".encode("utf-16"))
            done = run("generate", *arguments, **variables)
            assert done.returncode == 2
            assert "it is UTF-16 text, not UTF-8" in done.stderr
        orders = service.till()["orders"]
    assert isinstance(orders, list)
    assert [order["body"]["prompt"] for order in orders] == ["a heron"]
