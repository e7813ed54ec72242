"""A contract is left out of a defect's run only if it runs no code that the defect replaces."""

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.operations import campaign_results, due_jobs
from mock_server.platform_api.routes import revenue as revenue_routes
from mock_server.platform_api.schemas import revenue as revenue_schemas
from mock_server.state.clock import WorkspaceClock
from tests.defects import forked_suite
from tests.defects.reach import Place, Reach
from tests.defects.registry import Patch
from tests.defects.schemathesis_in_process import FORK

REVENUE, RESULTS, STATEFUL = "a contract of revenue", "a contract of results", "a stateful test"


def place_of(function: Callable[..., Any]) -> Place:
    code = function.__code__
    return code.co_filename, code.co_firstlineno, code.co_name


def a_reach() -> Reach:
    reached = Reach(outside={place_of(WorkspaceClock.now)}, stateful={STATEFUL})
    reached.by_contract[REVENUE] = {place_of(revenue_routes.get_daily_revenue_summary)}
    reached.by_contract[RESULTS] = {
        place_of(campaign_results.create_campaign_result),
        place_of(due_jobs.run_due_jobs.steps),
    }
    reached.by_contract[STATEFUL] = set()
    return reached


def a_patch(*replaced: tuple[Any, str]) -> Patch:
    """A patch that has replaced these attributes, which keep their values."""
    patch = Patch()
    for owner, name in replaced:
        patch.replace(owner, name, getattr(owner, name))
    return patch


@pytest.mark.parametrize(
    ("owner", "name", "contract"),
    [
        pytest.param(campaign_results, "create_campaign_result", RESULTS, id="a function"),
        pytest.param(revenue_schemas, "DailyRevenueQuery", REVENUE, id="a model of an operation's query"),
        pytest.param(due_jobs, "JOB_HANDLERS", RESULTS, id="a table that a function reads"),
    ],
)
def test_the_contracts_that_run_replaced_code_remain(owner: Any, name: str, contract: str) -> None:
    assert a_reach().find_contracts(a_patch((owner, name))) == {contract, STATEFUL}


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(Patch(), id="a patch that says nothing"),
        pytest.param(a_patch((WorkspaceClock, "now")), id="code that runs outside of contracts"),
        pytest.param(a_patch((campaign_results, "create_campaign_result"), (pytest, "mark")), id="unknown code"),
    ],
)
def test_all_contracts_remain_if_any_may_run_it(patch: Patch) -> None:
    assert a_reach().find_contracts(patch) is None


def test_all_contracts_remain_if_responses_are_changed() -> None:
    patch = a_patch((campaign_results, "create_campaign_result"))
    patch.change_responses(lambda scope, response: None)
    assert a_reach().find_contracts(patch) is None


def test_a_contract_is_recorded_with_what_it_runs() -> None:
    """A request that is refused also counts for its operation, which is not called."""
    receiver, sender = FORK.Pipe(duplex=False)

    def record() -> None:
        reached = Reach()
        with reached.recording():
            forked_suite.run_once_without_defect(["law"], ["--rule", "DRS-01", "--profile", "smoke"])
        sender.send(dict(reached.by_contract))

    recording = FORK.Process(target=record)
    recording.start()
    by_contract = receiver.recv()
    recording.join()
    refused = by_contract["cases/test_revenue.py::test_the_event_is_named_event_id[eid]"]
    assert place_of(revenue_routes.get_daily_revenue_summary) in refused
    assert place_of(revenue_schemas.encode_daily_revenue.steps) not in refused
