"""Ground rules of numbers: their notation, and amounts of money, which are never rounded."""

import json
from decimal import Decimal
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, valid_requests
from contracts.dsl.steps import WINDOW_FIELD, list_adjustments, list_event_ids, read_revenue, settings_body
from contracts.dsl.valid_requests import JSON_HEADERS
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

INVALID_INTEGERS = (
    "7.0",
    "7.5",
    "+7",
    "07",
    "7e0",
    "7.",
    " 7",
    "7 ",
    "0x7",
    "1_0",
    "７",
    "-",
    "seven",
    "--7",
    "7,0",
    "null",
)
INVALID_NUMBERS = (
    *(".5", "5.", "+5", "05", "1,5", "1_000", "0x10", "NaN", "Infinity", "-Infinity", "inf", "1e", "e5", "５", " 5"),
    *("5 ", "5d", "1e400", "--5", "", "true"),
)
MONEY = (
    "0.1",
    "0.01",
    "0.005",
    "1234.56",
    "-90",
    "540.50",
    "123456789.123",
    "999999999999.99",
    "5e1",
    "1E-2",
    "0.30000000000000004",
)
TOO_MANY_DIGITS = (
    "0.10000000000000000001",
    "1.00000000000000001",
    "123456789012.12345678",
    "0.1000000000000000055511151231257827",
    "99999999999.99999999",
    "-1.00000000000000001",
    "1e-400",
)


NO_INTEGERS_IN_BODIES = (b"7.5", b'"7"', b"true", b"07", b"+7", b"NaN", b"null", b"[7]", b"7.0000001")


@property_test("BASE-12.number", writes=EVERY_WRITE)
def test_an_integer_in_a_query_is_written_as_in_json(writable: Deployment) -> None:
    for valid_request in valid_requests.harmless_requests(writable).values():
        for name, schema in valid_requests.query_schemas(writable.api_spec, valid_request):
            if schema.get("type") == "integer":
                for text in writable.sample(INVALID_INTEGERS, 3):
                    assertions.refusal(valid_request.with_query(**{name: text}).send(), 400, field=name)
                plain = valid_request.with_query(**{name: "7"}).send()
                assertions.status_one_of(f"status of {valid_request.operation_id} with {name}=7", plain, 200, 404)


@property_test("BASE-12.number", writes=EVERY_WRITE)
def test_a_number_in_a_query_is_written_as_in_json(writable: Deployment) -> None:
    valid_request = valid_requests.harmless_requests(writable)["createCampaignResult"]
    for text in writable.sample(INVALID_NUMBERS, 5):
        assertions.refusal(valid_request.with_query(revenue=text).send(), 400, field="revenue")
    for text in writable.sample(("5", "-5", "0.5", "-0.5", "5e1", "5E+1", "5e-1", "540.50", "0e0"), 3):
        assertions.refusal(valid_request.with_query(revenue=text).send(), 404)


@property_test("BASE-12.number", profile="smoke", writes=EVERY_WRITE)
def test_an_integer_in_a_body_may_have_a_fraction_of_nothing(writable: Deployment) -> None:
    for operation, name in (("replaceEvaluationSettings", WINDOW_FIELD), ("createPackage", "num_packages")):
        valid_request = valid_requests.harmless_requests(writable)[operation]
        for number in writable.sample((b"7.0", b"7.00", b"7e0", b"70e-1"), 2):
            content = (valid_request.with_body(**{name: "HERE"}).content or b"").replace(b'"HERE"', number)
            assertions.refusal(valid_request.send(content=content), 404)
        for number in writable.sample(NO_INTEGERS_IN_BODIES, 4):
            content = (valid_request.with_body(**{name: "HERE"}).content or b"").replace(b'"HERE"', number)
            assertions.refusal(valid_request.send(content=content), 400)


@example("BASE-12.number")
@pytest.mark.parametrize("number", [b"7.0", b"7e0", b"7"])
def test_seven_is_kept_as_seven(sandbox: Sandbox, number: bytes) -> None:
    package = sandbox.add_package([sandbox.add_event()], {"Jazz": sandbox.new_customer_ids(1)})
    path = f"/package_builder/packages/{package}/backhaul_evaluation_details"
    content = json.dumps(settings_body("HERE")).encode().replace(b'"HERE"', number)  # type: ignore[arg-type] # its place
    assertions.status(sandbox.partner.send("PUT", path, headers=JSON_HEADERS, content=content), 200)
    text = sandbox.partner.send("GET", path).text
    assertions.is_true(
        "the window is an integer", f'"{WINDOW_FIELD}":7,' in text.replace(" ", ""), expected=7, seen=text
    )


@example("BASE-12.money")
@pytest.mark.parametrize("amount", MONEY)
def test_money_comes_back_as_it_was_sent(sandbox: Sandbox, amount: str) -> None:
    event = sandbox.add_event()
    made = _add_row(sandbox, event, amount)
    rows = list_adjustments(sandbox.results_user, event, sandbox.partner_id)
    beside = read_revenue(sandbox.partner, event)["manual_adjustments"]
    for row in (made, *rows, *beside):
        assertions.equal(
            f"revenue of a row that was entered with {amount}", Decimal(repr(row["revenue"])), Decimal(amount)
        )


@property_test("BASE-12.money", writes=("createCampaignResult", "deleteCampaignResult"))
@hypothesis.settings(max_examples=4)  # each example makes two writes, and a real target allows only few writes
@given(data=st.data())
def test_no_amount_is_rounded(writable: Deployment, data: Any) -> None:
    event = _first_event(writable)
    cents = data.draw(st.integers(-(10**14), 10**14).filter(bool), label="hundredths, or less")
    amount = Decimal(cents).scaleb(-data.draw(st.integers(2, 4), label="places"))
    row = _add_row(writable, event, f"{amount:f}")
    try:
        stored = [
            each
            for each in list_adjustments(writable.results_user, event, writable.partner_id)
            if each["id"] == row["id"]
        ]
        for each in (row, *stored):
            assertions.equal(f"revenue of a row that was entered with {amount}", Decimal(repr(each["revenue"])), amount)
    finally:
        writable.results_user.call("deleteCampaignResult", query={"id": row["id"]})


@property_test("BASE-14.digits", profile="smoke", writes=EVERY_WRITE)
@pytest.mark.parametrize("amount", TOO_MANY_DIGITS)
def test_money_of_more_digits_than_a_double_carries_is_refused(writable: Deployment, amount: str) -> None:
    valid_request = valid_requests.harmless_requests(writable)["createCampaignResult"]
    assertions.refusal(valid_request.with_query(revenue=amount).send(), 400, field="revenue")


@example("BASE-14.digits")
def test_a_refused_amount_leaves_no_row(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    for amount in TOO_MANY_DIGITS:
        query = {"eid": event, "partner_id": sandbox.partner_id, "purchase": "1", "revenue": amount}
        assertions.refusal(sandbox.results_user.call("createCampaignResult", query=query), 400, field="revenue")
    assertions.equal("rows", list_adjustments(sandbox.results_user, event, sandbox.partner_id), [])


def _first_event(deployment: Deployment) -> str:
    return list_event_ids(deployment, 1)[0]


def _add_row(deployment: Deployment, event: str, amount: str) -> dict[str, Any]:
    query = {"eid": event, "partner_id": deployment.partner_id, "purchase": "1", "revenue": amount}
    answer = deployment.results_user.call("createCampaignResult", query=query)
    assertions.status(answer, 201)
    return dict(answer.json())
