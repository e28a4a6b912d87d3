"""Which keys do what: read from the widgets' bindings, changed and checked by the user's config.

Every binding of ours has an id such as ``job.open``; its first word names the context the key holds in.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

CONTEXTS = {
    "app": "Everywhere",
    "studio": "The studio",
    "panel": "Panels",
    "form": "The form",
    "job": "Jobs",
    "list": "Job list",
    "details": "Details",
    "player": "Player",
    "compare": "Side by side",
}
"""Titles of the contexts, in the order the help shows them; others follow under their own name."""

_TOGETHER = (
    {"app", "studio", "panel", "form"},
    {"app", "studio", "panel", "job", "list"},
    {"app", "studio", "panel", "job", "details"},
    {"app", "player", "compare"},
)
"""Contexts that hold at the same time. In others, a key may mean something else in each."""

_NEVER = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+[": "escape",
}
"""Keys that a terminal sends as another key."""

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMED = frozenset(KEY_NAME_REPLACEMENTS.values()) | {
    key.value.rpartition("+")[2] for key in Keys if not key.value.startswith(("<", "ctrl-"))
}
"""Names of keys that are neither their own character nor the Unicode name of one."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that keys do. ``keys`` in Textual's names, the first one is shown."""

    id: str
    description: str
    tooltip: str
    keys: tuple[str, ...]

    @property
    def context(self) -> str:
        return self.id.partition(".")[0]


def actions_of(classes: Iterable[type]) -> dict[str, Action]:
    """Read every binding with an id from ``classes`` and those they are made from."""
    found: dict[str, Action] = {}
    for cls in classes:
        for base in cls.__mro__:
            for binding in vars(base).get("BINDINGS", ()):
                if isinstance(binding, Binding) and binding.id and binding.description:
                    keys = tuple(key.strip() for key in binding.key.split(","))
                    known = found.get(binding.id)
                    if known is not None:
                        keys = known.keys + tuple(key for key in keys if key not in known.keys)
                    found[binding.id] = Action(binding.id, binding.description, binding.tooltip, keys)
    return found


def with_keymap(actions: Mapping[str, Action], keymap: Mapping[str, str]) -> dict[str, Action]:
    """The actions as they are after the user's changes."""
    return {
        name: Action(a.id, a.description, a.tooltip, _split(keymap[name])) if name in keymap else a
        for name, a in actions.items()
    }


def check_keymap(
    wished: Mapping[str, str], actions: Mapping[str, Action]
) -> tuple[dict[str, str], list[str]]:
    """Return the part of ``wished`` (binding id to keys) that can be used, and a sentence for each that cannot."""
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, text in wished.items():
        problem = _refusal(name, text, actions)
        if problem:
            problems.append(problem)
        else:
            keymap[name] = ",".join(_split(text))
    for name in list(keymap):
        clash = _clash(name, with_keymap(actions, keymap))
        if clash:
            problems.append(clash)
            del keymap[name]
    return keymap, problems


def _split(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(",") if key.strip())


def _refusal(name: str, text: str, actions: Mapping[str, Action]) -> str | None:
    if name not in actions:
        near = difflib.get_close_matches(name, actions, 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        return f"keys: unknown action “{name}”{hint}"
    keys = _split(text)
    if not keys:
        return f"keys: {name} needs a key; its default is {actions[name].keys[0]}."
    for key in keys:
        if key in _NEVER:
            return f"keys: {key} for {name} cannot be distinguished from {_NEVER[key]}."
        if not is_key(key):
            near = difflib.get_close_matches(key, sorted(_NAMED), 1, 0.7)
            hint = f"; did you mean {near[0]}?" if near else ": one is called o, f5, ctrl+o or question_mark."
            return f"keys: “{key}” for {name} is not a key{hint}"
    return None


def is_key(name: str) -> bool:
    """Whether Textual may report a key of this name: modifiers, then a character, its Unicode name, or a named key."""
    if len(name) == 1:
        return name.isprintable() and not name.isspace()
    *modifiers, key = name.split("+")
    if not set(modifiers) <= _MODIFIERS or len(set(modifiers)) < len(modifiers):
        return False
    return key in _NAMED or (len(key) == 1 and key.isprintable()) or _is_character_name(key)


def _is_character_name(name: str) -> bool:
    try:
        character = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return not character.isalnum()  # letters and digits are called by themselves


def _clash(name: str, actions: Mapping[str, Action]) -> str | None:
    mine = actions[name]
    for other in actions.values():
        if other.id != name and _meet(mine.context, other.context):
            for key in set(mine.keys) & set(other.keys):
                return f"keys: {key} for {name} already means {other.id}."
    return None


def _meet(one: str, other: str) -> bool:
    """Whether both contexts can hold at the same time."""
    known = set().union(*_TOGETHER)
    return not {one, other} <= known or any({one, other} <= together for together in _TOGETHER)
