"""Each contract declares the writes that it makes to the target's own data, and the guard refuses any other write."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.cli.run import INI
from contracts.safety import call_scope
from contracts.safety.guard import UndeclaredWriteError
from contracts.spec.markers import EVERY_WRITE, REFUSED_CALLS
from mock_server import app
from mock_server.settings import Settings
from tests.contracts.safety import guarded_run, write_recorder
from tests.contracts.safety.guarded_run import GuardedRun
from tests.mock_harness import running_server

ROOT = Path(__file__).resolve().parents[3]
PERMISSION = ("--contracts-allow-writes=partner-id-acme", "--contracts-allow-writes=partner-id-beta")
CLOCK_SPEED = 20
"""The speed of the mock's clock, as a multiple of real time. Builds and evaluations have to end soon."""
USER_OPTIONS = ("--contracts-user=partner@acme.example", "--contracts-partner=partner-id-acme")
OTHER_USERS_OPTIONS = (
    *("--contracts-second-user=agency@acme.example", "--contracts-second-partner=partner-id-beta"),
    "--contracts-admin-user=admin@platform.example",
)
RECORDED_RUN_OPTIONS = (
    *("--contracts-profile=thorough", "--contracts-kind=example", "--contracts-kind=law"),
    *("--contracts-job-timeout=build=5", "--contracts-job-timeout=evaluation=0.5"),
)
CONTRACT_WITH_UNDECLARED_WRITE = """\
from contracts.spec.markers import property_test

@property_test("LAM-01.model", writes=("createPackage",))
def test_a_model_is_set(writable):
    writable.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "META"})
"""
Writes = dict[str, list[str]]
"""The operationIds of a contract's `declared`, `accepted` and `refused` writes."""


def run_pytest(folder: Path, origin: str, *arguments: str) -> str:
    """Run pytest with the suite's plugin on a target without a control API; return the output."""
    command = [sys.executable, "-m", "pytest", "-c", str(INI), "-p", "no:cacheprovider", "-p", "contracts.plugin"]
    command += [f"--contracts-base-url={origin}/api/v3", "--contracts-control=none", *USER_OPTIONS]
    command += [*PERMISSION, "--contracts-no-rate-limits"]
    command += [f"--contracts-ledger-dir={folder / 'ledger'}", *arguments]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    return completed.stdout + completed.stderr


@pytest.fixture(scope="module")
def writes_by_contract(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Writes]:
    folder = tmp_path_factory.mktemp("writes")
    file, settings = folder / "writes.json", Settings(speed=CLOCK_SPEED)
    options = ("-p", write_recorder.__name__, f"{write_recorder.FILE_OPTION}={file}", "--pyargs", "contracts.cases")
    with running_server(app.create_workspace(settings), settings) as origin:
        screen = run_pytest(folder, origin, *options, *OTHER_USERS_OPTIONS, *RECORDED_RUN_OPTIONS)
    assert "conforms: " in screen, screen
    record: dict[str, Writes] = json.loads(file.read_text(encoding="utf-8"))
    return record


@pytest.mark.soak
def test_each_accepted_write_is_declared(writes_by_contract: dict[str, Writes]) -> None:
    undeclared = {
        contract: sorted(set(writes["accepted"]) - set(writes["declared"]))
        for contract, writes in writes_by_contract.items()
    }
    assert {contract: ids for contract, ids in undeclared.items() if ids} == {}


@pytest.mark.soak
def test_each_refused_write_is_declared_by_name_or_as_a_refused_call(writes_by_contract: dict[str, Writes]) -> None:
    undeclared = {
        contract: sorted(set(writes["refused"]) - set(writes["declared"]))
        for contract, writes in writes_by_contract.items()
        if REFUSED_CALLS not in writes["declared"]
    }
    assert {contract: ids for contract, ids in undeclared.items() if ids} == {}


@pytest.mark.soak
def test_the_recorded_run_meets_every_write_operation(writes_by_contract: dict[str, Writes]) -> None:
    met = {write for writes in writes_by_contract.values() for write in (*writes["accepted"], *writes["refused"])}
    assert set(EVERY_WRITE) - {REFUSED_CALLS} <= met


def test_every_write_lists_the_operations_of_the_document() -> None:
    operations = guarded_run.load_promises().operations.values()
    writing = {operation.id for operation in operations if call_scope.is_write_operation(operation)}
    assert writing == set(EVERY_WRITE) - {REFUSED_CALLS}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[GuardedRun]:
    with running_server(guarded_run.a_target_workspace()) as origin:
        guarded = GuardedRun(guarded_run.a_target(origin), tmp_path)
        yield guarded
        guarded.close()


def test_an_undeclared_write_is_refused_and_not_in_the_ledger(run: GuardedRun) -> None:
    run.guard.declared_writes = ("createPackage",)
    with pytest.raises(UndeclaredWriteError, match="setEventAttributionModel"):
        run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "META"})
    assert run.ledger_lines() == []
    assert run.deployment.partner.call("getEventAttributionModel", {"eid": "evt_1"}).json() == {"model": "FD"}


@pytest.mark.parametrize("declared", [("setEventAttributionModel",), (REFUSED_CALLS,)], ids=["named", "refused calls"])
def test_a_declared_write_is_sent(run: GuardedRun, declared: tuple[str, ...]) -> None:
    run.guard.declared_writes = declared
    refused = run.deployment.partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "none"})
    assert refused.status_code == 400


def test_a_contract_with_an_undeclared_write_is_an_error_of_the_suite(tmp_path: Path) -> None:
    file = tmp_path / "test_undeclared.py"
    file.write_text(CONTRACT_WITH_UNDECLARED_WRITE)
    with running_server(guarded_run.a_target_workspace()) as origin:
        screen = run_pytest(tmp_path, origin, str(file))
    assert "UndeclaredWriteError" in screen
    assert "the suite itself failed: 1 rule" in screen
