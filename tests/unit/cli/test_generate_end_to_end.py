"""Ordering from the shell: the real program, real HTTP, a till to compare with."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import pytest
from tinydb import TinyDB, where

from tests.made_up_model import MADE_UP
from tests.patience import PATIENCE
from tests.program import REPOSITORY
from tests.unit.cli.conftest import Shop
from wan_tui import __version__
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.media.recipe import read_recipe
from wan_tui.simulator import Fault, SimulatorSettings, running_simulator
from wan_tui.simulator.catalog import UNIVERSAL_PATH, SchemaField, VendorModel

ODD = "cat [/bold] [@click=app.quit]x[/] 猫 \N{CAT FACE} שלום \x1b]52;c;eA==\x07 \x9b31m \"quoted\" 'q' \\n $HOME %s"


@pytest.mark.parametrize("dialect", Dialect)
def test_every_parameter_travels_as_set_and_the_film_is_on_disk(
    shop: Shop, home: Path, dialect: Dialect
) -> None:
    """All eight by their flags, none at its default, in either dialect; one order in the till; a whole film."""
    prompt = f"a paper boat, {dialect}"
    [job] = shop.jobs(
        *("--endpoint", dialect, "generate", prompt, "--model", DEFAULT_MODEL),
        *("--negative-prompt", "rain, ‘fog’", "--resolution", "720P", "--aspect-ratio", "9:16"),
        *("--seed", "2147483647", "--no-enable-prompt-expansion", "--watermark", "--wait"),
    )
    expansion = "enable_prompt_expansion" if dialect is Dialect.VENDOR else "enhance_prompt"
    [order] = shop.orders(prompt)
    assert order["path"] == dialect.path
    assert order["body"] == {
        "model": DEFAULT_MODEL,
        "prompt": prompt,
        "negative_prompt": "rain, ‘fog’",
        "resolution": "720P",
        "aspect_ratio": "9:16",
        "seed": 2147483647,
        expansion: False,
        "watermark": True,
    }
    assert order["client_request_id"].startswith(f"{job['id']}.1.")
    assert (job["state"], job["endpoint"], job["generation_id"]) == ("saved", dialect, order["generation_id"])
    assert job["parameters"] == {
        ("enable_prompt_expansion" if name == expansion else name): v for name, v in order["body"].items()
    }
    assert (job["seed"], job["error"], job["cost"]["usd"]) == (2147483647, None, order["usd"])
    film = Path(job["film_path"])
    assert film.parent == home / "wan-tui" / "films"
    assert stat.S_IMODE(film.stat().st_mode) == 0o600
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 720, 1280)
    assert [path.name for path in film.parent.iterdir()] == [film.name]
    with TinyDB(home / "wan-tui" / "data" / "history.json", access_mode="r") as database:
        assert database.all()[0]["film_size"] == film.stat().st_size
    recipe = read_recipe(film)
    assert recipe is not None
    assert (recipe.model, dict(recipe.parameters)) == (DEFAULT_MODEL, job["parameters"])
    assert (recipe.generation_id, recipe.cost_usd) == (job["generation_id"], job["cost"]["usd"])
    assert recipe.program == f"wan-tui {__version__}"


def test_defaults_and_a_drawn_seed_travel_too(shop: Shop) -> None:
    """What is not said is decided here and recorded, so that the film can be made again."""
    [job] = shop.jobs("generate", "only words")
    [order] = shop.orders("only words")
    assert order["body"] == {
        "model": DEFAULT_MODEL,
        "prompt": "only words",
        "resolution": "720P",
        "aspect_ratio": "16:9",
        "seed": job["seed"],
        "enable_prompt_expansion": True,
        "watermark": False,
    }
    assert job["state"] in ("queued", "generating", "completed")


def test_a_prompt_comes_by_argument_file_or_stdin_byte_for_byte(shop: Shop, tmp_path: Path) -> None:
    """Odd characters and 5,000 of them; shown later as harmless text; fetched by sync."""
    long = "猫 and " * 1000
    file = tmp_path / "prompt.txt"
    file.write_text(long + "\n", encoding="utf-8")
    ids = [
        shop.jobs("generate", ODD)[0]["id"],
        shop.jobs("generate", "--file", str(file))[0]["id"],
        shop.jobs("generate", "-", stdin=ODD + " by stdin\n")[0]["id"],
    ]
    assert [len(shop.orders(prompt)) for prompt in (ODD, long, ODD + " by stdin")] == [1, 1, 1]
    shop.jobs("sync", "--watch")
    assert {job["id"]: job["state"] for job in shop.jobs("list")} == dict.fromkeys(ids, "saved")
    for arguments in (["list"], ["show", ids[0]], ["show", ids[1]]):
        shown = shop.run(*arguments)
        assert shown.returncode == 0
        assert all(line.isprintable() for line in shown.stdout.splitlines())
        assert "cat [/bold]" in shown.stdout or "猫 and" in shown.stdout
    assert shop.jobs("show", ids[0])[0]["prompt"] == ODD


def test_a_long_prompt_is_warned_about_and_sent_whole(shop: Shop) -> None:
    """On stderr; stdout stays JSON."""
    prompt = "b" * 801
    done = shop.run("generate", prompt, "--json")
    assert done.returncode == 0
    assert "the model reads 800 characters; the last 1 are ignored" in done.stderr
    assert json.loads(done.stdout)["prompt"] == prompt
    assert len(shop.orders(prompt)) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_who_stops_waiting_loses_nothing(shop: Shop, number: signal.Signals, code: int) -> None:
    """Interrupted at the wait, the job goes on at the service; sync brings the film. One in the till."""
    prompt = f"interrupted by {number}"
    shop.simulator.inject(Fault("GET /v2/*", delay=1.0))
    with subprocess.Popen(
        [sys.executable, "-m", "wan_tui", "generate", prompt, "--wait", "--json"],
        cwd=REPOSITORY,
        env={**os.environ, **shop.variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stderr is not None
        assert "waiting for the film" in program.stderr.readline()
        program.send_signal(number)
        out, told = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out) == (code, "")
    assert "Traceback" not in told
    shop.jobs("sync", "--watch")
    assert [job["state"] for job in shop.jobs("list")] == ["saved"]
    assert len(shop.orders(prompt)) == 1


def test_a_job_is_found_by_any_of_its_names(shop: Shop) -> None:
    """The beginning of its id, its generation id, its film."""
    [job] = shop.jobs("generate", "named", "--wait")
    for name in (job["id"], job["id"][:12].lower(), job["generation_id"], Path(job["film_path"]).name):
        assert [found["id"] for found in shop.jobs("show", name)] == [job["id"]]
    assert shop.jobs("show", "nothing", code=1)[0]["error"]["code"] == "library"


def test_the_list_is_newest_first_and_can_be_filtered(shop: Shop) -> None:
    """By words, by state, by number."""
    for number in range(3):
        shop.jobs("generate", f"listed {number}", "--seed", str(number))
    prompts = [job["prompt"] for job in shop.jobs("list")]
    assert prompts == ["listed 2", "listed 1", "listed 0"]
    assert [job["prompt"] for job in shop.jobs("list", "-n", "1")] == ["listed 2"]
    assert [job["prompt"] for job in shop.jobs("list", "seed:1")] == ["listed 1"]
    assert shop.jobs("list", "unheard-of") == []


def test_the_history_opens_with_stock_tinydb_and_is_private(shop: Shop, home: Path) -> None:
    """After the program has closed it; the key is nowhere in the user's folder, and nobody else can read there."""
    [job] = shop.jobs("generate", "for others to read", "--wait")
    with TinyDB(home / "wan-tui" / "data" / "history.json", access_mode="r") as database:
        [document] = database.search(where("id") == job["id"])
    assert document["prompt"] == "for others to read"
    kept = list((home / "wan-tui").rglob("*"))
    files = [path for path in kept if path.is_file()]
    assert all(shop.variables["AIMLAPI_API_KEY"].encode() not in path.read_bytes() for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_dir()} == {0o700}


def test_a_made_up_model_is_ordered_by_its_own_flags() -> None:
    """One new entry in the table: flags, checks, wire body and address follow."""
    service = VendorModel(
        MADE_UP.id,
        MADE_UP.label,
        1.0,
        (
            SchemaField("model", "string", required=True),
            SchemaField("prompt", "string", required=True),
            SchemaField("mood", "string", ("calm", "wild")),
            SchemaField("length", "integer", (5, 10)),
            SchemaField("seamless_loop", "boolean"),
            SchemaField("score", "string"),
            SchemaField("seed", "integer"),
        ),
    )
    settings = SimulatorSettings(pace=0.1, film_seconds=1, models={MADE_UP.id: service})
    with running_simulator(settings) as simulator:
        shop = Shop(simulator)
        made_up: dict[str, Any] = {"module": "tests.made_up_model"}
        shown = shop.run("generate", "--help", **made_up).stdout
        assert "--mood calm|wild" in shown
        assert "--loop / --no-loop" in shown
        flags = ("--model", MADE_UP.id, "--mood", "wild", "--length", "10", "--no-loop", "--score", "waltz")
        [job] = shop.jobs("generate", "clocks", *flags, "--seed", "5", "--wait", **made_up)
        assert job["state"] == "saved"
        [order] = shop.orders("clocks")
        assert (order["path"], order["ignored"]) == (UNIVERSAL_PATH, [])
        assert order["body"] == {
            "model": MADE_UP.id,
            "prompt": "clocks",
            "mood": "wild",
            "length": 10,
            "seamless_loop": False,
            "score": "waltz",
            "seed": 5,
        }
        refused = shop.run("generate", "clocks", "--model", MADE_UP.id, "--watermark", **made_up)
        assert refused.returncode == 2
        assert "watermark: is not a parameter of Dream 2." in refused.stderr
