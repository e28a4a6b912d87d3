"""Values of JSON that anybody may have written."""

from __future__ import annotations

import pytest

from wan_tui.domain.json_values import as_amount, as_text, as_whole

ODD: tuple[object, ...] = (None, True, False, [], {}, [1], {"a": 1})


@pytest.mark.parametrize("value", ODD)
def test_what_is_of_no_kind_is_none(value: object) -> None:
    """True is no number, whatever Python says."""
    assert (as_text(value), as_whole(value), as_amount(value)) == (None, None, None)


def test_each_takes_its_own_kind() -> None:
    """As it is; a whole number is an amount too."""
    assert (as_text("a "), as_text(""), as_text(1)) == ("a ", None, None)
    assert (as_whole(-3), as_whole(3.0), as_whole("3")) == (-3, None, None)
    assert (as_amount(3), as_amount(-0.5), as_amount("3")) == (3.0, -0.5, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e15, 10**400])
def test_amounts_that_nobody_has_are_none(value: float) -> None:
    """They could not be added up, shown or written down."""
    assert as_amount(value) is None
