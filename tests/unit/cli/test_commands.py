"""The command line without a service: help, versions, places, completions, usage errors."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.patience import PATIENCE
from tests.program import REPOSITORY, run
from wan_tui import __main__ as entry
from wan_tui import __version__
from wan_tui.cli.main import _COMMANDS, cli
from wan_tui.domain.parameters import WAN_2_1_T2V_PLUS

SHELLS = ("bash", "zsh", "fish")


def invoke(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="wan-tui", env=variables)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_names_every_command(option: str) -> None:
    """With a word on each, and how to get at the key."""
    shown = invoke(option)
    assert shown.exit_code == 0
    for name, help_ in _COMMANDS.items():
        assert f"  {name} " in shown.output
        assert help_ in shown.output
    assert "AIMLAPI_API_KEY" in shown.output


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_explains_itself(name: str, option: str) -> None:
    """In lines that fit, and without a service."""
    shown = invoke(name, option)
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: wan-tui {name}")
    assert max(map(len, shown.output.splitlines())) <= 110


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(option: str) -> None:
    """As scripts want it."""
    assert invoke(option).output == f"wan-tui {__version__}\n"


def test_every_parameter_is_a_flag() -> None:
    """All of the table; the prompt is the argument; switches have both ways."""
    shown = invoke("generate", "--help").output
    for parameter in WAN_2_1_T2V_PLUS.parameters:
        assert (parameter.flag in shown) == (parameter.name != "prompt")
    assert "--watermark / --no-watermark" in shown


def test_there_is_no_option_for_the_key() -> None:
    """It would be read by everybody on the machine."""
    for name in ("", *_COMMANDS):
        assert "--key" not in invoke(*name.split(), "--help").output


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["--nope"],
        ["generate", "--nope"],
        ["generate", "x", "--file", "/nowhere/prompt.txt"],
        ["show"],
        ["list", "-n", "0"],
        ["--endpoint", "seaside", "where"],
        ["completions", "tcsh"],
        ["simulate", "--port", "-1"],
    ],
)
def test_a_usage_error_is_exit_2_with_a_sentence(arguments: list[str]) -> None:
    """On stderr, and never a traceback."""
    ended = invoke(*arguments)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert "Error: " in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "prompt: is required."),
        ([""], "prompt: is required."),
        (["x", "--seed", "many"], "seed: must be a whole number, not “many”."),
        (["x", "--aspect-ratio", "21:9"], "aspect_ratio: must be one of: 16:9, 9:16, 1:1, 4:3, 3:4."),
        (["x", "--model", "other/model"], f"model: must be one of: {WAN_2_1_T2V_PLUS.id}."),
    ],
)
def test_a_wrong_value_is_exit_2_by_field(arguments: list[str], told: str) -> None:
    """Nothing was ordered, and nothing is asked."""
    ended = invoke("generate", *arguments)
    assert ended.exit_code == 2
    assert ended.stderr.splitlines() == [told, "Nothing was ordered."]


def test_a_prompt_is_given_once(tmp_path: Path) -> None:
    """Argument or file."""
    file = tmp_path / "prompt.txt"
    file.write_text("a cat")
    ended = invoke("generate", "a dog", "--file", str(file))
    assert ended.exit_code == 2
    assert "not both" in ended.stderr


def test_without_a_key_there_is_a_sentence_and_no_library() -> None:
    """What to do stands in it."""
    ended = invoke("generate", "x")
    assert ended.exit_code == 1
    assert ended.stderr.startswith("No API key. Nothing was ordered. Set AIMLAPI_API_KEY")


@pytest.mark.parametrize("command", [["generate", "x"], ["sync"]])
def test_an_unusable_address_is_a_sentence(command: list[str]) -> None:
    """In every command that may spend money, and as JSON with its word; the others read on."""
    ended = invoke(*command, "--json", AIMLAPI_BASE_URL="http://far.example")
    assert ended.exit_code == 2
    assert json.loads(ended.stdout)["error"]["code"] == "config"
    assert "must start with https://" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert invoke("list", AIMLAPI_BASE_URL="http://far.example").exit_code == 0


def test_where_things_are(home: Path) -> None:
    """The places as text and as JSON; asking makes none of them."""
    places = json.loads(invoke("where", "--json").stdout)
    root = home / "wan-tui"
    assert places == {
        "films": str(root / "films"),
        "history": str(root / "data" / "history.json"),
        "config": str(root / "config" / "config.toml"),
        "key": str(root / "config" / "key"),
        "state": str(root / "state"),
        "log": str(root / "state" / "wan-tui.log"),
    }
    shown = invoke("where").stdout
    assert all(f"{name:<8} {place}\n" in shown for name, place in places.items())
    assert not root.exists()


def test_the_demo_keeps_its_things_elsewhere(home: Path) -> None:
    """The real library is not touched by it."""
    real, demo = (json.loads(invoke(*flag, "where", "--json").stdout) for flag in ([], ["--demo"]))
    for name in ("films", "history", "state"):
        assert demo[name].startswith(str(home / "wan-tui" / "data" / "demo"))
        assert demo[name] != real[name]


@pytest.mark.parametrize("command", [["list"], ["show", "x"]])
def test_an_empty_library_is_no_error_of_its_own(command: list[str]) -> None:
    """Nothing to list; a job that is not there is said not to be there."""
    ended = invoke(*command)
    if command == ["list"]:
        assert (ended.exit_code, ended.output) == (0, "")
    else:
        assert ended.exit_code == 1
        assert "No job or film matches “x”" in ended.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_completions_are_a_script_for_the_shell(shell: str) -> None:
    """It parses, where the shell is there to ask."""
    ended = invoke("completions", shell)
    assert ended.exit_code == 0
    assert f"_WAN_TUI_COMPLETE={shell}_complete" in ended.stdout
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=ended.stdout, text=True, check=True)


def test_what_is_completed() -> None:
    """Commands and options, asked as the shell asks."""
    asked = run(_WAN_TUI_COMPLETE="bash_complete", COMP_WORDS="wan-tui gen", COMP_CWORD="1")
    assert asked.stdout == "plain,generate\n"
    asked = run(_WAN_TUI_COMPLETE="bash_complete", COMP_WORDS="wan-tui generate --asp", COMP_CWORD="2")
    assert asked.stdout == "plain,--aspect-ratio\n"


def test_without_a_terminal_the_studio_says_what_to_use_instead() -> None:
    """Exit 2, one sentence, nothing asked."""
    ended = run()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("The studio needs a terminal. In scripts use: wan-tui generate")
    assert len(ended.stderr.splitlines()) == 1


def test_a_fault_of_our_own_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Kind and place of the error, what it means for the jobs, and not a word of its own, which may hold a secret."""

    def broken(prog_name: str) -> None:
        raise ZeroDivisionError("sk-secret-0123456789 https://films.example/1.mp4?Signature=abc")

    monkeypatch.setattr("wan_tui.cli.main.cli", broken)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    printed = capfd.readouterr()
    assert ended.value.code == 1
    assert printed.out == ""
    assert "(ZeroDivisionError at test_commands.py:" in printed.err
    assert len(printed.err.splitlines()) == 1
    assert "secret" not in printed.err
    assert "Signature" not in printed.err


def test_with_stderr_in_a_file_the_studio_says_so_too() -> None:
    """Textual draws on stderr: with only that one elsewhere the screen would stay empty."""
    far, near = pty.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "wan_tui", "--demo"],
            cwd=REPOSITORY,
            stdin=near,
            stdout=near,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
    finally:
        os.close(far)
        os.close(near)
    assert ended.returncode == 2
    assert ended.stderr.startswith("The studio needs a terminal.")


def test_a_prompt_that_is_no_text_is_a_usage_error(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, in a file or on stdin."""
    file = tmp_path / "prompt.txt"
    file.write_bytes(b"\xff\xfe")
    for arguments in (["--file", str(file)], ["--file", "-"], ["-"]):
        ended = CliRunner().invoke(cli, ["generate", *arguments], input=b"\xff\xfe")
        assert ended.exit_code == 2
        assert "The prompt cannot be read: " in ended.stderr
