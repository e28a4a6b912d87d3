"""``wan-tui``: opens the studio, or runs a command. Commands are imported when called.

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

_HELP = f"""Make AI videos from the terminal: write a prompt, watch the jobs, keep every film.

Without a command, opens the studio. The API key is read from {", ".join(KEY_VARIABLES)}
or the key file that the studio writes. No option takes the key.
"""

_COMMANDS = {
    "generate": "Order a film.",
    "list": "List jobs, newest first.",
    "show": "Show a job, or the recipe in a film file.",
    "open": "Open the studio with a film's recipe in the form.",
    "sync": "Poll pending jobs and fetch finished films.",
    "doctor": "Check key, service, library and terminal.",
    "where": "Show where films, history, settings and logs are.",
    "simulate": "Run the built-in service simulator.",
    "completions": "Print shell completions.",
}

_EXAMPLES = """\b
Examples:
  wan-tui                      open the studio
  wan-tui --demo               try it without a key; nothing is charged
  wan-tui generate "a paper boat in the rain" --aspect-ratio 9:16 --wait
  wan-tui list state:failed --json
  wan-tui open film.mp4        open the studio with that film's recipe
  wan-tui sync --watch         wait for pending jobs without the studio
"""


class _LazyGroup(click.Group):
    """Lists commands by name; imports a command's module only when it is called or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"wan_tui.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def main(self, *arguments: Any, **more: Any) -> Any:
        """Run as click does, but print click's errors through ``printer``."""
        if "_WAN_TUI_COMPLETE" in os.environ:
            from wan_tui.cli.completion_shells import register_shells

            register_shells()
        try:
            code = super().main(*arguments, **{**more, "standalone_mode": False})
        except click.ClickException as error:
            message = io.StringIO()
            error.show(message)
            print_block(message.getvalue(), "stderr")
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(EXIT_INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands with their full help line, without importing them."""
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
    "--demo", is_flag=True, help="Use the built-in simulator and a separate library. Nothing is charged."
)
@click.option("--base-url", metavar="URL", help="Base URL of the service (AIMLAPI_BASE_URL).")
@click.option(
    "--endpoint",
    type=click.Choice([dialect.value for dialect in Dialect]),
    help="Which of the service's two endpoints to order from.",
)
@click.option("-v", "--verbose", is_flag=True, help="Write a log file in the state folder.")
@click.pass_context
def cli(ctx: click.Context, demo: bool, base_url: str | None, endpoint: str | None, verbose: bool) -> None:
    """Store the shared options; open the studio if no command is given."""
    from wan_tui.cli.logs import add_null_handlers

    add_null_handlers()
    ctx.obj = Options(demo, base_url, endpoint, verbose)
    if ctx.invoked_subcommand is None:
        from wan_tui.cli.studio import open_studio

        ctx.exit(open_studio(ctx.obj))
