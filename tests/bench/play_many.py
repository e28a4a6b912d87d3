"""Many films played one after the other in the real studio, and the memory it takes meanwhile.

    python -m tests.bench.play_many [--films 200] [--made 12]

Makes a few films with the simulator, opens the player on the first and goes to the next one again and again, each
as soon as its picture is there. Prints resident memory along the way: flat is what is wanted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.program import Program
from tests.ui.pty_screen import PtyScreen
from wan_tui.simulator import SimulatorSettings, running_simulator

_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4")
_A_PICTURE = 20_000
"""Bytes that no bar or line of text takes: some frames have been painted."""


def resident(pid: int) -> float:
    """MB that a process has in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024


def play(studio: PtyScreen, films: int) -> list[tuple[int, float]]:
    """Go through ``films``; returns after how many so many MB were taken."""
    found = []
    studio.press("\x1b")
    studio.until(lambda: "p Play" in studio.text())
    for number in range(films):
        before = len(studio.raw)
        studio.press("n" if number else "p")
        studio.until(lambda before=before: len(studio.raw) > before + _A_PICTURE)  # type: ignore[misc]
        if number + 1 in (1, 2, 5, 10) or (number + 1) % 20 == 0:
            found.append((number + 1, resident(studio.process.pid)))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--made", type=int, default=12)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home, running_simulator(SimulatorSettings(pace=0.2)) as service:
        program = Program(Path(home), service)
        for number in range(given.made):
            ratio = _RATIOS[number % len(_RATIOS)]
            code, _, err = program.run(
                "generate", f"film {number}", "--aspect-ratio", ratio, "--wait", WAN_TUI_POLL_INTERVAL="0.2"
            )
            if code:
                raise SystemExit(err)
        with program.studio() as studio:
            studio.until(lambda: "● online" in studio.text())
            time.sleep(1.0)
            print(f"{'at first':>9}  {resident(studio.process.pid):6.1f} MB")
            for number, megabytes in play(studio, given.films):
                print(f"{number:4} films  {megabytes:6.1f} MB", flush=True)
            studio.press("q")
            studio.until(lambda: "p Play" in studio.text())
            time.sleep(2.0)
            print(f"{'closed':>9}  {resident(studio.process.pid):6.1f} MB")
            studio.press("\x11")
            print(f"exit {studio.exit_code()}")


if __name__ == "__main__":
    main()
