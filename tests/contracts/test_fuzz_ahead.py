"""Schemathesis's reads begin with the session, where that disturbs nobody, and end with it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.schemathesis_runner import background
from contracts.schemathesis_runner import process as engine
from contracts.schemathesis_runner.background import READING, Ahead
from contracts.spec.markers import MARK
from contracts.spec.openapi import Promises
from contracts.target.session import Inspection
from contracts.target.target import SAMPLE_PASSWORD, Person, Target
from tests.contracts import trying

ASKING = SimpleNamespace(get_closest_marker={MARK: True}.get, fixturenames=[background.FIXTURE])
NOT_ASKING = SimpleNamespace(get_closest_marker={MARK: True}.get, fixturenames=["sandbox"])
OF_SOMEBODY_ELSE = SimpleNamespace(get_closest_marker={}.get, fixturenames=[background.FIXTURE])


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with trying.mock() as served:
        yield served


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[subprocess.Popen[bytes], Path]]:
    """Those of schemathesis that were started, and where."""
    started: list[tuple[subprocess.Popen[bytes], Path]] = []
    popen = subprocess.Popen

    def noted(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append((popen(*args, **options), Path(options["cwd"])))
        return started[-1][0]

    monkeypatch.setattr(engine.subprocess, "Popen", noted)
    return started


@contextmanager
def looping(origin: str, session: Any, **told: Any) -> Iterator[None]:
    """While the session's tests run, and then after them."""
    person = Person("partner@acme.example", told.pop("password", SAMPLE_PASSWORD))
    inspection = Inspection(Target(f"{origin}/api/v3", profile="smoke", user=person, **told), Promises.load())
    loop = Ahead(inspection).pytest_runtestloop(session)
    next(loop)
    yield
    with suppress(StopIteration):
        loop.send(None)
    inspection.close()


def a_session(*items: object, collectonly: bool = False) -> Any:
    config = SimpleNamespace(stash=pytest.Stash(), getoption={"collectonly": collectonly}.get)
    return SimpleNamespace(items=items, config=config)


def test_what_a_contract_asks_for_is_read_beside_the_others(origin: str, processes: list[Any]) -> None:
    session = a_session(NOT_ASKING, ASKING)
    with looping(origin, session):
        assert len(processes) == 1
        found = session.config.stash[READING].report()
    assert found.requests > 100
    assert not found.findings
    assert len(processes) == 1


@pytest.mark.parametrize(
    "session",
    [a_session(), a_session(NOT_ASKING), a_session(OF_SOMEBODY_ELSE), a_session(ASKING, collectonly=True)],
    ids=["nothing", "another contract", "a test of somebody else", "a listing"],
)
def test_nothing_begins_that_nobody_asks_for(origin: str, session: Any, processes: list[Any]) -> None:
    with looping(origin, session):
        assert READING not in session.config.stash
    assert not processes


@pytest.mark.parametrize("told", [{"control": "none"}, {"password": "wrong"}], ids=["no sandbox", "no sign-in"])
def test_where_it_would_disturb_or_cannot_begin_it_is_left_to_the_contract(
    origin: str, told: dict[str, str], processes: list[Any]
) -> None:
    session = a_session(ASKING)
    with looping(origin, session, **told):
        assert READING not in session.config.stash
    assert not processes


def test_what_nobody_waited_for_ends_with_the_session(origin: str, processes: list[Any]) -> None:
    with looping(origin, a_session(ASKING)):
        ((process, folder),) = processes
        assert process.poll() is None
    assert process.poll() is not None
    assert not folder.exists()
