"""The address of the service, and how cheap a client is to make."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.faults.rig import ScriptedServer, http
from tests.unit.api.conftest import MakeClient
from wan_tui.api.client import ApiClient
from wan_tui.domain.errors import SettingsError


@pytest.mark.parametrize(
    "url",
    [
        "", "api.aimlapi.com", "http://api.aimlapi.com", "http://10.0.0.1", "ftp://127.0.0.1", "https://",
        "https://user:pw@api.aimlapi.com", "https://api.aimlapi.com?x=1", "https://api.aimlapi.com#x",
        "https://api.aimlapi.com:99999", "https://[::1", "https://api.aimlapi.com/\n", "http://127.0.0.1.evil.test",
    ],
)  # fmt: skip
def test_only_https_or_this_machine(url: str) -> None:
    """A key never goes over plain http, except on loopback."""
    if url == "https://api.aimlapi.com/\n":  # blanks at its ends do no harm
        assert ApiClient(url, None).base_url == "https://api.aimlapi.com"
        return
    with pytest.raises(SettingsError) as caught:
        ApiClient(url, None)
    assert caught.value.next_step


async def test_a_base_path_is_kept(make_client: MakeClient) -> None:
    """A gateway with a path of its own works."""
    async with ScriptedServer(http(json={"current_balance": 1})) as server:
        assert await make_client(server.url + "/gate%2Fway/").balance() == 1
    assert server.requests[0].target == "/gate%2Fway/v2/billing"


def test_making_clients_does_not_load_httpx() -> None:
    """The screen comes up before the network code is loaded."""
    code = (
        "import sys; from wan_tui.api.client import ApiClient; from wan_tui.api.film_client import FilmClient;"
        "ApiClient('https://api.aimlapi.com', None); FilmClient(allow_loopback=False);"
        "sys.exit('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
