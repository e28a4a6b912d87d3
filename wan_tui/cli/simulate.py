"""``wan-tui simulate``: the service on this machine, for trying things without money."""

from __future__ import annotations

from dataclasses import replace

import click

from wan_tui.cli.compose import run_async
from wan_tui.cli.output import guarded
from wan_tui.cli.printer import print_line
from wan_tui.domain.errors import SettingsError
from wan_tui.simulator import FAULTS_HELP, SimulatorSettings, serve


@click.command("simulate", epilog="\b\n" + FAULTS_HELP.replace("\n\n", "\n\n\b\n"))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8484, show_default=True, help="Port of the API."
)
@click.option("--film-port", type=click.IntRange(0, 65535), default=0, help="Port of the film host; 0: any.")
@click.option(
    "--pace", type=click.FloatRange(min=0), default=20.0, show_default=True, help="Seconds a film takes."
)
@click.option(
    "--link-lifetime", type=float, default=86_400.0, show_default=True, help="Seconds a link lives."
)
@click.option(
    "--log-delay", type=float, default=2.0, show_default=True, help="Seconds until /v2/logs has an order."
)
@click.option(
    "--concurrency", type=click.IntRange(min=1), default=2, show_default=True, help="Films made at once."
)
@click.option(
    "--orders-per-minute", type=click.IntRange(min=1), default=60, show_default=True, help="Before 429."
)
def command(
    port: int,
    film_port: int,
    pace: float,
    link_lifetime: float,
    log_delay: float,
    concurrency: int,
    orders_per_minute: int,
) -> None:
    """Run the simulator until Ctrl-C. Any key is good; point the program at it with AIMLAPI_BASE_URL."""
    settings = replace(
        SimulatorSettings(),
        port=port,
        film_port=film_port,
        pace=pace,
        link_lifetime=link_lifetime,
        log_delay=log_delay,
        concurrency=concurrency,
        posts_per_minute=orders_per_minute,
    )

    def work() -> None:
        try:
            run_async(serve(settings, print_line))
        except OSError as error:
            raise SettingsError(
                f"The simulator cannot listen on port {port}: {error.strerror}",
                next_step="Choose another port with --port.",
            ) from None

    guarded(work, as_json=False)
