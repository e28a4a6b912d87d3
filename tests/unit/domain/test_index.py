"""The rows of the list: order, filter, and texts that cannot harm."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.library.jobs import make_job
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.filter import complaints
from wan_tui.domain.index import JobIndex
from wan_tui.domain.job import JobState
from wan_tui.domain.job_record import to_record
from wan_tui.domain.rows import PROMPT_LIMIT, JobRow, row_of


def row(number: int, **changes: object) -> JobRow:
    return row_of(str(number), to_record(make_job(number, **changes)))


@pytest.fixture
def index() -> JobIndex:
    index = JobIndex()
    index.fill(
        [
            row(1, parameters={"prompt": "A red Dragon over Köln", "seed": 7}, state=JobState.SAVED),
            row(2, parameters={"prompt": "a blue whale", "seed": 77}, starred=True),
            row(
                3,
                parameters={"prompt": "a red whale"},
                state=JobState.FAILED,
                error=Failure("rejected", "no", Money.FREE),
            ),
            row(4, parameters={"prompt": "red rubbish"}, trashed_at=make_job(4).created_at),
            row(5, model="other/model", film_path="/films/2026_whale_ab12.mp4", state=JobState.QUEUED),
        ]
    )
    return index


def numbers(rows: list[JobRow]) -> list[int]:
    return [int(r.number) for r in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [5, 3, 2, 1]),
        ("red", [3, 1]),
        ("RED  dragon", [1]),
        ("köln", [1]),
        ("whale red", [3]),
        ("whale -red", [5, 2]),
        ("seed:7", [1]),
        ("state:fail", [3]),
        ("state:saved", [1]),
        ("model:other", [5]),
        ("rejected", [3]),
        ("is:starred", [2]),
        ("is:failed", [3]),
        ("is:pending", [5, 2]),
        ("is:trashed", [4]),
        ("is:trashed red", [4]),
        ("is:nonsense", []),
        ("ab12.mp4", [5]),
        ("seed:", []),
        (make_job(2).id, [2]),
        (make_job(2).id[-8:].lower(), [2]),
    ],
)
def test_the_filter_finds_all_words(index: JobIndex, query: str, expected: list[int]) -> None:
    """Every word must be found, fields by name; the trash only when asked for; newest first."""
    assert numbers(index.filter(query)) == expected


@given(st.text(max_size=60))
def test_no_query_is_an_error(query: str) -> None:
    """Whatever is typed, there is an answer."""
    small = JobIndex()
    small.fill([row(1), row(2)])
    assert len(small.filter(query)) <= 2


@given(st.lists(st.integers(0, 30)), st.randoms())
def test_order_holds_through_any_changes(changes: list[int], random: object) -> None:
    """Newest first after every put and drop, each job once."""
    index = JobIndex()
    model: dict[int, JobRow] = {}
    for step, number in enumerate(changes):
        if step % 4 == 3 and number in model:
            index.drop(model.pop(number).id)
        else:
            model[number] = row(number, starred=step % 2 == 0)
            index.put(model[number])
        assert numbers(index.rows()) == sorted(model, reverse=True)
    assert all(index.row(r.id) == r for r in model.values())


def test_a_word_does_not_fit_by_chance() -> None:
    """Short ones are looked for in the prompt alone; an id is found by its first six letters or any eight."""
    index = JobIndex()
    film = "/films/2026-11-22_fox_7f3a.mp4"
    index.fill(row(n, parameters={"prompt": "one fox"}, film_path=film) for n in range(30))
    for letter in "0123456789abcdghijklmpqrstuvwyz":
        assert index.filter(letter) == []
    job_id = make_job(7).id
    assert len(index.filter("7f3a")) == 30
    assert len(index.filter("fo")) == 30
    assert numbers(index.filter(job_id[-8:].lower())) == [7]
    assert numbers(index.filter(job_id)) == [7]
    assert index.filter(job_id[-7:]) == []
    assert 7 in numbers(index.filter(job_id[:6]))
    assert index.filter(job_id[:5]) == []


def test_what_is_due_first_comes_first() -> None:
    """Films whose link dies soonest, then the oldest; what is settled or not followed is not pending."""
    index = JobIndex()
    index.fill(
        [
            row(1, state=JobState.QUEUED),
            row(2, state=JobState.COMPLETED, url_expires_at=make_job(900).created_at),
            row(3, state=JobState.COMPLETED, url_expires_at=make_job(800).created_at),
            row(4, state=JobState.SAVED),
            row(5, state=JobState.GENERATING, followed=False),
        ]
    )
    assert index.pending() == [make_job(n).id for n in (3, 2, 1)]
    index.put(row(3, state=JobState.SAVED))
    index.drop(make_job(1).id)
    assert index.pending() == [make_job(2).id]


def test_a_row_holds_short_clean_text() -> None:
    """Control characters, line breaks and length are gone before anything is shown."""
    nasty = "cat\x1b]52;c;AAAA\x07 [/bold]\n\u202edragon" + "x" * 5000
    made = row(1, parameters={"prompt": nasty}, film_path="/f/\x1b[31mx.mp4", model="m\x1b[0m\n")
    for text in (made.prompt, made.film, made.model):
        assert text.isprintable()
    assert "\x1b" not in made.prompt
    assert len(made.prompt) == PROMPT_LIMIT
    assert made.prompt.startswith("cat]52;c;AAAA [/bold] dragon")


@pytest.mark.parametrize(
    "damage",
    [
        {"state": "dreaming"},
        {"state": None},
        {"state": []},
        {"id": 5},
        {"created_at": "yesterday"},
        {"created_at": None},
        {"parameters": None},
    ],
)
def test_what_is_no_job_gives_no_row(damage: dict[str, object]) -> None:
    """A record without its essentials is refused with ValueError."""
    with pytest.raises(ValueError, match="not a job"):
        row_of("1", {**to_record(make_job(1)), **damage})


def test_a_damaged_detail_is_dropped() -> None:
    """Odd details do not cost the row."""
    made = row_of(
        "1",
        {
            **to_record(make_job(1)),
            "cost": {"usd": "much"},
            "error": 7,
            "film_path": 9,
            "saved_at": "soon",
            "parameters": {"prompt": 5, "seed": "x"},
        },
    )
    assert (made.usd, made.error_code, made.film, made.saved_at, made.seed) == (None, "", "", None, None)


@pytest.mark.parametrize("usd", [10**400, float("nan"), float("inf"), True])
def test_a_cost_that_nobody_has_is_none(usd: object) -> None:
    """It could not be added up, and one such record must not keep the others from being read."""
    assert row_of("1", {**to_record(make_job(1)), "cost": {"usd": usd}}).usd is None


def test_reading_while_another_thread_writes() -> None:
    """The list may be drawn at any moment."""
    index = JobIndex()
    index.fill(row(number) for number in range(200))
    stop = threading.Event()
    rows = [row(number, starred=True) for number in range(400)]

    def write() -> None:
        while not stop.is_set():
            for each in rows:
                index.put(each)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(50):
            seen = numbers(index.rows())
            assert seen == sorted(seen, reverse=True)
            index.filter("dragon state:waiting")
            index.pending()
    finally:
        stop.set()
        thread.join()


def test_words_that_can_match_nothing_are_told() -> None:
    """A state or a mark that does not exist is a slip of the fingers, not an empty answer."""
    assert complaints("dragon state:fail is:starred -state:saved seed:7 chapter:one") == []
    [state, mark] = complaints("state:frob is:shiny")
    assert "frob" in state
    assert "is:shiny" in mark


def test_what_is_unsettled_is_known_without_a_look_at_every_row(index: JobIndex) -> None:
    """Followed or not, through changes and removals; pending are those that are followed."""
    assert {row.number for row in index.unsettled()} == {"2", "4", "5"}
    index.put(row(5, state=JobState.QUEUED, followed=False))
    assert {row.number for row in index.unsettled()} == {"2", "4", "5"}
    assert row(5).id not in index.pending()
    index.put(row(2, state=JobState.SAVED))
    index.drop(row(4).id)
    assert [row.number for row in index.unsettled()] == ["5"]


def test_rows_since_a_moment(index: JobIndex) -> None:
    """The moment itself is within; also after every row and before the first."""
    rows = index.rows()[::-1]
    for at, first in enumerate(rows):
        assert index.since(first.created_at) == rows[at:]
    assert index.since(rows[-1].created_at + 1) == []
    assert index.since(0) == rows


def test_the_states_at_work_are_summed_up_as_rows_come_change_and_go(index: JobIndex) -> None:
    """After every step the sum is what counting all rows gives."""

    def counted() -> dict[JobState, int]:
        states = [one.state for one in index.rows() if one.pending]
        return {state: states.count(state) for state in states}

    assert +index.at_work() == counted()
    for change in (
        row(6, state=JobState.GENERATING),
        row(7, state=JobState.WAITING),
        row(6, state=JobState.COMPLETED),
        row(7, state=JobState.WAITING, followed=False),
        row(6, state=JobState.SAVED),
    ):
        index.put(change)
        assert +index.at_work() == counted()
    index.drop(row(5).id)
    assert +index.at_work() == counted()
