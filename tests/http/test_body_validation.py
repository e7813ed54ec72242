"""A body with long lists is validated in batches, with the result of a validation at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from mock_server.control import test_data_routes
from mock_server.control.test_data_schemas import PackageRequest, PurchasesRequest
from mock_server.domain.errors import MAX_PROBLEMS, Problem
from mock_server.domain.pieces import PIECE_UNITS
from mock_server.http.body_validation import validate_body, validate_in_batches
from mock_server.http.model_spec import LongListAt, ModelSpec
from tests.builders import ACME
from tests.example_requests import a_client

ROW = {"customer_id": "cus_1", "event_id": "evt_1", "at": "2026-08-10T00:00:00Z", "tickets": 1, "revenue": 9.99}
ROW |= dict.fromkeys(("fd", "meta", "external"), "campaign")
WRONG = (None, 0, "", "\x01", [], {}, 1e400, 10**30, "campaign")

rows = st.one_of(
    st.just(ROW),
    st.builds(
        lambda kept, changes: {**{name: ROW[name] for name in kept}, **changes},
        st.sets(st.sampled_from(sorted(ROW))),
        st.dictionaries(st.sampled_from([*sorted(ROW), "unknown"]), st.sampled_from(WRONG), max_size=3),
    ),
    st.sampled_from(WRONG),
)
names = st.one_of(st.integers(1, 10**6).map(str), st.sampled_from(WRONG))
clusters = st.one_of(
    st.builds(lambda tc, customers: {"tc": tc, "customers": customers}, names, st.lists(names, max_size=12)),
    st.builds(lambda tc, customers: {"tc": tc, "customers": customers}, names, st.sampled_from(WRONG)),
    st.sampled_from(WRONG),
)
purchase_bodies = st.one_of(
    st.fixed_dictionaries({"purchases": st.lists(rows, max_size=12)}, optional={"unknown": st.just(1)}),
    st.fixed_dictionaries({"purchases": st.sampled_from(WRONG)}),
)
package_bodies = st.fixed_dictionaries(
    {"partner_id": names, "title": st.just("x"), "event_ids": st.just(["evt_1"])},
    optional={"clusters": st.lists(clusters, max_size=5), "unknown": st.just(1)},
)


def a_spec(model: type[BaseModel], path: tuple[str, ...], batch_size: int) -> ModelSpec:
    return ModelSpec(model, [LongListAt(path, PIECE_UNITS // batch_size)])


def validate(adapter: Any, content: bytes) -> Any:
    return adapter.validator.validate_json(content, extra=None, context=None)


def assert_same_result(spec: ModelSpec, body: object) -> None:
    content = json.dumps(body).encode()
    problems: list[Problem] = []
    expected_problems: list[Problem] = []
    expected = validate_body(spec, content, validate, expected_problems)
    assert validate_in_batches(spec, content, validate, problems) == expected
    assert len(problems) == len(expected_problems)
    if len(problems) <= MAX_PROBLEMS:
        assert sorted(map(repr, problems)) == sorted(map(repr, expected_problems))


@given(purchase_bodies, st.integers(1, 4))
def test_purchases_in_batches_have_the_result_of_purchases_at_once(body: object, batch_size: int) -> None:
    assert_same_result(a_spec(PurchasesRequest, ("purchases",), batch_size), body)


@given(package_bodies, st.integers(1, 4))
def test_customers_in_batches_have_the_result_of_customers_at_once(body: object, batch_size: int) -> None:
    assert_same_result(a_spec(PackageRequest, ("clusters", "customers"), batch_size), body)


@pytest.mark.parametrize(
    "content", [b"", b"[", b"[1]", b"1", b'{"purchases":[}', b'{"purchases":["\\ud800"]}', b"\xff"]
)
def test_what_is_no_object_has_the_problems_of_a_validation_at_once(content: bytes) -> None:
    spec = a_spec(PurchasesRequest, ("purchases",), 2)
    problems: list[Problem] = []
    expected: list[Problem] = []
    validate_body(spec, content, validate, expected)
    assert validate_in_batches(spec, content, validate, problems) is None
    assert problems == expected != []


@pytest.mark.parametrize(
    ("spec", "body"),
    [
        (ModelSpec(PurchasesRequest, [test_data_routes.PURCHASES]), {"purchases": [ROW] * 5_001}),
        (
            ModelSpec(PackageRequest, [test_data_routes.CUSTOMERS, test_data_routes.MAX_PACKAGE_VALUES]),
            {
                "partner_id": "p",
                "title": "x",
                "event_ids": ["e"],
                "clusters": [{"tc": "t", "customers": ["c"] * 100_001}],
            },
        ),
    ],
    ids=["purchases", "customers"],
)
def test_a_list_that_is_too_long_has_one_problem(spec: ModelSpec, body: object) -> None:
    spec.max_values = test_data_routes.MAX_PACKAGE_VALUES
    assert_same_result(spec, body)


def test_each_step_validates_at_most_one_batch() -> None:
    spec = ModelSpec(PurchasesRequest, [test_data_routes.PURCHASES, test_data_routes.MAX_PURCHASE_VALUES])
    sizes: list[int] = []

    def count(adapter: Any, content: bytes) -> Any:
        value = json.loads(content)
        sizes.append(len(value) if isinstance(value, list) else len(value["purchases"]))
        return validate(adapter, content)

    content = json.dumps({"purchases": [{"unknown": 1}] * 5_000}).encode()
    steps = validate_in_batches.steps(spec, content, count, [])
    units, validated = [], []
    for each in steps:
        units.append(each)
        validated.append(sum(sizes))
        sizes.clear()
    assert sum(validated) == 5_000
    assert max(validated) <= PIECE_UNITS // test_data_routes.PURCHASES.item_units + 1
    assert sum(units) > 50 * PIECE_UNITS


@pytest.mark.parametrize("long", [{"a": 0} | {f"m{index}": 0 for index in range(20_000)}, [0] * 20_000])
def test_values_outside_the_long_lists_have_the_default_limit(long: object) -> None:
    client = a_client()
    body = {"purchases": [ROW], "unknown": long}
    answer = client.control("POST", "/purchases", json=body)
    entries = answer.json()["validation_errors"]
    assert (answer.status_code, [entry["code"] for entry in entries]) == (400, ["length"])
    assert entries[0]["message"].endswith("JSON values outside purchases")


@pytest.mark.parametrize("changed", [{"tc": "0"}, {"customers": ["0-199"]}], ids=["tc", "customer"])
def test_clusters_of_a_large_package_must_be_disjoint(changed: dict[str, object]) -> None:
    client = a_client()
    many = [{"tc": f"{tc}", "customers": [f"{tc}-{number}" for number in range(200)]} for tc in range(20)]
    order = {"partner_id": ACME, "title": "Large", "event_ids": ["evt_1"]}
    refused = client.control(
        "POST", "/packages", json={**order, "clusters": [*many, {"tc": "x", "customers": [], **changed}]}
    )
    assert refused.status_code == 400
    assert [entry["code"] for entry in refused.json()["validation_errors"]] == ["duplicate"]
    added = client.control("POST", "/packages", json={**order, "clusters": many})
    assert [cluster["customers"] for cluster in added.json()["content"]["clusters"]] == [200] * 20
