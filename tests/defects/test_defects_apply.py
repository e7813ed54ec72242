"""Each defect can be applied, and what it breaks still answers: a defect that only raises proves nothing."""

import gc
import io
import json
import logging
import os
import traceback
from typing import Any

from starlette.types import ASGIApp

from tests.defects import direct_transport, forked_suite, registry
from tests.defects.serve_defect import NO_DEFECT

CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
SETTINGS_PATH = "/package_builder/packages/pkg_555/backhaul_evaluation_details"
SETTINGS = {"backhaul_evaluation_attribution_window": 7, "backhaul_evaluation_model": "ALL_PURCHASES"}


def test_each_defect_is_applied_and_answers_without_an_exception() -> None:
    names = [NO_DEFECT, *registry.all_defects()]
    gc.freeze()
    try:
        problems = {name: problem for name in names if (problem := try_in_child(name))}
    finally:
        gc.unfreeze()
    assert problems == {}


def try_in_child(name: str) -> str:
    """What went wrong with a defect in a process of its own; empty if nothing did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, find_exception(name).encode()[-2000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as result:
        problem = result.read()
    _, status = os.waitpid(child, 0)
    return problem or ("" if status == 0 else f"the process ended with status {status}")


def find_exception(name: str) -> str:
    """The exceptions that a defect raises when it is applied, or that the gateway logs during three requests."""
    log = io.StringIO()
    logging.getLogger("mock_server").addHandler(logging.StreamHandler(log))
    try:
        application = forked_suite.build_app(name)
        tokens = send(application, "POST", "/auth", CREDENTIALS)
        token = tokens.get("AccessToken", "") if isinstance(tokens, dict) else ""
        send(application, "GET", "/events/", token=token)
        send(application, "PUT", SETTINGS_PATH, SETTINGS, token)
    except BaseException:
        return traceback.format_exc()
    return log.getvalue()


def send(application: ASGIApp, method: str, path: str, body: object = None, token: str = "") -> Any:
    """The JSON of a response; None if it is none."""
    headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())]
    content = b"" if body is None else json.dumps(body).encode()
    _, _, answer = direct_transport.send_to_app(application, (method, f"/api/v3{path}".encode()), headers, content)
    try:
        return json.loads(answer)
    except ValueError:
        return None
