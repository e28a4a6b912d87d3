"""Paths as people write them in a config file: with a tilde, with variables, or relative to that file."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from wan_tui.domain.text import clean_line

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


def place(text: str, anchor: Path, environ: Mapping[str, str]) -> Path:
    """The absolute path that ``text`` means in a file of the folder ``anchor``: the same wherever the program is
    started. ``~``, ``~user``, ``$NAME`` and ``${NAME}`` stand for what a shell takes them for.

    Raises ValueError where it names a variable or a user that does not exist.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not environ.get(name):
            raise ValueError(f"there is no variable {name}, so “{clean_line(text, 80)}” is ignored")
        return environ[name]

    path = os.path.expanduser(_VARIABLE.sub(value, text))
    if path.startswith("~") or "\0" in path:
        raise ValueError(f"“{clean_line(text, 80)}” cannot be found, so it is ignored")
    return anchor / path


def program(command: str, anchor: Path, environ: Mapping[str, str]) -> str:
    """``command``, a program with options as for a shell; a program that is written as a path by its whole path.

    What cannot be expanded stays as it is, and is then not found.
    """
    try:
        words = shlex.split(command)
        if words and (os.sep in words[0] or words[0][:1] in "~$"):
            return shlex.join([str(place(words[0], anchor, environ)), *words[1:]])
    except ValueError:
        pass
    return command
