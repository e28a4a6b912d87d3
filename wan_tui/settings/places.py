"""Expands paths in the config file: with a tilde, with variables, or relative to that file."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.text import clean_line

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


def place(text: str, anchor: Path, environ: Mapping[str, str]) -> Path:
    """The absolute path of ``text``, relative to the folder ``anchor``. Expands ``~``, ``~user``, ``$NAME`` and
    ``${NAME}`` like a shell.

    Raises ValueError if a variable or user does not exist.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not environ.get(name):
            raise ValueError(f"variable {name} is not set, so “{clean_line(text, 80)}” is ignored")
        return environ[name]

    path = os.path.expanduser(_VARIABLE.sub(value, text))
    if path.startswith("~") or "\0" in path:
        raise ValueError(f"“{clean_line(text, 80)}” does not exist, so it is ignored")
    return anchor / path


def program(command: str, anchor: Path, environ: Mapping[str, str]) -> str:
    """A shell command with its program expanded to an absolute path if it is a path.

    If it cannot be expanded, it stays unchanged and is not found later.
    """
    try:
        words = shlex.split(command)
        if words and (os.sep in words[0] or words[0][:1] in "~$"):
            return shlex.join([str(place(words[0], anchor, environ)), *words[1:]])
    except ValueError:
        pass
    return command
