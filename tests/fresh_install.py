"""From a fresh install to the first film: the built package, with the newest dependencies that it allows.

    python tests/fresh_install.py [PYTHON ...]

For each Python: the wheel is built, installed into an empty environment, and ``wan-tui --demo`` is run in a terminal,
as a new user would: a prompt is typed, ordered, and the film waited for. The tests run on pinned versions; this is
where a dependency that broke since is seen before users see it. Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 90.0
"""Seconds for each thing that is waited for."""
_LINES, _COLUMNS = 40, 120
_ORDER, _QUIT = b"\n", b"\x11"  # ctrl+j, ctrl+q


def main(pythons: Sequence[str]) -> int:
    failed = 0
    for python in pythons or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            try:
                seen = _first_film(_installed(python, Path(folder)), Path(folder) / "home")
            except (subprocess.CalledProcessError, RuntimeError) as error:
                failed += 1
                seen = f"failed: {error}"
            version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True)
            print(f"fresh install, {version.stdout.strip()}: {seen} ({time.monotonic() - began:.0f} s)")
    print(f"{len(pythons or [1]) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _installed(python: str, folder: Path) -> Path:
    """The ``wan-tui`` of an environment that holds the wheel and what it needs, nothing else."""
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "tests", "screenshots", "__pycache__"))
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    inside = folder / "venv" / "bin" / "python"
    pip = [str(inside), "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder / "dist", source], check=True)
    [wheel] = (folder / "dist").glob("*.whl")
    subprocess.run([*pip, "install", "--upgrade", wheel], check=True)
    return folder / "venv" / "bin" / "wan-tui"


def _first_film(program: Path, home: Path) -> str:
    """Order one film in the demo and wait until it is saved; returns what came of it. Raises RuntimeError."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
    # Without any key, and with nothing of this machine's settings.
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {**kept, "HOME": str(home), "WAN_TUI_HOME": str(home), "TERM": "xterm-256color"}
    home.mkdir()
    studio = subprocess.Popen(
        [program, "--demo"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env=environment,
        cwd=home,
        start_new_session=True,
    )
    os.close(inner)
    screen = bytearray()
    try:
        _until(
            lambda: b"demo" in screen.lower() and b"rder" in screen,
            "the studio is drawn",
            terminal,
            screen,
            studio,
        )
        time.sleep(1.0)
        os.write(terminal, b"a paper boat in the rain")
        time.sleep(1.0)  # what follows typing at once might be taken for a paste
        os.write(terminal, _ORDER)
        films = home / "data" / "demo" / "films"
        _until(lambda: any(films.glob("*.mp4")), "the film is saved", terminal, screen, studio)
        os.write(terminal, _QUIT)
        _until(lambda: studio.poll() is not None, "the studio has ended", terminal, screen, studio)
        if studio.returncode != 0:
            raise RuntimeError(f"the studio ended with exit code {studio.returncode}")
        [film] = films.glob("*.mp4")
        return f"ordered, saved {film.stat().st_size:,} bytes, ended in order"
    finally:
        studio.kill()
        studio.wait()
        os.close(terminal)


def _until(
    happened: Callable[[], bool], what: str, terminal: int, screen: bytearray, studio: subprocess.Popen[bytes]
) -> None:
    """Read the terminal until it has happened. Raises RuntimeError with the end of what it showed."""
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline or (studio.poll() is not None and what != "the studio has ended"):
            raise RuntimeError(
                f"waited in vain until {what}; the terminal's last bytes: {bytes(screen[-600:])!r}"
            )
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                screen += os.read(terminal, 65_536)
            except OSError:  # the studio has let go of it
                time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
