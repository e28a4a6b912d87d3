"""``wan-tui``: the studio without a command, or one of the commands, each loaded when it is called.

``--help`` and ``--version`` import neither the screen nor the HTTP client.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from wan_tui import __version__
from wan_tui.cli.options import Options
from wan_tui.cli.output import EXIT_INTERRUPTED
from wan_tui.cli.printer import print_block
from wan_tui.domain.parameters import Dialect
from wan_tui.key_variables import KEY_VARIABLES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_HELP = f"""Make AI videos from the terminal: say what you want, watch the jobs, keep every film.

Without a command the studio opens. The API key is read from {", ".join(KEY_VARIABLES)}
or the key file that the studio writes; it is never an option.
"""

_COMMANDS = {
    "generate": "Order a film.",
    "list": "List jobs, newest first.",
    "show": "Show all about one job, or the recipe in a film file.",
    "open": "Open the studio with the recipe of a film file in its form.",
    "sync": "Ask about pending jobs and fetch finished films.",
    "doctor": "Check key, service, library and terminal.",
    "where": "Show where everything is kept.",
    "simulate": "Run the built-in service simulator.",
    "completions": "Print shell completions.",
}

_EXAMPLES = """\b
Examples:
  wan-tui                      open the studio
  wan-tui --demo               try everything, no key, no money
  wan-tui generate "a paper boat in the rain" --aspect-ratio 9:16 --wait
  wan-tui list state:failed --json
  wan-tui open film.mp4        make one like this: its recipe in the form
  wan-tui sync --watch         wait for what is pending, without a screen
"""


class _LazyGroup(click.Group):
    """Knows its commands by name; a command's module is imported when it is called or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"wan_tui.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def main(self, *arguments: Any, **more: Any) -> Any:
        """As click does it, but what it complains about goes out through our printer."""
        if "_WAN_TUI_COMPLETE" in os.environ:
            from wan_tui.cli.completing_shells import use_ours

            use_ours()
        try:
            code = super().main(*arguments, **{**more, "standalone_mode": False})
        except click.ClickException as error:
            complaint = io.StringIO()
            error.show(complaint)
            print_block(complaint.getvalue(), "stderr")
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(EXIT_INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands with the whole of their line, none of them loaded for it."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=line) for name, line in _COMMANDS.items() if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=_HELP,
    epilog=_EXAMPLES,
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.option(
    "--demo", is_flag=True, help="Use the built-in simulator and a library of its own. No money is spent."
)
@click.option("--base-url", metavar="URL", help="Address of the service (AIMLAPI_BASE_URL).")
@click.option(
    "--endpoint",
    type=click.Choice([dialect.value for dialect in Dialect]),
    help="Which of the service's two addresses to order at.",
)
@click.option("-v", "--verbose", is_flag=True, help="Write a log file under the state folder.")
@click.pass_context
def cli(ctx: click.Context, demo: bool, base_url: str | None, endpoint: str | None, verbose: bool) -> None:
    """Take the options that every command shares, and open the studio where there is no command."""
    from wan_tui.cli.logs import keep_off_terminal

    keep_off_terminal()
    ctx.obj = Options(demo, base_url, endpoint, verbose)
    if ctx.invoked_subcommand is None:
        from wan_tui.cli.studio import open_studio

        ctx.exit(open_studio(ctx.obj))
