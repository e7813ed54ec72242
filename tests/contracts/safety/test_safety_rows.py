"""How the rows that a run made are recognized: a row that may be someone else's is never deleted."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from contracts.safety import adjustment_rows, unique_amounts
from contracts.safety.ledger import Entry

RUN_ID = "ab12cd34"
OWN_AMOUNT = unique_amounts.amount(RUN_ID, 0)


def an_entry(ids_before: list[str], revenue: object = OWN_AMOUNT, created_id: object = None, number: int = 1) -> Entry:
    undo = {"kind": "row", "existing": ids_before, "purchase": "12", "revenue": str(revenue)}
    return Entry(
        number, "createCampaignResult", "", undo, 201 if created_id else None, {"id": created_id} if created_id else {}
    )


def a_row(row_id: object, revenue: object = OWN_AMOUNT, **changes: Any) -> dict[str, Any]:
    return {"id": row_id, "purchase": 12, "revenue": revenue, "source": "manual", **changes}


@pytest.mark.parametrize(
    ("entry", "listed", "made"),
    [
        pytest.param(an_entry(["a"], created_id="b"), [a_row("b"), a_row("a")], ["b"], id="the row in the response"),
        pytest.param(
            an_entry(["a"], created_id="b"), [a_row("b", 7.5)], ["b"], id="the row in the response, with another amount"
        ),
        pytest.param(an_entry(["a"], created_id="a"), [a_row("a", 7.5)], [], id="not a row that existed before"),
        pytest.param(an_entry(["a"]), [a_row("b"), a_row("a")], ["b"], id="the row with its amount"),
        pytest.param(an_entry(["a"]), [a_row("b", 7.5), a_row("a")], [], id="not a row with another amount"),
        pytest.param(
            an_entry([]), [a_row("b", source="automated")], ["b"], id="the row with its amount, of any source"
        ),
        pytest.param(
            an_entry([], 7.5), [a_row("b", 7.5, source="automated")], [], id="any amount, not an automated row"
        ),
        pytest.param(an_entry([], 7.5), [a_row("b", 7.5, source="api")], ["b"], id="any amount, of another source"),
        pytest.param(an_entry([], 7.5, created_id="b"), [a_row(17), a_row("b", 7.5)], ["b"], id="ids of other types"),
        pytest.param(an_entry(["3"], created_id=17), [a_row("17", 7.5)], ["17"], id="an id in another type"),
        pytest.param(an_entry([], 7.5, created_id="b"), [a_row("c", 7.5)], [], id="not an equal row of another id"),
        pytest.param(an_entry([]), [{"id": "b"}, a_row("c", str(OWN_AMOUNT))], ["c"], id="rows without amounts"),
        pytest.param(an_entry([], 7.5), [a_row("b", 7.5)], ["b"], id="any amount, if it is the only new row"),
        pytest.param(an_entry([], 7.5), [a_row("b", 7.5), a_row("c", 7.5)], [], id="any amount, with two equal rows"),
        pytest.param(an_entry([], 7.5), [a_row("b", 7.5, purchase=3)], [], id="any amount, with other orders"),
        pytest.param(an_entry([], "many"), [a_row("b", 7.5)], [], id="not an amount"),
        pytest.param(an_entry([], "9e999999"), [a_row("b", 7.5)], [], id="an amount that is too large"),
    ],
)
def test_a_row_is_the_runs_own_only_if_it_cannot_be_anyone_elses(
    entry: Entry, listed: list[dict[str, Any]], made: list[str]
) -> None:
    assert adjustment_rows.find_own_rows([entry], listed, RUN_ID) == made


def test_an_equal_row_of_someone_else_is_kept_after_an_answered_write() -> None:
    answered_entry, unanswered_entry = an_entry([], 7.5, created_id="a"), an_entry(["a"], 7.5, number=2)
    listed = [a_row("c", 7.5), a_row("b", 7.5), a_row("a", 7.5)]
    assert adjustment_rows.find_own_rows([answered_entry, unanswered_entry], listed, RUN_ID) == ["a"]
    assert adjustment_rows.find_own_rows([answered_entry, unanswered_entry], listed[1:], RUN_ID) == ["a", "b"]


@settings(deadline=None)  # the first example may wait for other processes
@given(st.text(min_size=1), st.integers(0, unique_amounts.CENTS_PER_RUN - 1))
def test_an_amount_is_of_its_run(run_id: str, number: int) -> None:
    value = unique_amounts.amount(run_id, number)
    assert unique_amounts.belongs_to_run(run_id, str(value))
    assert 10**6 <= value < 10**7
    assert round(value, 2) == value


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500))
def test_the_amounts_of_a_run_are_different(one: int, other: int) -> None:
    assert (unique_amounts.amount(RUN_ID, one) == unique_amounts.amount(RUN_ID, other)) == (one == other)


@pytest.mark.parametrize("text", ["49.9", "", "many", "NaN", "inf", "1e30", "-1", None, str(OWN_AMOUNT - 0.01)])
def test_no_other_amount_is_of_the_run(text: str | None) -> None:
    assert not unique_amounts.belongs_to_run(RUN_ID, text)
