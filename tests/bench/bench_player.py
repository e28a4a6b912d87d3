"""The player measured in a pseudo-terminal, beside mpv's tct output and timg in the same run.

    python -m tests.bench.bench_player [--rounds 3] [--folder DIR]

Makes its clips with ffmpeg where DIR has none: ``noisy`` (turning fractal with film noise, a hard case),
``testsrc2`` (test card), ``mandelbrot``, ``calm``. Prints frames, gaps, bytes and CPU a second of film, the
time from a key to its effect on slow lines, the time to the first picture, and likeness (PSNR).
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from tests.bench.slow_terminal import Run, run

FILM = 5.0
_FRACTAL = "mandelbrot=s=1280x720:r=30"
CLIPS = {
    "testsrc2": ("testsrc2=s=1280x720:r=30", None, ()),
    "mandelbrot": (_FRACTAL, None, ()),
    "calm": (
        "gradients=s=1280x720:r=30:c0=0x203040:c1=0xE0C090:c2=0x704030:c3=0x305080:n=4:speed=0.01",
        None,
        (),
    ),
    "noisy": (
        f"{_FRACTAL}:start_scale=1.5:end_scale=0.05",
        "rotate=a=t*1.2:c=none,hue=h=60*t,noise=alls=12:allf=t",
        ("-b:v", "8M", "-maxrate", "8M", "-bufsize", "8M"),
    ),
}
SIZES = ((120, 40), (80, 24), (200, 50))


def make_clips(folder: Path) -> None:
    """Draw the clips that ``folder`` has not: 1280 x 720, 30 frames a second, 5 s, H.264."""
    for name, (source, effects, options) in CLIPS.items():
        clip = folder / f"{name}.mp4"
        if clip.exists():
            continue
        filters = ["-vf", effects] if effects else []
        subprocess.run(
            [
                *(
                    "ffmpeg",
                    "-loglevel",
                    "error",
                    "-f",
                    "lavfi",
                    "-i",
                    source,
                    *filters,
                    "-t",
                    "5",
                    "-r",
                    "30",
                ),
                *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "fast", "-movflags", "+faststart"),
                *(*options, str(clip)),
            ],
            check=True,
        )


def player(clip: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.ui.player_host", tempfile.gettempdir(), str(clip), *arguments]


def ours(clip: Path, columns: int, rows: int, *arguments: str) -> dict[str, float]:
    """One pass through the film from its first picture on, decoding included."""
    seen = run(player(clip, *arguments), columns, rows, 7.5)
    first = seen.asked[0]
    frames = [at for at in seen.asked if at < first + FILM]
    gaps = sorted(b - a for a, b in pairwise(frames))
    size = [count for at, count in seen.arrivals if at < first + FILM][-1] - [
        count for at, count in seen.arrivals if at < first
    ][-1]
    return {
        "fps": (len(frames) - 1) / FILM,
        "p95": gaps[int(len(gaps) * 0.95)] * 1000,
        "MB/s": size / FILM / 1e6,
        "CPU": (_cpu_at(seen, first + FILM) - _cpu_at(seen, first)) / FILM,
    }


def _cpu_at(seen: Run, moment: float) -> float:
    return next((cpu for at, cpu in seen.samples if at >= moment), seen.samples[-1][1])


def mpv(clip: Path, columns: int, rows: int) -> dict[str, float]:
    command = ["mpv", "--no-config", "--really-quiet", "--no-audio", "--vo=tct", "--vo-tct-algo=half-blocks"]
    seen = run([*command, str(clip)], columns, rows, 8.0)
    # Every row is drawn once a frame.
    drawn = re.findall(rb"\x1b\[(\d+);\d+f", bytes(seen.data))
    return _peer(seen, max(map(drawn.count, set(drawn)), default=0))


def timg(clip: Path, columns: int, rows: int) -> dict[str, float]:
    seen = run(["timg", f"-g{columns}x{rows - 3}", "-ph", "-V", str(clip)], columns, rows, 8.0)
    return _peer(seen, len(re.findall(rb"\x1b\[\d+A", bytes(seen.data))))


def _peer(seen: Run, frames: int) -> dict[str, float]:
    """The whole process: there is no telling its start from its playing."""
    return {"fps": frames / FILM, "p95": 0.0, "MB/s": len(seen.data) / FILM / 1e6, "CPU": seen.cpu / FILM}


def first_picture(clip: Path) -> float:
    """Milliseconds from the key that opens the player, in a program that has played before, to its picture."""
    seen = run(player(clip, "--closed"), 120, 40, 4.5, keys=[(1.0, b"p"), (2.0, b"q"), (3.0, b"p")])
    opened = seen.keys[-1][0]
    return (min(at for at in seen.asked if at > opened) - opened) * 1000


def key_to_effect(clip: Path, rate: float) -> list[float]:
    """Milliseconds from pressing pause, while playing over a slow line, until the bar says so."""
    presses = [3.0, 4.5, 6.0, 7.5]
    # Two of the four presses let the film go on again; both words are looked for in turn.
    seen = run(player(clip, "--far"), 120, 40, 10.0, rate=rate, keys=[(at, b" ") for at in presses])
    found = []
    for number, (pressed, _) in enumerate(seen.keys):
        word = b"paused" if number % 2 == 0 else b"playing"
        before = max((count for at, count in seen.arrivals if at < pressed), default=0)
        place = seen.data.find(word, before)
        came = next((at for at, count in seen.arrivals if 0 <= place < count), float("inf"))
        found.append((came - pressed) * 1000)
    return found


def interleaved(
    rounds: int, table: Mapping[str, Callable[[], dict[str, float]]]
) -> dict[str, dict[str, float]]:
    """Medians of so many rounds, each of which measures everybody once."""
    found: dict[str, list[dict[str, float]]] = {who: [] for who in table}
    for _ in range(rounds):
        for who, once in table.items():
            found[who].append(once())
    return {
        who: {name: statistics.median(result[name] for result in results) for name in results[0]}
        for who, results in found.items()
    }


def likeness(folder: Path) -> None:
    """PSNR "near" as means over the clips, one frame each, 120 x 34 cells drawn at 8 x 16 pixels."""
    from tests.bench.likeness import near

    for way in ("half-blocks", "half-blocks 15-bit", "half-blocks 256", "quadrants"):
        values = [near(folder / f"{name}.mp4", way) for name in CLIPS]
        print(
            f"  {way:20} {statistics.mean(values):5.1f} dB   " + "  ".join(f"{value:.1f}" for value in values)
        )


def speed(folder: Path, rounds: int) -> None:
    for columns, rows in SIZES:
        for name in ("noisy", "testsrc2"):
            clip = folder / f"{name}.mp4"
            print(f"{columns}x{rows}, {name}")
            table = {
                "ours": partial(ours, clip, columns, rows),
                "ours, thrifty": partial(ours, clip, columns, rows, "--thrifty"),
                "mpv": partial(mpv, clip, columns, rows),
                "timg": partial(timg, clip, columns, rows),
            }
            results = interleaved(rounds, {who: once for who, once in table.items() if _present(who)})
            for who, result in results.items():
                print("  " + f"{who:14}" + "".join(f"  {key} {value:6.2f}" for key, value in result.items()))


def _present(who: str) -> bool:
    return who.startswith("ours") or shutil.which(who) is not None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "wan-tui-clips")
    parser.add_argument("--only", choices=["speed", "keys", "first", "likeness"])
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    make_clips(given.folder)
    if given.only in (None, "speed"):
        speed(given.folder, given.rounds)
    if given.only in (None, "keys"):
        for rate in (1.5e6, 0.3e6):
            found = [
                ms for _ in range(given.rounds) for ms in key_to_effect(given.folder / "noisy.mp4", rate)
            ]
            print(
                f"key to effect at {rate / 1e6} MB/s: median {statistics.median(found):.0f} ms, most {max(found):.0f}"
            )
    if given.only in (None, "first"):
        found = [first_picture(given.folder / "noisy.mp4") for _ in range(given.rounds)]
        print(f"first picture: median {statistics.median(found):.0f} ms")
    if given.only in (None, "likeness"):
        print("likeness, near")
        likeness(given.folder)


if __name__ == "__main__":
    main()
