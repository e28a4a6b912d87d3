"""The entry point: ``wan-tui`` and ``python -m wan_tui``."""

from __future__ import annotations


def main() -> None:
    from wan_tui.cli.main import cli

    cli(prog_name="wan-tui")


if __name__ == "__main__":
    main()
