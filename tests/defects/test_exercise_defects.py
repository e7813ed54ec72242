"""No defect fails because of a mistake in its own code, such as a name that the mock no longer has."""

import subprocess
import sys

import pytest

from mock_server.operations import events
from tests.contracts.suite_process import ROOT
from tests.defects import exercise_defects, registry
from tests.defects.registry import Defect, Patch


def exercise(*options: str) -> str:
    """Run the command in a process of its own, because it forks for each defect, and return its output."""
    command = [sys.executable, "-m", "tests.defects.exercise_defects", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def a_defect(change: object) -> Defect:
    def apply(patch: Patch) -> None:
        patch.replace(events, "list_events", change)

    return Defect("a_defect", ("EVT-01",), apply, "", "events")


def test_no_defect_of_the_first_tier_has_a_mistake() -> None:
    """The other defects are left to `make soak`."""
    assert exercise() == f"no mistakes in {len(registry.first_tier())} defects\n"


@pytest.mark.soak
def test_no_defect_has_a_mistake() -> None:
    assert exercise("--all").startswith("no mistakes in ")


def test_a_wrong_name_is_a_mistake() -> None:
    (mistake, *_) = exercise_defects.find_mistakes(a_defect(lambda call, *rest: call.no_such_name))
    assert mistake.startswith("AttributeError: 'OperationCall' object has no attribute 'no_such_name'")


def test_a_wrong_number_of_arguments_is_a_mistake() -> None:
    (mistake, *_) = exercise_defects.find_mistakes(a_defect(lambda: None))
    assert mistake.startswith("TypeError: ")


def test_an_error_that_a_defect_is_about_is_no_mistake() -> None:
    assert exercise_defects.find_mistakes(a_defect(lambda *_: {}["none"])) == []
