"""The user's own keys: read from the config, checked before they are used."""

from __future__ import annotations

import pytest
from textual.binding import Binding, BindingType

from wan_tui.ui.commands.keymap import Action, actions_of, check_keymap, is_key, with_keymap


class Above:
    BINDINGS: list[BindingType] = [Binding("ctrl+q", "quit", "Quit", id="app.quit", tooltip="Leave")]


class Panel(Above):
    BINDINGS: list[BindingType] = [
        Binding("ctrl+j,ctrl+enter", "order", "Order", id="form.order"),
        Binding("o", "open", "Open", id="job.open"),
        Binding("j,down", "move(1)", "Down", id="list.down"),
        Binding("x", "nameless", "No id"),
        ("y", "plain"),
    ]


ACTIONS = actions_of([Panel])


def test_actions_are_read_from_classes_and_their_ancestors() -> None:
    """Every binding with an id and a description counts, with all its keys; others do not."""
    assert set(ACTIONS) == {"app.quit", "form.order", "job.open", "list.down"}
    assert ACTIONS["form.order"].keys == ("ctrl+j", "ctrl+enter")
    assert ACTIONS["app.quit"] == Action("app.quit", "Quit", "Leave", ("ctrl+q",))


def test_a_good_keymap_is_taken_as_it_is() -> None:
    """Several keys may be given with commas and blanks."""
    keymap, problems = check_keymap({"job.open": " v , f4 "}, ACTIONS)
    assert (keymap, problems) == ({"job.open": "v,f4"}, [])
    assert with_keymap(ACTIONS, keymap)["job.open"].keys == ("v", "f4")
    assert with_keymap(ACTIONS, keymap)["list.down"].keys == ("j", "down")


def test_an_unknown_id_is_told_with_the_nearest_one() -> None:
    """A slip of the pen is named, the rest is used."""
    keymap, problems = check_keymap({"job.opne": "v", "list.down": "n"}, ACTIONS)
    assert keymap == {"list.down": "n"}
    assert problems == ["keys: unknown action “job.opne”; did you mean job.open?"]


def test_an_emptied_action_keeps_its_key() -> None:
    """Nothing can be locked away from the keyboard."""
    keymap, problems = check_keymap({"app.quit": " , "}, ACTIONS)
    assert keymap == {}
    assert problems == ["keys: app.quit needs a key; its default is ctrl+q."]


def test_keys_that_a_terminal_cannot_send_are_refused() -> None:
    """ctrl+i is tab on every line."""
    keymap, problems = check_keymap({"job.open": "ctrl+i"}, ACTIONS)
    assert keymap == {}
    assert "ctrl+i" in problems[0]
    assert "tab" in problems[0]


def test_a_key_that_is_taken_is_refused_where_both_can_be_meant() -> None:
    """Neither the quit key nor a neighbour's may be taken, by default or by the same keymap."""
    assert check_keymap({"job.open": "ctrl+q"}, ACTIONS)[0] == {}
    assert check_keymap({"job.open": "j"}, ACTIONS)[0] == {}
    keymap, problems = check_keymap({"job.open": "v", "list.down": "v"}, ACTIONS)
    assert len(keymap) == 1
    assert len(problems) == 1


def test_the_same_key_may_mean_two_things_in_places_apart() -> None:
    """The form and the list are never at the keyboard together; and two actions may swap their keys."""
    assert check_keymap({"form.order": "o"}, ACTIONS) == ({"form.order": "o"}, [])
    assert check_keymap({"job.open": "j", "list.down": "o"}, ACTIONS)[1] == []


@pytest.mark.parametrize(
    "name",
    [
        "o",
        "O",
        "*",
        "+",
        "é",
        "f5",
        "ctrl+o",
        "ctrl+shift+f1",
        "shift+tab",
        "question_mark",
        "slash",
        "ctrl+at",
        "pagedown",
        "space",
        "alt+left",
        "minus",
        "ctrl+underscore",
        "left_curly_bracket",
    ],
)
def test_names_of_keys(name: str) -> None:
    """Characters, their names, named keys, with modifiers."""
    assert is_key(name)


@pytest.mark.parametrize(
    "name",
    ["ctrl+", "ctrl", "+o", "strg+o", "ctrl+ctrl+o", "page_down", "", " ", "F55", "latin_small_letter_a"],
)
def test_what_is_no_key_is_refused(name: str) -> None:
    """It could never be pressed; the action keeps its own key."""
    assert not is_key(name)


def test_an_impossible_key_is_told() -> None:
    """With the nearest one, or with examples."""
    keymap, problems = check_keymap({"job.open": "ctrl+", "list.down": "page_down"}, ACTIONS)
    assert keymap == {}
    assert problems == [
        "keys: “ctrl+” for job.open is not a key: one is called o, f5, ctrl+o or question_mark.",
        "keys: “page_down” for list.down is not a key; did you mean pagedown?",
    ]
