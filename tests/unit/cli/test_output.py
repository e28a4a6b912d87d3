"""Results to stdout, all else to stderr; the right exit code."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.domain.strategies import waiting_job
from wan_tui.cli.output import guarded, print_job, print_message
from wan_tui.domain.errors import (
    BadRequest,
    DiskFull,
    InvalidRequest,
    LibraryBusy,
    OutcomeUnknown,
    Problem,
    WanTuiError,
)

ODD = "cat [/bold] \x1b]52;c;eA==\x07 猫 \u202e\ud83d \x9b31m"


def failing(error: BaseException) -> object:
    def work() -> object:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (
            BadRequest("Bad seed", next_step="Take another."),
            1,
            "Bad seed. Nothing was ordered. Take another.",
        ),
        (LibraryBusy("It is busy."), 1, "It is busy. Nothing was ordered."),
        (
            OutcomeUnknown("The line broke", next_step="Wait."),
            1,
            "The line broke. May have been charged. Wait.",
        ),
        (DiskFull("No room"), 1, "No room. Charged."),
        (InvalidRequest([Problem("seed", "is odd")]), 2, "seed: is odd.\nNothing was ordered."),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_a_sentence_and_an_exit_code(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what became of the money; nothing on stdout."""
    with pytest.raises(SystemExit) as ended:
        guarded(failing(error), as_json=False, ordering=True)  # type: ignore[arg-type]
    assert ended.value.code == code
    assert capsys.readouterr() == ("", f"{told}\n" if told else "")


def test_where_nothing_could_be_ordered_money_is_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    """``list`` and ``show`` cost nothing; saying so would only puzzle."""
    with pytest.raises(SystemExit):
        guarded(failing(LibraryBusy("It is busy")), as_json=False)  # type: ignore[arg-type]
    assert capsys.readouterr().err == "It is busy.\n"


@pytest.mark.parametrize("error", [BadRequest("No", request_id="req-1"), InvalidRequest([Problem("a", "b")])])
def test_json_gets_the_error_too(error: WanTuiError, capsys: pytest.CaptureFixture[str]) -> None:
    """One object with the stable word."""
    with pytest.raises(SystemExit):
        guarded(failing(error), as_json=True)  # type: ignore[arg-type]
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"error": error.failure().to_json()}


def test_work_that_ends_well_gives_its_result() -> None:
    """Nothing is printed."""
    assert guarded(lambda: 7, as_json=True) == 7


def test_a_job_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever its prompt holds; as JSON every character comes back."""
    job = replace(waiting_job(), parameters={"prompt": ODD + "x" * 5000})
    print_job(job, as_json=False, film=None)
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    assert line.startswith("01JOB  waiting      cat [/bold]")
    assert line.strip("\n").isprintable()
    print_job(job, as_json=True, film=None)
    line = capsys.readouterr().out
    assert line.isascii()
    assert json.loads(line)["prompt"] == job.prompt


def test_what_is_told_is_clean_and_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr."""
    print_message(f"GET https://films.example/1.mp4?Signature=s3cr3t\n{ODD}")
    out, told = capsys.readouterr()
    assert out == ""
    assert told.count("\n") == 1
    assert told.strip("\n").isprintable()
    assert "s3cr3t" not in told


def test_a_jobs_line_shows_its_link_without_the_signature(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has the whole link: there it was asked for."""
    job = replace(waiting_job(), video_url="https://films.example/1.mp4?Signature=s3cr3t")
    print_job(job, as_json=False, film=None)
    assert capsys.readouterr().out.endswith("https://films.example/1.mp4?…\n")
    print_job(job, as_json=True, film=None)
    assert "s3cr3t" in capsys.readouterr().out
