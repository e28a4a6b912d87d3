"""Everything known of a job, in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ui.conftest import NOW, make_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.events import DownloadProgress
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import Job, JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS
from wan_tui.domain.time_left import TimeLeft
from wan_tui.ui.jobs.job_description import Facts, describe
from wan_tui.ui.jobs.job_details import wrap

HOSTILE = "cat [/bold] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \u202eabc"


def sheet(job: Job, **facts: object) -> dict[str, str]:
    """The entries by label; of a label that comes more than once, all texts."""
    entries: dict[str, str] = {}
    for section in describe(job, Facts(NOW, NOW, **facts)):  # type: ignore[arg-type]
        for line in section.lines:
            label = line.label or section.title
            entries[label] = f"{entries[label]}\n{line.text}" if label in entries else line.text
    return entries


def test_every_parameter_of_the_table_is_there() -> None:
    """Whatever was sent is told, under the table's labels; switches as words."""
    job = make_job(1)
    entries = sheet(job)
    for parameter in MODELS[DEFAULT_MODEL].parameters:
        if parameter.name in job.parameters:
            assert parameter.label in entries
    assert entries["Prompt"] == "a paper boat number 1 on a rainy street"
    assert entries["Prompt expansion"] == "on"
    assert entries["Watermark"] == "off"
    assert entries["Model"] == f"Wan 2.1 Plus ({DEFAULT_MODEL})"


def test_a_saved_job() -> None:
    """File, size, link without its signature, its death, cost and times."""
    entries = sheet(make_job(1), film=FilmState.HERE)
    assert entries["State"] == "✓ saved: the film is on this disk"
    assert entries["File"] == "/films/2026-11-24_paper-boat_0001.mp4"
    assert entries["Size"] == "3.4 MB"
    assert entries["Link"] == "https://films.example/1.mp4?…"
    assert entries["Link expires"].startswith("in 23 h, at 2026-11-25")
    assert entries["Cost"] == "$0.42 = 420,000 credits"
    assert entries["Took"] == "1:35"
    assert "(3 min ago)" in entries["Ordered"]
    assert {"Accepted", "Completed", "Saved"} <= entries.keys()


@pytest.mark.parametrize(
    ("name", "label"),
    [("prompt", "Prompt"), ("enhance_prompt", "Prompt expansion"), ("lens\x1b[2J", "lens[2J")],
)
def test_the_field_that_the_service_complained_about(name: str, label: str) -> None:
    """By its label in the form, whichever dialect named it; a name that is none of ours as it is."""
    failure = Failure("rejected", "The service refused the order", Money.FREE, field=name)
    assert sheet(make_job(1, JobState.FAILED, error=failure))["Field"] == label


def test_a_link_lives_by_the_clock_of_the_service() -> None:
    """Ours may be 26 hours ahead: the link is not called expired for that."""
    job = make_job(1, video_url="https://cdn.example.com/a.mp4", url_expires_at=NOW + timedelta(hours=23))
    [film] = [part for part in describe(job, Facts(NOW + timedelta(hours=26), NOW)) if part.title == "Film"]
    assert [line.text.partition(",")[0] for line in film.lines if line.label == "Link expires"] == ["in 23 h"]


def test_a_missing_film_and_a_dead_link() -> None:
    """Both are said in words, not only by colour."""
    job = make_job(1, url_expires_at=NOW - timedelta(hours=3))
    entries = sheet(job, film=FilmState.MISSING)
    assert entries["File"].endswith("(missing; f fetches it again while its link is valid)")
    assert "Size" not in entries
    assert entries["Link expired"].startswith("3 h ago")


def test_a_damaged_film() -> None:
    """What is wrong with it, and the key that helps; a size it no longer has is not shown."""
    entries = sheet(make_job(1), film=FilmState.DAMAGED)
    assert entries["State"] == "✓ saved, but the film is damaged now"
    assert entries["File"].endswith(
        "(damaged: not what was saved; f fetches it again while its link is valid)"
    )
    assert "Size" not in entries


def test_a_failed_job_says_cause_money_and_next_step() -> None:
    """The three things one wants to know, and what support will ask for."""
    entries = sheet(make_job(1, JobState.FAILED))
    assert entries["Error"] == "The service's filter refused the prompt"
    assert entries["Money"] == "Not charged."
    assert entries["Next step"] == "Word it otherwise"
    assert entries["Request id"] == "req-1"


def test_a_job_in_doubt() -> None:
    """It says that nobody knows yet, and by which id it is looked for."""
    problem = Failure(
        "unconfirmed", "The line broke after the order was sent", Money.UNKNOWN, "It is looked for"
    )
    entries = sheet(make_job(1, JobState.UNCONFIRMED, problem=problem))
    assert "not known yet" in entries["State"]
    assert entries["Problem"] == "The line broke after the order was sent"
    assert entries["Money"] == "May have been charged."
    assert entries["Client id"] == "client-1.1"


def test_a_running_job() -> None:
    """Elapsed time and an honest estimate; slow is said to be slow."""
    job = make_job(1, JobState.GENERATING)
    entries = sheet(job, left=TimeLeft(20, 48))
    assert entries["Running for"] == "3:00"
    assert entries["Time left"] == "20–50 s left, judging by your earlier films"
    assert "unusually slow" in sheet(job, left=TimeLeft(0, 0, slow=True))["Time left"]
    assert "still makes and charges it" in sheet(make_job(1, JobState.QUEUED, followed=False))["Followed"]


def test_a_download_under_way() -> None:
    """A share of the whole where it is known."""
    job = make_job(1, JobState.COMPLETED)
    assert sheet(job, progress=DownloadProgress(job.id, 1_000_000, 4_000_000))["Download"] == "25 % of 4.0 MB"
    assert sheet(job, progress=DownloadProgress(job.id, 34_000, None))["Download"] == "34 kB"


def test_charged_more_than_once_is_said() -> None:
    """Two generation ids for one job are two charges."""
    entries = sheet(make_job(1, generation_ids=("gen:1", "gen:2")))
    assert entries["Charged"].startswith("2 times")
    assert entries["Generation"] == "gen:1\ngen:2"


def test_what_a_newer_version_sent_is_shown_under_its_own_name() -> None:
    """A parameter or model that this version does not know is not hidden."""
    job = make_job(1, model="alibaba/wan9", parameters={"prompt": "x", "fps": 60})
    entries = sheet(job)
    assert entries["fps"] == "60"
    assert entries["Model"] == "alibaba/wan9"


@pytest.mark.parametrize("state", JobState)
def test_no_foreign_control_characters(state: JobState) -> None:
    """Prompts and service texts are shown as harmless text in every entry, whatever the state."""
    failure = Failure(HOSTILE, HOSTILE, Money.FREE, HOSTILE, HOSTILE)
    job = make_job(
        1,
        state,
        prompt=HOSTILE,
        error=failure,
        problem=failure,
        status_word=HOSTILE,
        request_id=HOSTILE,
        film_path=HOSTILE,
        video_url=HOSTILE,
        generation_ids=(HOSTILE,),
        model=HOSTILE,
    )
    for text in sheet(job).values():
        assert not set(text) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("width", [1, 7, 22, 40, 120])
def test_wrapping_keeps_every_letter_and_the_width(width: int) -> None:
    """Words are broken only where they are longer than a line; wide characters count as two cells."""
    text = "a slow pan across a rain-soaked street " + "x" * 150 + " 龍が夜空を飛ぶ"
    wrapped = wrap(text, width)
    if width > 1:
        assert "".join("".join(wrapped).split()) == "".join(text.split())
    assert wrap("", width) == [""]


@pytest.mark.parametrize(("word", "section"), [("warming_up", ""), ("Generating", "For support")])
def test_a_state_that_only_the_service_knows_stands_on_top(word: str, section: str) -> None:
    """What it calls the state is told beside ours where it is no word of ours, and once only."""
    job = make_job(1, JobState.GENERATING, status_word=word)
    places = [
        (part.title, line.text)
        for part in describe(job, Facts(NOW, NOW))
        for line in part.lines
        if line.label == "Service says"
    ]
    assert places == [(section, word)]
