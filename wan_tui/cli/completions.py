"""``wan-tui completions``: print a shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from wan_tui.cli.completion_shells import register_shells
from wan_tui.cli.printer import print_block


@click.command("completions")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash:  wan-tui completions bash > ~/.local/share/bash-completion/completions/wan-tui
    zsh:   wan-tui completions zsh > "${fpath[1]}/_wan-tui"
    fish:  wan-tui completions fish > ~/.config/fish/completions/wan-tui.fish
    """
    register_shells()
    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"no completions for {shell}")
    print_block(completer(ctx.find_root().command, {}, "wan-tui", "_WAN_TUI_COMPLETE").source())
