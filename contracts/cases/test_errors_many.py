"""Many problems in one request: the first 20 are listed, and the others are counted."""

from typing import Any

import httpx2
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.steps import package_order
from contracts.spec.markers import EVERY_WRITE, property_test
from contracts.target.deployment import Deployment

MAX_LISTED = 20
NAMES = [f"contracts_unknown_{number}" for number in range(33)]


@property_test("ERR-02.too_many", writes=("createPackage",))
@pytest.mark.parametrize("count", [19, 20, 21, 33])
def test_of_many_wrong_values_the_first_20_are_listed_and_the_others_counted(writable: Deployment, count: int) -> None:
    answer = writable.partner.call("createPackage", body=package_order([None] * count))
    _expect_entries(answer, [f"event_ids.{index}" for index in range(count)])


@property_test("ERR-02.too_many", writes=EVERY_WRITE)
def test_of_many_unknown_names_the_first_20_are_listed_and_the_others_counted(writable: Deployment) -> None:
    for valid_request in writable.sample(valid_requests.harmless_requests(writable).values(), 6):
        query = "&".join(f"{name}=1" for name in NAMES)
        _expect_entries(valid_request.send(extra_query=query), NAMES)
        if valid_request.body is not None:
            unknown = dict.fromkeys(NAMES, 1)
            _expect_entries(valid_request.with_body(**unknown).send(), NAMES)


def _expect_entries(answer: httpx2.Response, fields: list[str]) -> None:
    """Check that the entries name these fields, or the first 20 of them followed by the number of the others."""
    assertions.refusal(answer, 400)
    entries: list[dict[str, Any]] = answer.json()["validation_errors"]
    listed, others = entries[:MAX_LISTED], entries[MAX_LISTED:]
    assertions.equal("fields of the first entries", [entry["field"] for entry in listed], fields[:MAX_LISTED])
    rest = len(fields) - MAX_LISTED
    assertions.equal("codes of other entries", [entry["code"] for entry in others], ["too_many"] if rest > 0 else [])
    for entry in others:
        assertions.is_true("the message counts the others", str(rest) in entry["message"].split(), seen=entry)
