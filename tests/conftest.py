"""Isolates every test: its own home folder, no key, none of the user's terminal or proxy settings, only loopback."""

from __future__ import annotations

import gc
import ipaddress
import itertools
import os
import re
import socket
import sys
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from wan_tui.simulator.recipe import FilmRecipe

pytest_plugins = ["tests.faults.tally"]
"""Here, because only plugins of the root conftest are loaded where pytest prints its summary."""

_PERSONAL = re.compile(
    r"AIML\w*|(https?|all|no)_proxy|SSL_CERT_\w+|SSH_\w+|(WAYLAND_)?DISPLAY|TMUX\w*|STY|TERM\w*|COLORTERM"
    r"|(NO|FORCE)_COLOR|CLICOLOR\w*|COLUMNS|LINES|BROWSER|EDITOR|VISUAL|LANG|LC_\w+|XDG_\w+"
    r"|TEXTUAL(?!_SNAPSHOT)\w*"
    r"|(KITTY|WEZTERM|GHOSTTY|KONSOLE|ITERM|VTE|WT)_\w+|WAN_TUI_(?!API_CONTRACT|PLAY_TROUBLES)\w+",
    re.IGNORECASE,
)
"""Variables that affect the program. Kept: WAN_TUI_API_CONTRACT, the path of the service's API description, and
WAN_TUI_PLAY_TROUBLES, which enables the long tests.
"""

_FIXED = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "TEXTUAL_ANIMATIONS": "none",
}

_homes = itertools.count()


def _make_impersonal(environ: MutableMapping[str, str]) -> None:
    for name in [name for name in environ if _PERSONAL.fullmatch(name)]:
        del environ[name]
    environ.update(_FIXED)


def _keep_compiled(environ: MutableMapping[str, str]) -> None:
    """Allow writing bytecode, or each of a thousand processes would compile the program."""
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: names other than localhost do not resolve; other addresses fail the test."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if host and host != "localhost" and _address(host) is None:
            raise socket.gaierror(socket.EAI_NONAME, "names do not resolve in tests")
    elif event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise RuntimeError(f"{event}: a test reached for {address[0]}")


def _is_loopback(host: object) -> bool:
    address = _address(str(host))
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


_make_impersonal(os.environ)
_keep_compiled(os.environ)
sys.addaudithook(_loopback_only)
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
hypothesis.settings.load_profile("house")


def pytest_collection_finish() -> None:
    """Exclude the collected tests, which live to the end, from garbage collection: it took a fifth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of films for simulators: one per size, length and sound, whatever the prompt.

    A second of film takes more than a second to draw, and few tests look at the picture.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "drawn"
    folder.mkdir(mode=0o700, exist_ok=True)
    key = vars(FilmRecipe)["key"].fget

    def key_of_its_like(recipe: FilmRecipe) -> Any:
        return key(replace(recipe, prompt="", negative_prompt="", seed=0, model="", expand_prompt=False))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FilmRecipe, "key", property(key_of_its_like))
        yield folder


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home folder, empty, for this test only. The program keeps everything under ``wan-tui`` in it."""
    folder = tmp_path_factory.getbasetemp() / f"home-{next(_homes)}"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("WAN_TUI_HOME", str(folder / "wan-tui"))
    return folder
