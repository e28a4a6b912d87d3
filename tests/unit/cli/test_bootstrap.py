"""Putting the parts together."""

from __future__ import annotations

import json
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from wan_tui.cli.bootstrap import settings_for
from wan_tui.cli.options import Options
from wan_tui.domain.errors import SettingsError


def options(*, demo: bool = False, endpoint: str | None = None, base_url: str | None = None) -> Options:
    return Options(demo=demo, base_url=base_url, endpoint=endpoint, verbose=False)


def test_the_demo_runs_a_service_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On loopback, while it is wanted; neither the real key nor the real address is used in it."""
    monkeypatch.setenv("AIMLAPI_API_KEY", "k-0123456789-real")
    monkeypatch.setenv("AIMLAPI_BASE_URL", "https://api.aimlapi.com")
    with settings_for(options(demo=True)) as settings:
        assert settings.loopback
        assert settings.key is not None
        assert settings.key.reveal() != "k-0123456789-real"
        with urllib.request.urlopen(settings.base_url + "/v1/models") as answer:
            assert json.load(answer)["data"]
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(settings.base_url + "/v1/models")
    made = [path for path in home.rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


def test_the_demo_serves_its_own_program_only(home: Path) -> None:
    """Other users of the machine reach its port: they can neither order there nor read what was ordered."""
    keys = []
    for _ in range(2):
        with settings_for(options(demo=True)) as settings:
            for path in ("/_till", "/_requests", "/_faults"):
                with pytest.raises(urllib.error.HTTPError, match="404"):
                    urllib.request.urlopen(settings.base_url + path)
            assert settings.key is not None
            keys.append(settings.key.reveal())
            for key, status in (("sk-demo-no-money-is-spent", "401"), ("sk-other", "401"), (keys[-1], "200")):
                assert balance_status(settings.base_url, key) == status
    # The same for one library, or orders of the last run would be those of another key; another elsewhere.
    assert keys[0] == keys[1]
    for file in (home / "wan-tui").rglob("*"):
        assert file.is_dir() or keys[0].encode() not in file.read_bytes()


def balance_status(base_url: str, key: str) -> str:
    asked = urllib.request.Request(base_url + "/v2/billing", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(asked) as answer:
            return str(answer.status)
    except urllib.error.HTTPError as refusal:
        return str(refusal.code)


def test_outside_the_demo_settings_are_taken_as_they_are() -> None:
    """Flags included; no service is started."""
    with settings_for(options(endpoint="universal", base_url="http://127.0.0.1:9")) as settings:
        assert (settings.base_url, settings.dialect) == ("http://127.0.0.1:9", "universal")
    with pytest.raises(SettingsError), settings_for(options(base_url="http://far.example")):
        pass


def test_a_demo_without_a_place_is_a_sentence(home: Path) -> None:
    """Not a fault of the program: it says what is in the way and what to do."""
    (home / "wan-tui").write_text("a file")
    with (
        pytest.raises(SettingsError, match="demo cannot start") as told,
        settings_for(options(demo=True)),
    ):
        pass
    assert "WAN_TUI_HOME" in told.value.next_step
