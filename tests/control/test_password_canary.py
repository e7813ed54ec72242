"""A password that somebody types is found nowhere afterwards: not in a snapshot, the journal, a log or the state."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mock_server import app
from mock_server.control import document as control_document
from mock_server.control import router as control
from mock_server.domain import passwords
from mock_server.settings import Settings
from mock_server.state.workspace import Workspace
from tests.builders import START_TIME, a_user, a_workspace, a_world
from tests.mock_harness import Client

TYPED = "Hunter2-typed"
WRONG = "Hunter2-wrong"
MEMBER = "Hunter2-in-another-member"
OLD = "Hunter2-of-an-old-snapshot"
ADDED = "Hunter2-of-an-added-user"
CONFIGURED = "Hunter2-configured"
USER = "partner@acme.example"


def build_world(source: str) -> Workspace:
    if source == "sample":
        return app.create_workspace(Settings(clock_mode="frozen", now=START_TIME, sample_password=CONFIGURED))
    users = [a_user(password=CONFIGURED), a_user(username="new@acme.example", password=CONFIGURED)]
    return a_workspace(a_world(users=[users[0], replace(users[1], must_change_password=True)]))


def control_reads() -> Iterator[str]:
    document = control_document.build_document((*control.WORKSPACE_ROUTERS, *control.SERVER_ROUTERS))
    examples = json.loads(control_document.EXAMPLES.read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        if "get" in item:
            yield re.sub(r"\{\w+\}", "x", examples[item["get"]["operationId"]].get("path", path))


def type_passwords(client: Client) -> None:
    """Type each canary wherever a request can contain it."""
    credentials = {"username": "new@acme.example", "password": CONFIGURED}
    session = client.send("POST", "/auth", json=credentials).json()["Session"]
    for password in (TYPED, WRONG, WRONG):
        answer = {"Session": session, "new_password": password}
        client.send("PUT", "/auth/challenge/new-password", json=answer)
    client.send("PUT", "/auth/challenge/new-password", json={"Session": "none", "new_password": WRONG})
    for body in ({"username": USER, "password": WRONG}, {"user": USER, "password": WRONG}, {"new_password": MEMBER}):
        client.send("POST", "/auth", json=body)
    client.send("POST", "/auth", content=json.dumps({"password": WRONG}).encode() + b"broken")
    client.sign_in(password=CONFIGURED)
    assert client.sign_in("new@acme.example", TYPED).headers


def restore_old_snapshot(client: Client) -> None:
    """Restore a snapshot as earlier versions wrote it, with a password in plain text."""
    document = client.control("GET", "/snapshot").json()
    (user,) = document["records"]["users"]
    document["records"]["users"] = [{name: user[name] for name in user if name != "password_hash"} | {"password": OLD}]
    assert client.control("PUT", "/snapshot", json=document).status_code == 200
    assert client.sign_in("new@acme.example", OLD).headers


def describe_state(client: Client) -> Iterator[str]:
    """Everything that the server keeps or shows, except its configuration."""
    for path in control_reads():
        yield client.control("GET", path).text
        yield client.control("GET", f"{path}?limit=1000").text
    fork = client.control("POST", "/fork", json={"name": "forked"})
    yield client.for_workspace("forked").control("GET", "/snapshot").text if fork.status_code == 201 else ""
    workspace = client.workspace
    yield repr([replace(user, password="") for user in workspace.store.users])
    for entry in workspace.checkpoints:
        yield repr([replace(user, password="") for user in entry.checkpoint.store.users])
        yield repr([user.password for user in entry.checkpoint.store.users if user.password_hash])
    yield repr(list(workspace.store.challenges))


@pytest.mark.parametrize("source", ["sample", "other users"])
def test_no_typed_password_is_kept(source: str, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client(build_world(source))
    type_passwords(client)
    client.control("POST", "/clock/advance", json={"days": 1})
    restore_old_snapshot(client)
    client.workspace.store.users.put(a_user(username="added@acme.example", password=ADDED))
    assert client.sign_in("added@acme.example", ADDED).headers
    shown = list(describe_state(client))
    assert any("pbkdf2-sha256" in text for text in shown)
    shown += [caplog.text, *capfd.readouterr()]
    for canary in (TYPED, WRONG, MEMBER, OLD, ADDED, CONFIGURED):
        assert [text[:200] for text in shown if canary in text] == []


def test_a_snapshot_contains_the_hash_and_its_salt_differs_for_each_password() -> None:
    hashes = []
    for _ in range(2):
        client = Client(build_world("sample"))
        type_passwords(client)
        (user,) = client.control("GET", "/snapshot").json()["records"]["users"]
        assert user["password"] == ""
        assert passwords.HASH_FORM.fullmatch(user["password_hash"])
        hashes.append(user["password_hash"])
    assert hashes[0] == hashes[1], "the same calls give the same snapshot"
    assert passwords.hash_password("a", passwords.derive_salt("s1", "u")) != passwords.hash_password(
        "a", passwords.derive_salt("s2", "u")
    )


@pytest.mark.parametrize("text", ["", "x", "pbkdf2-sha256-1000$0$0", "sha256$" + "0" * 32 + "$" + "0" * 64])
def test_a_snapshot_with_an_impossible_hash_is_refused(text: str) -> None:
    client = Client(build_world("sample"))
    type_passwords(client)
    document = client.control("GET", "/snapshot").json()
    document["records"]["users"][0]["password_hash"] = text
    answer = client.control("PUT", "/snapshot", json=document)
    assert (answer.status_code, answer.json()["validation_errors"][0]["field"]) == (
        400, "records.users.0.password_hash",
    )  # fmt: skip
    document["records"]["users"][0]["password_hash"] = None
    assert client.control("PUT", "/snapshot", json=document).status_code == 400
