"""Error messages: different mistakes in a field get different messages. Added after a test with random mutants."""

from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import package_order
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

TITLE_FIELD, CLUSTERS_FIELD = "package_title", "num_packages"
MISSING: Any = object()
INVALID_VALUES = {
    TITLE_FIELD: (MISSING, 7, "a line\nand another", "x" * 201),
    CLUSTERS_FIELD: (MISSING, "seven", 21),
}
"""For each field of a package order, values that are invalid in different ways."""


@property_test("ERR-02.entry_message", writes=("createPackage",))
@pytest.mark.parametrize("field", INVALID_VALUES)
def test_different_mistakes_in_one_field_are_told_in_different_words(writable: Deployment, field: str) -> None:
    messages = []
    for value in INVALID_VALUES[field]:
        order = {**package_order(["evt_nobody"]), field: value}
        sent = {name: each for name, each in order.items() if each is not MISSING}
        answer = writable.partner.call("createPackage", body=sent)
        assertions.refusal(answer, 400, field=field)
        messages += [entry["message"] for entry in answer.json()["validation_errors"] if entry["field"] == field]
    assertions.equal(f"number of different messages about {field}", len(set(messages)), len(INVALID_VALUES[field]))
