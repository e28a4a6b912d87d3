"""Errors: each with its cause, whether money went, and what to do next."""

from __future__ import annotations

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain import errors
from wan_tui.domain.errors import (
    BadRequest,
    Failure,
    FilmError,
    InvalidRequest,
    Money,
    OutcomeUnknown,
    Problem,
    Refused,
    ServiceError,
    WanTuiError,
)

CLASSES = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, WanTuiError) and error is not WanTuiError
]
PLAIN = [error for error in CLASSES if error is not InvalidRequest]


@pytest.mark.parametrize("error", CLASSES)
def test_each_has_a_stable_word_and_says_about_money(error: type[WanTuiError]) -> None:
    """Scripts compare the word; nobody is left to guess about money."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    assert isinstance(error.money, Money)


@pytest.mark.parametrize("error", PLAIN)
def test_each_becomes_one_sentence_with_cause_money_and_next_step(error: type[WanTuiError]) -> None:
    """Two lines at most, ended with a full stop once."""
    failure = error("The line broke.", next_step="Wait").failure()
    assert failure.sentence == f"The line broke. {error.money.value.capitalize()}. Wait."
    assert failure.code == error.code


def test_only_doubt_and_finished_films_may_have_cost_something() -> None:
    """A refusal is free, doubt is doubt, a film that was made was paid for."""
    for error in CLASSES:
        expected = Money.FREE
        if issubclass(error, OutcomeUnknown):
            expected = Money.UNKNOWN
        elif issubclass(error, FilmError):
            expected = Money.CHARGED
        assert error.money is expected


def test_words_are_told_apart_where_the_next_step_differs() -> None:
    """Only kinds of one refusal share the word "rejected"."""
    shared = [error for error in CLASSES if error.code == "rejected"]
    assert set(shared) == {Refused, BadRequest}
    rest = [error.code for error in CLASSES if error not in shared]
    assert len(set(rest)) == len(rest)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """The drawing names every class, below its base."""
    drawn: dict[str, int] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│ ]*[├└]── )(\w+)", line):
            drawn[found[2]] = len(found[1]) // 4
    assert drawn == {error.__name__: len(error.__mro__) - len(WanTuiError.__mro__) for error in CLASSES}


def test_a_service_error_keeps_what_support_asks_for() -> None:
    """The request id goes into the job's memory of the failure."""
    error = ServiceError("No", status=400, request_id="req-1", retry_after=2.5)
    assert error.failure() == Failure("service", "No", Money.FREE, "", "req-1")
    assert (error.status, error.retry_after) == (400, 2.5)


def test_a_bad_request_knows_its_field() -> None:
    """So that the form can point at it."""
    assert BadRequest("No", field="seed", status=400).field == "seed"


def test_an_invalid_request_tells_every_problem() -> None:
    """In the message and by field."""
    error = InvalidRequest([Problem("seed", "is odd"), Problem("prompt", "is required")])
    assert error.message == "seed: is odd prompt: is required"
    assert [p.field for p in error.problems] == ["seed", "prompt"]


@given(st.none() | st.booleans() | st.integers() | st.text(max_size=5))
def test_only_a_plain_yes_or_no_settles_the_money(charged: object) -> None:
    """1, 0, "false" and null are unknown."""
    money = Money.from_charged(charged)
    assert money.charged is (charged if isinstance(charged, bool) else None)


@given(
    st.builds(
        Failure,
        code=st.text(min_size=1, max_size=10),
        message=st.text(max_size=20),
        money=st.sampled_from(Money),
        next_step=st.text(max_size=20),
        request_id=st.none() | st.text(min_size=1, max_size=10),
        field=st.none() | st.text(min_size=1, max_size=10),
    )
)
def test_a_failure_survives_the_disk(failure: Failure) -> None:
    """JSON and back is the same."""
    assert Failure.from_json(failure.to_json()) == failure


def test_the_field_that_was_complained_about_is_remembered() -> None:
    """Cleaned, as all that comes from outside; records from before there was one are read as before."""
    assert BadRequest("No", field="pro\x1bmpt").failure().field == "prompt"
    assert BadRequest("No").failure().field is None
    older = {"code": "rejected", "message": "No", "charged": False, "hint": None, "request_id": None}
    assert Failure.from_json(older) == Failure("rejected", "No", Money.FREE)


def test_a_damaged_failure_can_still_be_read() -> None:
    """Whatever is left of it is shown; the money is then unknown."""
    assert Failure.from_json({"message": 7}) == Failure("unknown", "7", Money.UNKNOWN)
