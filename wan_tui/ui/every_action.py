"""All actions that keys can be given to in the config, without opening the studio."""

from __future__ import annotations

from wan_tui.ui.keys import Action, actions_of


def every_action() -> dict[str, Action]:
    """The actions by id. Loads the screens."""
    from wan_tui.ui.app import Studio
    from wan_tui.ui.job_actions import JobPane
    from wan_tui.ui.screens.compare import CompareScreen
    from wan_tui.ui.screens.player import PlayerScreen
    from wan_tui.ui.screens.studio import StudioScreen
    from wan_tui.ui.widgets.choice import Choice
    from wan_tui.ui.widgets.composer import Composer
    from wan_tui.ui.widgets.job_details import JobDetails
    from wan_tui.ui.widgets.job_list import JobList
    from wan_tui.ui.widgets.job_table import JobTable

    studio = (Studio, StudioScreen, Composer, Choice, JobPane, JobList, JobTable, JobDetails)
    return actions_of((*studio, PlayerScreen, CompareScreen))
