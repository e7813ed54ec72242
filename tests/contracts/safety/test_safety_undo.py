"""Writes are undone, and said to be undone, on targets that answer otherwise than the mock."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contracts.cli import cleanup
from contracts.dsl import steps
from contracts.safety import ledger
from contracts.safety.ledger import Ledger
from contracts.safety.undo import UndoReport
from mock_server.state.workspace import Workspace
from tests.contracts.safety import guarded_run
from tests.contracts.safety.guarded_run import OTHERS_ROW, GuardedRun
from tests.mock_harness import running_server

ROWS_PATH = "/api/v3/campaign_results/"
Row = dict[str, Any]


class OtherTarget(httpx2.HTTPTransport):
    """The mock behind a gateway that changes what it says about rows.

    `change_row` changes each row that it shows, and `answer_creation` the whole answer to a creation. `delete` gets a
    deletion and its number, and returns an answer, or None to pass the deletion on to the mock.
    """

    def __init__(
        self,
        change_row: Callable[[Row], object] = lambda row: row,
        answer_creation: Callable[[Row], httpx2.Response] | None = None,
        delete: Callable[[int], httpx2.Response | None] = lambda number: None,
        deleted_status: int = 204,
    ) -> None:
        super().__init__(verify=False)
        self._change_row, self._answer_creation, self._delete = change_row, answer_creation, delete
        self._deleted_status = deleted_status
        self.deletions: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path != ROWS_PATH:
            return super().handle_request(request)
        if request.method == "DELETE":
            return self._answer_deletion(request)
        answer = super().handle_request(request)
        body = json.loads(answer.read())
        if request.method == "POST" and self._answer_creation is not None:
            return self._answer_creation(body)
        changed = [self._change_row(row) for row in body] if isinstance(body, list) else self._change_row(body)
        return an_answer(changed, answer.status_code)

    def _answer_deletion(self, request: httpx2.Request) -> httpx2.Response:
        self.deletions.append(request.url.params["id"])
        answer = self._delete(len(self.deletions))
        if answer is None:
            answer = super().handle_request(request)
            answer.status_code = self._deleted_status if answer.status_code == 204 else answer.status_code
        return answer


def an_answer(body: object, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, json=body, headers={"x-request-id": "1"})


def set_source(row: Row) -> Row:
    return {**row, "source": "api", "note": None}


@pytest.fixture
def workspace() -> Workspace:
    return guarded_run.a_target_workspace()


@pytest.fixture
def make_run(workspace: Workspace, tmp_path: Path) -> Iterator[Callable[[OtherTarget], GuardedRun]]:
    with running_server(workspace) as origin:
        runs: list[GuardedRun] = []

        def make(transport: OtherTarget) -> GuardedRun:
            runs.append(GuardedRun(guarded_run.a_target(origin), tmp_path, transport=transport))
            return runs[-1]

        yield make
        for run in runs:
            run.close()


MakeRun = Callable[[OtherTarget], GuardedRun]


def write_row(run: GuardedRun, revenue: float | None = None) -> None:
    """Enter a row as a contract does. An answer that the document does not have ends the contract."""
    with suppress(AssertionError):
        guarded_run.a_row(run.deployment, revenue=revenue or steps.unique_revenue(run.deployment))


def clean_up(run: GuardedRun, transport: OtherTarget) -> UndoReport:
    run.guard.close()
    with closing(Ledger.reopen(run.file)) as reopened, httpx2.Client(transport=transport) as http:
        return cleanup.undo_ledger(reopened, run.target.users, http, guarded_run.load_promises())


def row_ids(workspace: Workspace) -> list[str]:
    return [row.id for row in workspace.store.results]


CREATION_ANSWERS: dict[str, Callable[[Row], httpx2.Response]] = {
    "200": lambda row: an_answer(row, 200),
    "202 with a further member": lambda row: an_answer({**row, "state": "queued"}, 202),
    "the row in a member": lambda row: an_answer({"data": row}, 201),
    "the row in a list": lambda row: an_answer([row], 201),
    "no body": lambda row: httpx2.Response(204),
    "no JSON": lambda row: httpx2.Response(201, text="created"),
    "the id as an array": lambda row: an_answer({**row, "id": [row["id"]]}, 201),
    "an error after the row was stored": lambda row: httpx2.Response(500),
}


@pytest.mark.parametrize("answer", CREATION_ANSWERS.values(), ids=CREATION_ANSWERS)
def test_a_row_is_undone_whatever_the_answer_to_its_creation(
    make_run: MakeRun, workspace: Workspace, answer: Callable[[Row], httpx2.Response]
) -> None:
    run = make_run(OtherTarget(answer_creation=answer))
    write_row(run)
    assert len(row_ids(workspace)) == 2
    assert run.guard.undo() == UndoReport()
    assert row_ids(workspace) == [OTHERS_ROW]


@pytest.mark.parametrize("revenue", [None, 7.25], ids=["an amount of the run", "any amount"])
@pytest.mark.parametrize("deleted_status", [200, 202, 204])
def test_rows_of_another_source_are_undone(
    make_run: MakeRun, workspace: Workspace, revenue: float | None, deleted_status: int
) -> None:
    run = make_run(OtherTarget(set_source, deleted_status=deleted_status))
    write_row(run, revenue)
    write_row(run, revenue)
    assert run.guard.undo() == UndoReport()
    assert row_ids(workspace) == [OTHERS_ROW]


class NumericIds:
    """Shows each row's id as a number, or as the digits of the number in an answer to a creation."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def __call__(self, row: Row) -> Row:
        if row["id"] not in self.ids:
            self.ids.append(row["id"])
        return {**row, "id": 1000 + self.ids.index(row["id"])}


def test_rows_with_numeric_ids_are_undone(make_run: MakeRun, workspace: Workspace) -> None:
    numbers = NumericIds()

    class NumericTarget(OtherTarget):
        def _answer_deletion(self, request: httpx2.Request) -> httpx2.Response:
            number = int(request.url.params["id"]) - 1000
            url = request.url.copy_set_param("id", numbers.ids[number])
            return super()._answer_deletion(httpx2.Request("DELETE", url, headers=request.headers))

    as_text = NumericTarget(numbers, answer_creation=lambda row: an_answer({"id": str(numbers(row)["id"])}, 201))
    run = make_run(as_text)
    write_row(run, 7.25)
    assert run.guard.undo() == UndoReport()
    assert row_ids(workspace) == [OTHERS_ROW]


def test_a_deletion_that_fails_once_is_reported_and_repeated_by_cleanup(
    make_run: MakeRun, workspace: Workspace, tmp_path: Path
) -> None:
    target = OtherTarget(delete=lambda number: httpx2.Response(500) if number == 1 else None)
    run = make_run(target)
    write_row(run)
    (failed,) = run.guard.undo().failed
    assert "still listed after their deletion" in failed
    assert "answered 500" in failed
    assert [contents.run_id for contents in ledger.list_unfinished(tmp_path)] == [run.target.run_id]
    assert clean_up(run, target) == UndoReport()
    assert row_ids(workspace) == [OTHERS_ROW]
    assert ledger.list_unfinished(tmp_path) == []


def test_a_deletion_that_deletes_nothing_is_not_called_undone(
    make_run: MakeRun, workspace: Workspace, tmp_path: Path
) -> None:
    target = OtherTarget(delete=lambda number: httpx2.Response(200) if number < 3 else None)
    run = make_run(target)
    write_row(run)
    assert len(run.guard.undo().failed) == 1
    assert len(clean_up(run, target).failed) == 1
    assert len(row_ids(workspace)) == 2
    assert clean_up(run, target) == UndoReport()
    assert row_ids(workspace) == [OTHERS_ROW]


def test_a_row_that_is_not_listed_is_deleted_by_the_id_in_the_ledger(make_run: MakeRun, workspace: Workspace) -> None:
    class Forgetful(OtherTarget):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            listing = request.method == "GET" and request.url.path == ROWS_PATH
            return an_answer([]) if listing else super().handle_request(request)

    target = Forgetful(set_source)
    run = make_run(target)
    write_row(run)
    assert run.guard.undo() == UndoReport()
    assert row_ids(workspace) == [OTHERS_ROW]


def test_a_row_that_the_contract_deleted_is_not_deleted_again(make_run: MakeRun, workspace: Workspace) -> None:
    target = OtherTarget()
    run = make_run(target)
    row = guarded_run.a_row(run.deployment)
    run.deployment.partner.call("deleteCampaignResult", query={"id": row["id"]})
    assert run.guard.undo() == UndoReport()
    assert target.deletions == [row["id"]]


def test_a_state_whose_restoration_is_lost_is_not_called_undone(make_run: MakeRun, workspace: Workspace) -> None:
    class Stubborn(OtherTarget):
        puts = 0

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            self.puts += request.method == "PUT"
            if request.method == "PUT" and self.puts == 2:
                return an_answer({"model": "FD"})
            return super().handle_request(request)

    target = Stubborn()
    run = make_run(target)
    run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "META"})
    (failed,) = run.guard.undo().failed
    assert "after {'model': 'FD'} was restored" in failed
    assert clean_up(run, target) == UndoReport()
    assert workspace.store.events.get("evt_1").attribution_model == "FD"  # type: ignore[union-attr] # it exists


def test_an_accepted_write_to_a_missing_object_is_reported(make_run: MakeRun) -> None:
    class Accepting(OtherTarget):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            return an_answer({"model": "META"}) if request.method == "PUT" else super().handle_request(request)

    run = make_run(Accepting())
    run.deployment.partner.call("setEventAttributionModel", {"eid": "none"}, body={"model": "META"})
    (line,) = run.guard.undo().permanent
    assert line == (
        "PUT /events/none/attribution_model was accepted although its object did not exist: check what it did"
    )
