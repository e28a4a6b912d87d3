"""``wan-tui open``: the studio with a film's recipe in the form."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wan_tui.cli.completers import films
from wan_tui.cli.options import Options
from wan_tui.cli.output import guarded
from wan_tui.cli.signals import interruptible


@click.command("open")
@click.argument("file", type=click.Path(path_type=Path), shell_complete=films)
@click.pass_obj
def command(options: Options, file: Path) -> None:
    """Open the studio with the recipe of FILE in the form.

    Works with any film that wan-tui saved, on any machine.
    """

    def work() -> int:
        from wan_tui.cli.studio import open_studio
        from wan_tui.media.recipe import recipe_of

        return open_studio(options, interruptible(lambda: recipe_of(file)))

    sys.exit(guarded(work, as_json=False, on_screen=True))
