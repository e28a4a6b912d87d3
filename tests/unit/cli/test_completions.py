"""Completions, asked in the real shells as they ask themselves; skipped where a shell is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

from tests.patience import PATIENCE
from tests.program import REPOSITORY
from tests.unit.domain.strategies import waiting_job
from wan_tui.cli.completion_shells import register_shells
from wan_tui.cli.main import cli
from wan_tui.library.history import History

_BASH = """
source "$SCRIPT"
COMP_LINE="$LINE"; COMP_POINT=${#LINE}
compopt() { printf 'compopt %s\\n' "$*" >&2; }
$(complete -p wan-tui | sed 's/.*-F \\([^ ]*\\).*/\\1/') wan-tui
printf '%s\\n' "${COMPREPLY[@]}"
"""
_ZSH = """
compdef() { completer=$1 }
_describe() { local name=${@[-2]}; print -rl -- ${(P)name} }
compadd() { local name=${@[-1]}; print -rl -- ${(P)name} }
source $SCRIPT
words=(${(z)LINE}); [[ $LINE == *' ' ]] && words+=('')
CURRENT=$#words
$completer
"""
_FISH = 'source "$SCRIPT"; complete -C "$LINE"'
SHELLS = {"bash": ["--norc", "-c", _BASH], "zsh": ["-fc", _ZSH], "fish": ["--no-config", "-c", _FISH]}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a film, a note and a folder; ``wan-tui`` is on the PATH."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "wan-tui"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={REPOSITORY} exec {sys.executable} -m wan_tui "$@"\n')
    program.chmod(0o755)
    (tmp_path / "here" / "deep").mkdir(parents=True)
    for name in ("one film.mp4", "note.txt"):
        (tmp_path / "here" / name).touch()
    return tmp_path / "here"


def completed(shell: str, line: str, here: Path) -> list[str]:
    """What ``shell`` offers after ``line``, without descriptions; in bash without what is before a colon."""
    return [offer.partition("\t")[0] for offer in offered(shell, line, here)]


def offered(shell: str, line: str, here: Path) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = here.parent / f"completion.{shell}"
    register_shells()
    completer = get_completion_class(shell)
    assert completer is not None
    script.write_text(completer(cli, {}, "wan-tui", "_WAN_TUI_COMPLETE").source())
    environ = {**os.environ, "PATH": f"{here.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [shell, *SHELLS[shell]],
        cwd=here,
        env={**environ, "SCRIPT": str(script), "LINE": line},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_values_fields_and_states(shell: str, here: Path) -> None:
    """Choices of an option, begun values with a colon, fields of the filter, and what they can be."""
    cut = shell == "bash"
    assert sorted(completed(shell, "wan-tui generate --aspect-ratio ", here)) == sorted(
        ["16:9", "9:16", "1:1", "4:3", "3:4"]
    )
    assert completed(shell, "wan-tui generate --aspect-ratio 16:", here) == (["9"] if cut else ["16:9"])
    assert completed(shell, "wan-tui list s", here) == (
        ["state:", "seed:"] if shell != "fish" else ["seed:", "state:"]
    )
    states = completed(shell, "wan-tui list state:s", here)
    assert sorted(states) == (["saved", "submitting"] if cut else ["state:saved", "state:submitting"])


@pytest.mark.parametrize("shell", SHELLS)
def test_jobs_and_films(shell: str, here: Path, home: Path) -> None:
    """``show`` takes either; of files only films, and folders on the way."""
    history = History.open(home / "wan-tui" / "data")
    job = waiting_job()
    history.add(job)
    history.close()
    found = [offer.partition(":")[0] for offer in completed(shell, "wan-tui show ", here)]
    assert job.id in found
    assert {offer.replace("\\ ", " ").strip("'") for offer in found} == {job.id, "deep/", "one film.mp4"}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_descriptions_are_whole(shell: str, here: Path) -> None:
    """Also those with a comma in them."""
    offers = offered(shell, "wan-tui sho", here)
    assert len(offers) == 1
    assert offers[0].endswith("Show a job, or the recipe in a film file.")
