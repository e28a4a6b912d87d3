"""Started in a folder that somebody else filled: nothing in it is run, whatever it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.program import REPOSITORY, json_lines
from tests.unit.terminal.fake_programs import FakeProgram
from wan_tui.processes import child
from wan_tui.processes.errand import Errand
from wan_tui.processes.python import code_command, module_command

_TRAPS = [
    "subprocess", "asyncio", "av", "json", "pathlib",
    "wan_tui", "sitecustomize", "usercustomize", "logging", "numpy",
    "click", "textual", "runpy_", "tempfile", "shutil",
    "dataclasses", "random", "pyperclip", "httpx", "tinydb",
    "starlette", "uvicorn", "platformdirs",
]  # fmt: skip
_START = "import sys; from wan_tui.__main__ import main; sys.argv[0] = 'wan-tui'; main()"


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder with modules and programs of well-known names, each of which leaves a trace."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in _TRAPS:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'a').write({name!r} + ' ')\n")
    for name in ("xdg-open", "xclip", "wl-copy", "mpv"):
        FakeProgram(folder, name, then=f"open({str(tmp_path / 'sprung')!r}, 'a').write({name!r})")
    return folder


def sprung(trap: Path) -> str:
    trace = trap.parent / "sprung"
    return trace.read_text() if trace.exists() else ""


def start_in(trap: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        "WAN_TUI_POLL_INTERVAL": "0.1",
        "WAN_TUI_HOME": str(trap.parent / "home"),
        **variables,
    }
    return subprocess.run(command, cwd=trap, env=environ, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"PATH": f".{os.pathsep}{os.pathsep}{os.environ['PATH']}"},
        {"PYTHONPATH": f"{os.pathsep}{REPOSITORY}"},
    ],
    ids=["plainly", "PATH with the current folder", "PYTHONPATH with an empty entry"],
)
def test_the_demo_runs_nothing_of_the_folder(trap: Path, variables: dict[str, str]) -> None:
    """The installed script, to the first film that the demo's own processes draw."""
    script = trap.parent / "wan-tui"
    script.write_text(_START)
    if "PYTHONPATH" in variables:
        # What is read before our first line is beyond us: only what is imported from then on.
        for name in ("subprocess", "av", "sitecustomize"):
            (trap / f"{name}.py").replace(trap / f"{name}.kept")
        for path in trap.glob("*.py"):
            path.unlink()
        for name in ("subprocess", "av"):
            (trap / f"{name}.kept").replace(trap / f"{name}.py")
    done = start_in(
        trap, sys.executable, str(script), "--demo", "generate", "a boat", "--wait", "--json", **variables
    )
    assert done.returncode == 0, done.stderr
    assert json_lines(done.stdout)[-1]["state"] == "saved"
    assert sprung(trap) == ""


def test_as_a_module_nothing_more_is_imported_from_it(trap: Path) -> None:
    """``python -m`` puts the folder first: it is left out as soon as our first line runs."""
    (trap / "wan_tui.py").unlink()
    done = start_in(trap, sys.executable, "-m", "wan_tui", "--demo", "generate", "a boat", "--wait", "--json")
    assert done.returncode == 0, done.stderr
    assert sprung(trap) == ""


def test_our_own_pythons_find_the_package_and_not_the_folder(
    trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever Python's variables say, and with the libraries this process has."""
    monkeypatch.chdir(trap)
    monkeypatch.setenv("PYTHONPATH", str(trap))
    monkeypatch.setenv("PYTHONSTARTUP", str(trap / "json.py"))
    monkeypatch.syspath_prepend(str(trap))
    code = "import os, sys, subprocess, av, wan_tui; print(os.getcwd(), wan_tui.__file__, *sys.argv[1:])"
    ended, told = Errand(code_command(code, "a b", "c")).run()
    assert (ended, told.decode().split(maxsplit=2)[::2]) == (0, ["/", "a b c\n"])
    assert str(REPOSITORY) in told.decode()
    ended, _ = Errand(module_command("wan_tui.media.posters", "/nowhere.mp4", "/nowhere")).run()
    assert ended == 3, "it ran, and said that there is no such film"
    assert sprung(trap) == ""


@pytest.mark.parametrize("path", [".", "", "downloads", ":", "./downloads:."])
def test_no_program_is_found_by_a_relative_path(
    trap: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Neither by an empty entry nor by a name with a slash; a whole path is what its writer meant."""
    monkeypatch.chdir(trap if "downloads" not in path else trap.parent)
    assert child.find_program("mpv", path) is None
    for name in ("./mpv", "downloads/mpv", ""):
        assert child.find_program(name, path) is None
    assert child.find_program(str(trap / "mpv"), path) == str(trap / "mpv")


def test_what_is_started_learns_no_key_and_no_relative_path(trap: Path) -> None:
    """Keys by whatever spelling of the variable, and PATH without the current folder: helpers start others by it."""
    environ = {
        "PATH": f".::/usr/bin:bin{os.pathsep}/bin",
        "AIMLAPI_API_KEY": "k1",
        "aimlapi_key": "k2",
        "HOME": "/h",
    }
    assert child.without_keys(environ) == {"PATH": "/usr/bin:/bin", "HOME": "/h"}


def test_memory_of_our_own_python_can_be_limited() -> None:
    """A decoder that wants more than its share fails by itself."""
    ended, told = Errand(code_command("print(len(bytes(10**9)))", memory=500 << 20)).run()
    assert (ended, told) == (1, b"")
    assert Errand(code_command("print(len(bytes(10**8)))", memory=500 << 20)).run() == (0, b"100000000\n")
