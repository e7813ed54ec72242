"""A password is changed only of users whom the run may use up, and each change is in the ledger and in the report."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.dsl.challenges import answer_challenge, open_session
from contracts.safety import plan
from contracts.safety.guard import UndeclaredWriteError
from contracts.spec.verdicts import NotApplicableError
from contracts.target.target import UserCredentials
from mock_server.state.workspace import Workspace
from tests.builders import ACME
from tests.contracts.safety import guarded_run
from tests.contracts.safety.guarded_run import PASSWORD, GuardedRun
from tests.mock_harness import running_server

NAMES = ("new1@shop.test", "new2@shop.test")
USERS = tuple(UserCredentials(name, PASSWORD) for name in NAMES)
NEW_PASSWORD = "a password that is new"
MakeRun = Callable[..., GuardedRun]


@pytest.fixture
def workspace() -> Workspace:
    workspace = guarded_run.a_target_workspace()
    user = next(iter(workspace.store.users))
    for name in NAMES:
        workspace.store.users.put(replace(user, username=name, password=PASSWORD, must_change_password=True))
    return workspace


@pytest.fixture
def make_run(workspace: Workspace, tmp_path: Path) -> Iterator[MakeRun]:
    runs: list[GuardedRun] = []
    with running_server(workspace) as origin:

        def make(**changes: Any) -> GuardedRun:
            options = {"run_id": f"ab12cd3{len(runs)}", "allow_writes": (ACME,), "new_password_users": USERS, **changes}
            runs.append(GuardedRun(guarded_run.a_target(origin, **options), tmp_path))
            return runs[-1]

        yield make
        for run in runs:
            run.close()


def change_password(run: GuardedRun, password: str = NEW_PASSWORD) -> int:
    with run.target_session.deployment() as deployment:
        session = open_session(deployment, "new")
        return answer_challenge(deployment, "new", session, password).status_code


def test_each_change_uses_up_a_user_and_is_reported(make_run: MakeRun, workspace: Workspace) -> None:
    run = make_run()
    assert [change_password(run, PASSWORD), change_password(run), change_password(run)] == [400, 200, 200]
    assert [bool(user.must_change_password) for user in workspace.store.users if user.username in NAMES] == [False] * 2
    with pytest.raises(NotApplicableError, match="--new-password-user names, and whose password the run has not"):
        change_password(run)
    remains = [f"{name} has another password for good: set a new one, or delete the user" for name in NAMES]
    assert list(run.guard.undo().permanent) == remains
    assert NEW_PASSWORD not in str(run.ledger_lines())


def test_no_password_is_changed_without_permission(make_run: MakeRun, workspace: Workspace) -> None:
    run = make_run(allow_writes=())
    with pytest.raises(NotApplicableError, match="--allow-writes"):
        change_password(run)
    assert run.ledger_lines() == []
    assert all(user.must_change_password for user in workspace.store.users if user.username in NAMES)


def test_no_password_of_another_user_is_changed(make_run: MakeRun) -> None:
    run = make_run(new_password_users=USERS[1:])
    with run.target_session.deployment() as deployment:
        body = {"username": NAMES[0], "password": PASSWORD}
        session = str(deployment.anonymous.call("signIn", body=body).json()["Session"])
        with pytest.raises(NotApplicableError, match="--new-password-user does not name"):
            answer_challenge(deployment, "new", session, NEW_PASSWORD)


def test_a_contract_declares_the_change(make_run: MakeRun) -> None:
    run = make_run()
    run.guard.declared_writes = ("createPackage",)
    with pytest.raises(UndeclaredWriteError, match="answerNewPasswordChallenge"):
        change_password(run)


def test_the_plan_says_that_the_limit_of_sign_ins_is_exceeded(make_run: MakeRun) -> None:
    for exceeds in (True, False):
        text = "\n".join(plan.format_plan(make_run(exceeds_limits=exceeds).target_session, []))
        assert ("refuses all sign-ins" in text) is exceeds


def test_the_plan_names_the_users_whose_passwords_may_change(make_run: MakeRun) -> None:
    assert "new1@shop.test may have another password for good" in "\n".join(
        plan.format_plan(make_run().target_session, [])
    )
