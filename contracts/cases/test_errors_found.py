"""Errors, what random mutants of the mock showed to be unwatched: entries that all say the same."""

from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import an_order
from contracts.spec.markers import law
from contracts.target.deployment import Deployment

TITLE, CLUSTERS = "package_title", "num_packages"
MISSING: Any = object()
MISTAKES = {
    TITLE: (MISSING, 7, "a line\nand another", "x" * 201),
    CLUSTERS: (MISSING, "seven", 21),
}
"""What may be wrong with a field of an order in different ways."""


@law("ERR-02", ruled=True)
@pytest.mark.parametrize("field", MISTAKES)
def test_different_mistakes_in_one_field_are_told_in_different_words(writable: Deployment, field: str) -> None:
    told = []
    for value in MISTAKES[field]:
        order = {**an_order(["evt_nobody"]), field: value}
        sent = {name: each for name, each in order.items() if each is not MISSING}
        answer = writable.partner.call("createPackage", body=sent)
        assertions.refused(answer, 400, field=field)
        told += [entry["message"] for entry in answer.json()["validation_errors"] if entry["field"] == field]
    assertions.equal(f"how many different messages about {field} there are", len(set(told)), len(MISTAKES[field]))
