"""All actions that keys can be assigned to in the config, and those that the help lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App

from wan_tui.ui.commands.keymap import Action, actions_of, check_keymap, with_keymap
from wan_tui.ui.compat.bindings import bindings_of


def every_action(app: type[App[Any]]) -> dict[str, Action]:
    """The actions by id, those of ``app`` among them. Loads the screens."""
    from wan_tui.ui.form.choice import Choice
    from wan_tui.ui.form.composer import Composer
    from wan_tui.ui.jobs.job_details import JobDetails
    from wan_tui.ui.jobs.job_list import JobList
    from wan_tui.ui.jobs.job_pane import JobPane
    from wan_tui.ui.jobs.job_table import JobTable
    from wan_tui.ui.player.compare import CompareScreen
    from wan_tui.ui.player.player import PlayerScreen
    from wan_tui.ui.shell.studio import StudioScreen

    studio = (app, StudioScreen, Composer, Choice, JobPane, JobList, JobTable, JobDetails)
    return actions_of((*studio, PlayerScreen, CompareScreen))


def listed_actions(app: App[Any], wished: Mapping[str, str]) -> list[Action]:
    """What the help lists, by the user's ``wished`` keys: in the studio all, elsewhere what can be done there.

    What panels refuse cannot be done just now; what the app refuses can never be done in this run, and is left out.
    """
    actions = every_action(type(app))
    keymap, _ = check_keymap(wished, actions)
    shown = with_keymap(actions, keymap)
    if len(app.screen_stack) > 1:
        here = {active.binding.id for active in app.screen.active_bindings.values()}
        return [action for name, action in shown.items() if name in here]
    never = {binding.id for binding in bindings_of(app) if not app.check_action(binding.action, ())}
    return [action for name, action in shown.items() if name not in never]
