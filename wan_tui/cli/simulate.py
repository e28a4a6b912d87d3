"""``wan-tui simulate``: run the service simulator on this machine."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace

import click

from wan_tui.cli.bootstrap import run_async
from wan_tui.cli.output import guarded, print_message
from wan_tui.cli.printer import print_line
from wan_tui.domain.errors import SettingsError
from wan_tui.simulator import FAULTS_HELP, SimulatorSettings, serve

_VARIABLE = "WAN_TUI_SIMULATOR_TOKEN"


@click.command("simulate", epilog="\b\n" + FAULTS_HELP.replace("\n\n", "\n\n\b\n"))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8484, show_default=True, help="Port of the API."
)
@click.option(
    "--film-port", type=click.IntRange(0, 65535), default=0, help="Port of the film host; 0: any free port."
)
@click.option(
    "--pace", type=click.FloatRange(min=0), default=20.0, show_default=True, help="Seconds to make a film."
)
@click.option(
    "--credits",
    "credits_usd",
    type=click.FloatRange(min=0),
    default=25.0,
    show_default=True,
    metavar="USD",
    help="Initial credits of each key, in US dollars; 0: an empty account.",
)
@click.option(
    "--link-lifetime", type=float, default=86_400.0, show_default=True, help="Seconds until a link expires."
)
@click.option(
    "--log-delay", type=float, default=2.0, show_default=True, help="Seconds until /v2/logs lists an order."
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Films made at the same time.",
)
@click.option(
    "--orders-per-minute",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Beyond that: 429.",
)
@click.option("--problem-json", is_flag=True, help="Send errors as application/problem+json.")
def command(
    port: int,
    film_port: int,
    pace: float,
    credits_usd: float,
    link_lifetime: float,
    log_delay: float,
    concurrency: int,
    orders_per_minute: int,
    problem_json: bool,
) -> None:
    """Run the simulator until Ctrl-C. It accepts any key; set AIMLAPI_BASE_URL to use it."""
    token = os.environ.get(_VARIABLE, "")
    settings = replace(
        SimulatorSettings(),
        port=port,
        film_port=film_port,
        pace=pace,
        credits_usd=credits_usd,
        link_lifetime=link_lifetime,
        log_delay=log_delay,
        concurrency=concurrency,
        posts_per_minute=orders_per_minute,
        problem_json=problem_json,
        control_token=token or secrets.token_urlsafe(16),
    )
    if not token:
        print_message(f"/_till and /_faults need the header X-Simulator-Token: {settings.control_token}")

    def work() -> None:
        try:
            run_async(serve(settings, print_line))
        except OSError as error:
            raise SettingsError(
                f"The simulator cannot listen on port {port}: {error.strerror}",
                next_step="Choose another port with --port.",
            ) from None

    guarded(work, as_json=False)
