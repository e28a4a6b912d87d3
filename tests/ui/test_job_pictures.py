"""Pictures of the job pane in its main states. Each docstring says what must be seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.ui.conftest import NOW, FakeEngine, make_job, when_ready
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import JobState
from wan_tui.ui.app import Studio

Make = Callable[..., Studio]
Picture = Callable[..., bool]
pytestmark = pytest.mark.latest_films


def variety() -> FakeEngine:
    """A job in each state, one of them in Japanese, one with markup, one with emoji and a star."""
    failed = Failure(
        "moderation", "The prompt was refused by a filter", Money.FREE, "Word it otherwise", "req-5"
    )
    unreachable = Failure("unreachable", "No route to the service", Money.FREE, "It goes on by itself")
    return FakeEngine(
        [
            make_job(0, JobState.QUEUED, "a paper boat on a rainy street, seen from above"),
            make_job(
                1,
                JobState.GENERATING,
                "龍が夜空を飛ぶ、雨の東京、ネオン、スローモーション、映画的な照明、望遠",
            ),
            make_job(2, JobState.WAITING, problem=unreachable),
            make_job(3, JobState.COMPLETED),
            make_job(4, starred=True, prompt="🐉 a dragon over the harbour at dusk, long lens, mist"),
            make_job(5, JobState.FAILED, "cat [/bold] [@click=app.quit]x[/]", error=failed),
            make_job(6, JobState.UNCONFIRMED),
            make_job(7, JobState.EXPIRED),
            make_job(8, JobState.CANCELLED),
            make_job(9, JobState.SUBMITTING),
            *(make_job(n) for n in range(10, 40)),
            make_job(900, url_expires_at=NOW - timedelta(hours=3)),
        ]
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_list(snap_compare: Picture, studio: Make, size: tuple[int, int]) -> None:
    """The list has the focus: a row a job, sign and word of its state, aligned times and notes, prompts cut
    with an ellipsis, wide letters in place. The third row is marked with ◆, the cursor is a full bar with ›
    on the fourth. Border: number of jobs and of marks. At 120 columns the details of the fourth job below.
    """
    keys = ["escape", "j", "j", "space"]
    assert snap_compare(studio(variety()), run_before=when_ready, press=keys, terminal_size=size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_details_of_a_failure(snap_compare: Picture, studio: Make, size: tuple[int, int]) -> None:
    """The details have the focus: state, error, money and next step on top, then the prompt with its brackets
    as they are, then all parameters. Labels in one column, texts in another.
    """
    keys = ["escape", "j", "j", "j", "j", "j", "enter"]
    assert snap_compare(studio(variety()), run_before=when_ready, press=keys, terminal_size=size)


def test_details_of_a_saved_film(snap_compare: Picture, studio: Make) -> None:
    """Film with file, size, link without its signature, the time until it dies, and cost."""
    assert snap_compare(
        studio(variety()), run_before=when_ready, press=["escape", *"jjjj", "enter"], terminal_size=(80, 24)
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_filter(snap_compare: Picture, studio: Make, size: tuple[int, int]) -> None:
    """The filter stands above the header with the focus in it; only the failed job is left; border: 1 of 41;
    the keys below offer what holds in the field.
    """
    keys = ["escape", "slash", *"state:failed"]
    assert snap_compare(studio(variety()), run_before=when_ready, press=keys, terminal_size=size)


def test_nothing_matches(snap_compare: Picture, studio: Make) -> None:
    """One sentence in the middle of the empty list names what was looked for."""
    assert snap_compare(
        studio(variety()), run_before=when_ready, press=["escape", "slash", *"zebra"], terminal_size=(80, 24)
    )


def test_no_films_yet(snap_compare: Picture, studio: Make) -> None:
    """The empty library says what to do; the keys below offer nothing that needs a job."""
    assert snap_compare(studio(FakeEngine()), run_before=when_ready, press=["escape"], terminal_size=(80, 24))


def test_copy_menu(snap_compare: Picture, studio: Make) -> None:
    """A small box over the dimmed list: five things to copy with their letters."""
    assert snap_compare(
        studio(variety()), run_before=when_ready, press=["escape", *"jjjj", "y"], terminal_size=(80, 24)
    )


def test_order_again_in_doubt(snap_compare: Picture, studio: Make) -> None:
    """A warning over the dimmed list: it may cost a second time, the price, y orders, n leaves it."""
    assert snap_compare(
        studio(variety()), run_before=when_ready, press=["escape", *"jjjjjj", "r"], terminal_size=(80, 24)
    )


def test_show_text(snap_compare: Picture, studio: Make) -> None:
    """A bare screen: every text in full at the left edge, with nothing beside it."""
    assert snap_compare(
        studio(variety()), run_before=when_ready, press=["escape", *"jjjj", "y", "s"], terminal_size=(80, 24)
    )


def test_small_window(snap_compare: Picture, studio: Make) -> None:
    """At 60x20 the list is still a list: state, time, prompt; the status bar keeps the count."""
    assert snap_compare(
        studio(variety()), run_before=when_ready, press=["escape", "j"], terminal_size=(60, 20)
    )
