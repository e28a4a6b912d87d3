"""What decides where money and keys go and cannot be understood stops both: nothing is guessed, nothing passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wan_tui.domain.errors import SpendingOff
from wan_tui.settings import Settings, load
from wan_tui.settings.destination import OFFICIAL_URL

KEY = "k-0123456789-first"
LOCAL = 'base_url = "http://127.0.0.1:8484"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Where config.toml goes."""
    (tmp_path / "config").mkdir()
    return tmp_path / "config" / "config.toml"


def read(config: Path, **variables: str) -> Settings:
    return load({"WAN_TUI_HOME": str(config.parents[1]), "AIMLAPI_API_KEY": KEY, **variables})


def why(settings: Settings) -> SpendingOff:
    """Why nothing is spent; there is no key to spend with then."""
    assert settings.spending_off is not None
    assert settings.key is None
    return settings.spending_off


@pytest.mark.parametrize("text", [LOCAL, LOCAL.replace("\n", "\r\n"), "# a\r" + LOCAL])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_editors_add_is_no_mistake(config: Path, text: str, mark: str) -> None:
    """A byte order mark and the line ends of another system."""
    config.write_bytes((mark + text).encode())
    settings = read(config)
    assert (settings.base_url, settings.spending_off) == ("http://127.0.0.1:8484", None)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'theme = "nord"\nbase_url = "http://127.0.0.1:1\n', "line 2, column 31: "),
        (b"theme = 1\nthis is no toml", "line 2, column 6: expected '='"),
        (b"base_url = ", "line 1, column 12: invalid value"),
        (b'a = """\n\nb', "line 3, column 2: "),
        (b"theme = 1\ntheme = 2", "line 2, column 10: cannot overwrite a value"),
        (b'theme = "gr\xfcn"', "line 1, column 12: it is not UTF-8 text"),
        (LOCAL.encode("utf-16"), ": it is UTF-16 text, not UTF-8"),
        (b"\0" * 500, "line 1, column 1: "),
        (b"a = " + b"[" * 50_000, ": it is nested too deeply"),
        (b"a = " + b"9" * 5000, ": exceeds the limit"),
        (b"#" * (2 << 20), ": it is larger than 1024 KiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_stops_spending(config: Path, raw: bytes, told: str) -> None:
    """By name, line and column; whatever else is set, for it is not known what else the file says."""
    config.write_bytes(raw)
    for variables in ({}, {"AIMLAPI_BASE_URL": "http://127.0.0.1:9"}):
        error = why(read(config, **variables))
        assert error.message.startswith("config.toml")
        assert told in error.message
        assert str(config) in error.next_step


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "no folder"])
def test_something_else_in_its_place_stops_spending(config: Path, kind: str) -> None:
    """It is not absent: somebody meant something by it."""
    if kind == "folder":
        config.mkdir()
    elif kind == "pipe":
        os.mkfifo(config)
    elif kind == "link":
        config.symlink_to("dotfiles-that-are-not-here")
    else:
        config.parent.rmdir()
        config.parent.write_text("a file")
    assert "config.toml: " in why(read(config)).message


@pytest.mark.parametrize(
    "text",
    [
        "base_url = 8484",
        'base_url = ""',
        'base_url = " "',
        'base_url = "ftp://x"',
        'endpoint = "seaside"',
        "endpoint = []",
        "trust_host = true",
        'base-url = "http://127.0.0.1:1"',
        'api_base = "http://127.0.0.1:1"',
        '[service]\nroot = " HTTPS://api.example.com"',
        '[notices]\nbell = "http://127.0.0.1:1"',
        'Base_URL = "http://127.0.0.1:1"',
        'base_ulr = "http://127.0.0.1:1"',
        'url = "http://127.0.0.1:1"',
        'AIMLAPI_BASE_URL = "http://127.0.0.1:1"',
        'api_host = "127.0.0.1"',
        '[notices]\nbell = true\nbase_url = "http://127.0.0.1:1"',
        '[service]\nbase_url = "http://127.0.0.1:1"',
        '[[profiles]]\nbaseurl = "http://127.0.0.1:1"',
        'trusted_host = "proxy.example"',
    ],
)
def test_a_setting_about_money_that_is_not_understood_stops_spending(config: Path, text: str) -> None:
    """Of the wrong kind, misspelt, or below a [section]: it does not lead to the official service instead."""
    config.write_text(text)
    error = why(read(config))
    assert "config.toml" in error.sentence


@pytest.mark.parametrize(
    "text", ['colour = "blue"', "theme = 7", 'player = "x"\nfilm = 1', "[keys]\norder = 1"]
)
def test_other_slips_are_told_and_passed_over(config: Path, text: str) -> None:
    """They cost nothing."""
    config.write_text(text)
    settings = read(config)
    assert settings.spending_off is None
    assert settings.key is not None


@pytest.mark.parametrize("empty", ["", " ", "\t"])
@pytest.mark.parametrize("name", ["AIMLAPI_BASE_URL", "WAN_TUI_TRUST_HOST"])
def test_a_variable_that_is_set_but_empty_stops_spending(config: Path, name: str, empty: str) -> None:
    """As when a script's own variable was never set; the file does not take its place."""
    config.write_text(LOCAL)
    error = why(read(config, **{name: empty}))
    assert name in error.message


def test_what_goes_before_the_file_needs_no_word_of_it(config: Path) -> None:
    """A misspelt address is not asked for where a flag or variable says another."""
    config.write_text('base-url = "x"\nendpoint = "universal"')
    settings = read(config, AIMLAPI_BASE_URL="http://127.0.0.1:9")
    assert (settings.base_url, settings.spending_off) == ("http://127.0.0.1:9", None)


@pytest.mark.parametrize("url", ["", " ", "http://far.example"])
def test_a_flag_that_cannot_be_used_is_an_error_at_once(config: Path, url: str) -> None:
    """Also an empty one: whoever gives it meant something."""
    with pytest.raises(SpendingOff):
        load({"WAN_TUI_HOME": str(config.parents[1])}, base_url=url)


def test_the_demo_goes_on(config: Path) -> None:
    """It spends nothing; what is wrong is told all the same."""
    config.write_text("slip")
    settings = load({"WAN_TUI_HOME": str(config.parents[1])}, demo=True)
    assert settings.spending_off is None
    assert "config.toml, line 1" in settings.warnings[0]


def test_without_a_file_all_is_well(config: Path) -> None:
    """Nor with an empty one."""
    assert (read(config).base_url, read(config).spending_off) == (OFFICIAL_URL, None)
    config.write_text("")
    assert read(config).spending_off is None
