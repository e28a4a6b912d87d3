"""All actions that keys can be given to in the config, without opening the studio."""

from __future__ import annotations

from typing import Any

from textual.app import App

from wan_tui.ui.commands.keymap import Action, actions_of


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
