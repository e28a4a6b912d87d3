"""``wan-tui where``: print the paths of films, history, settings and logs."""

from __future__ import annotations

import click

from wan_tui.cli.options import Options
from wan_tui.cli.output import guarded, json_option, print_json
from wan_tui.cli.printer import print_line
from wan_tui.settings import load


@click.command("where")
@json_option
@click.pass_obj
def command(options: Options, as_json: bool) -> None:
    """Show where films, history, settings and logs are."""

    def work() -> None:
        paths = load(demo=options.demo, base_url=options.base_url, endpoint=options.endpoint).paths
        places = {
            "films": paths.films,
            "history": paths.data / "history.json",
            "config": paths.config_file,
            "key": paths.key_file,
            "state": paths.state,
            "log": paths.log_file,
        }
        if as_json:
            print_json({name: str(path) for name, path in places.items()})
            return
        for name, path in places.items():
            print_line(f"{name:<8} {path}")

    guarded(work, as_json)
