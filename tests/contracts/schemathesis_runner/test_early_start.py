"""On targets with sandboxes, schemathesis's runs start at the beginning of the session, and end with it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.cases import test_schema
from contracts.schemathesis_runner import background
from contracts.schemathesis_runner import process as engine
from contracts.schemathesis_runner.background import SETTINGS_BY_RUN, STARTED_RUNS, EarlyRunsPlugin
from contracts.spec.markers import MARK
from contracts.spec.openapi import OpenApiSpec
from contracts.target.session import TargetSession
from contracts.target.target import SAMPLE_PASSWORD, TargetOptions, UserCredentials
from tests.contracts import suite_process

ITEM_WITH_FIXTURE = SimpleNamespace(get_closest_marker={MARK: True}.get, fixturenames=[background.READS])
ITEM_WITHOUT_FIXTURE = SimpleNamespace(get_closest_marker={MARK: True}.get, fixturenames=["sandbox"])
FOREIGN_ITEM = SimpleNamespace(get_closest_marker={}.get, fixturenames=[background.READS])


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with suite_process.running_mock() as served:
        yield served


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[subprocess.Popen[bytes], Path]]:
    """Return a list that records each schemathesis process that is started, with its folder."""
    started: list[tuple[subprocess.Popen[bytes], Path]] = []
    original_popen = subprocess.Popen

    def record_start(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append((original_popen(*args, **options), Path(options["cwd"])))
        return started[-1][0]

    monkeypatch.setattr(engine.subprocess, "Popen", record_start)
    return started


@contextmanager
def session_loop(origin: str, session: Any, **options: Any) -> Iterator[None]:
    """Run the block while the plugin wraps pytest's run loop."""
    person = UserCredentials("partner@acme.example", options.pop("password", SAMPLE_PASSWORD))
    target_session = TargetSession(
        TargetOptions(f"{origin}/api/v3", profile="smoke", user=person, **options), OpenApiSpec.load()
    )
    loop = EarlyRunsPlugin(target_session).pytest_runtestloop(session)
    next(loop)
    yield
    with suppress(StopIteration):
        loop.send(None)
    target_session.close()


def a_session(*items: object, collectonly: bool = False) -> Any:
    config = SimpleNamespace(stash=pytest.Stash(), getoption={"collectonly": collectonly}.get)
    return SimpleNamespace(items=items, config=config)


def test_the_run_starts_where_a_contract_uses_it(origin: str, processes: list[Any]) -> None:
    session = a_session(ITEM_WITHOUT_FIXTURE, ITEM_WITH_FIXTURE)
    with session_loop(origin, session):
        assert len(processes) == 1
        report = session.config.stash[STARTED_RUNS][background.READS].wait_for_report()
    assert report.request_count > 100
    assert not report.findings
    assert len(processes) == 1


@pytest.mark.parametrize(
    "session",
    [
        a_session(),
        a_session(ITEM_WITHOUT_FIXTURE),
        a_session(FOREIGN_ITEM),
        a_session(ITEM_WITH_FIXTURE, collectonly=True),
    ],
    ids=["nothing", "another contract", "a test that is not a contract", "a listing"],
)
def test_the_run_does_not_start_where_no_contract_uses_it(origin: str, session: Any, processes: list[Any]) -> None:
    with session_loop(origin, session):
        assert not session.config.stash[STARTED_RUNS]
    assert not processes


@pytest.mark.parametrize("options", [{"control": "none"}, {"password": "wrong"}], ids=["no sandbox", "no sign-in"])
def test_without_sandboxes_or_a_sign_in_the_contract_starts_the_run_itself(
    origin: str, options: dict[str, str], processes: list[Any]
) -> None:
    session = a_session(ITEM_WITH_FIXTURE)
    with session_loop(origin, session, **options):
        assert not session.config.stash[STARTED_RUNS]
    assert not processes


def test_a_run_without_a_reader_ends_with_the_session(origin: str, processes: list[Any]) -> None:
    with session_loop(origin, a_session(ITEM_WITH_FIXTURE)):
        ((process, folder),) = processes
        assert process.poll() is None
    assert process.poll() is not None
    assert not folder.exists()


def test_each_run_that_a_contract_uses_starts_in_a_sandbox_of_its_own(origin: str, processes: list[Any]) -> None:
    names = [background.READS, "links"]
    items = [SimpleNamespace(get_closest_marker={MARK: True}.get, fixturenames=[name]) for name in names]
    session = a_session(*items)
    with session_loop(origin, session):
        runs = session.config.stash[STARTED_RUNS]
        assert list(runs) == names
        assert len({run._context.base_url for run in runs.values()}) == 2
    assert all(process.poll() is not None for process, _ in processes)


def test_each_run_has_a_fixture() -> None:
    assert all(hasattr(test_schema, name) for name in SETTINGS_BY_RUN)
