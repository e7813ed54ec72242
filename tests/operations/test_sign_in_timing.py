"""A sign-in does the same password work for every user. Rule: AUTH-02 (timing does not reveal unknown users)."""

import sys

import pytest

from mock_server.domain.errors import InvalidCredentialsError
from mock_server.operations import signin
from mock_server.state.workspace import OperationCall
from tests.builders import a_user, a_workspace, a_world

PASSWORD_WORK = ("openssl_sha256", "pbkdf2_hmac", "compare_digest", "digest", "encode")


def password_work(username, password):
    """Return the names of the hash and compare functions that a failed sign-in calls, in order."""
    workspace = a_workspace(a_world(users=[a_user()]))
    call = OperationCall(workspace, workspace.clock.now())
    calls = []

    def record_call(frame, event, function):
        name = getattr(function, "__name__", "")
        if event == "c_call" and name in PASSWORD_WORK:
            calls.append(name)

    sys.setprofile(record_call)
    try:
        signin.sign_in(call, username, password)
    except InvalidCredentialsError:
        return calls
    finally:
        sys.setprofile(None)
    raise AssertionError("the sign-in succeeded")


def test_a_wrong_password_is_hashed_and_compared():
    done = password_work("partner@acme.example", "wrong")
    assert (done.count("pbkdf2_hmac"), done.count("openssl_sha256"), done.count("compare_digest")) == (1, 4, 2)


@pytest.mark.parametrize("password", ["wrong", "", "wavetank", "a" * 1000], ids=["wrong", "none", "right", "long"])
def test_an_unknown_user_costs_the_work_of_a_wrong_password(password):
    assert password_work("nobody@acme.example", password) == password_work("partner@acme.example", "wrong")
