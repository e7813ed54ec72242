"""A property that found no case is inconclusive, and says what was missing."""

import pytest

from contracts.dsl.cases import require_case, require_cases
from contracts.spec.verdicts import InconclusiveError


def test_cases_that_were_found_are_returned() -> None:
    assert require_cases(iter("ab"), "a letter") == ["a", "b"]


def test_no_case_is_inconclusive_with_what_was_missing() -> None:
    with pytest.raises(InconclusiveError, match="an event with two rows"):
        require_cases([], "an event with two rows")
    with pytest.raises(InconclusiveError, match="a series with rows"):
        require_case(False, "a series with rows")
    require_case(True, "a series with rows")
