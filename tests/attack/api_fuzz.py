"""Requests that schemathesis derives from both documents: `python -m tests.attack.api_fuzz --cases 20000`.

`--store sqlite` or `--store postgresql` gives each server a database.

For each operation it generates requests that the document allows and requests that it forbids, with any ids and with
ids that exist. They are sent to the application in this process. Each operation gets a new server, so that the requests
of one do not use up the state that the next one needs. A status of 500 or more, an exception and a traceback in the log
are failures.
"""

import argparse
import asyncio
import logging
import math
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

import hypothesis
import requests
import schemathesis
from schemathesis.generation import GenerationMode
from starlette.types import ASGIApp, Message

from mock_server import app
from mock_server.control import document as control_document
from mock_server.control import router as control
from mock_server.settings import Settings
from tests.asgi_driver import Driver
from tests.attack import figures
from tests.example_requests import DOCUMENT
from tests.storage import stores as store_kinds
from tests.storage.stores import IN_MEMORY, Stores, open_stores

START_TIME = datetime(2026, 9, 1, 12, tzinfo=UTC)
KNOWN_IDS = {
    "partner_id": "partner-id-acme",
    "eid": "evt_abc123",
    "event_id": "evt_abc123",
    "package_id": "pkg_555",
    "gotcha_id": "G-02",
    "name": "default",
    "date": "2026-08-30",
}
"""Ids of the sample, so that a part of the requests gets past the checks of the path."""
PARTNER_HEADER_EVERY = 4
"""One in so many requests sends the partner header that was generated, which nearly always refuses the request."""
WITHOUT_PARTNER = ("authorization", "x-preferred-partner-id")
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SETTINGS: dict[str, Any] = {"clock_mode": "frozen", "now": START_TIME, "max_workspaces": 8, "journal_capacity": 50}
EVERY_CHECK = list(hypothesis.HealthCheck)
MAX_ROUNDS = 40
"""Some operations have few different requests, so one round gives fewer requests than planned."""


Open: TypeAlias = Callable[[Settings], AbstractContextManager[ASGIApp]]


class Api(NamedTuple):
    """An API, by its document."""

    name: str
    prefix: str
    document: dict[str, Any]


class Target(NamedTuple):
    """An operation of an API, and a server to which its requests are sent."""

    api: Api
    operation: Any
    runner: asyncio.Runner
    driver: Driver


@dataclass
class Outcome:
    """How often each status was answered, and what went wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of requests."""
        return self.statuses.total()

    def describe(self) -> str:
        """The failures and the statuses in one line."""
        statuses = ", ".join(f"{status} {count:,}" for status, count in self.statuses.most_common())
        return f"{len(self.failures)} of 5xx, exceptions and tracebacks; answers: {statuses}"


class Tracebacks(logging.Handler):
    """Collects what the log says about exceptions."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self._outcome = outcome

    def emit(self, record: logging.LogRecord) -> None:
        """Add the message if it has a traceback, or if it is an error."""
        if record.exc_info or record.levelno >= logging.ERROR:
            self._outcome.failures.append(f"log: {record.getMessage()}")


def list_apis() -> tuple[Api, Api]:
    """The platform's API and the control API."""
    document = control_document.build_document((*control.WORKSPACE_ROUTERS, *control.SERVER_ROUTERS))
    return Api("platform", "/api/v3", DOCUMENT), Api("control", "/_mock", document)


@contextmanager
def open_app(settings: Settings) -> Iterator[ASGIApp]:
    """Yield the application, and close its database."""
    opened = app.open_state(settings)
    try:
        yield app.create_app(settings, opened.workspace, stored=opened.stored)
    finally:
        if opened.stored is not None:
            opened.stored.close()


def fuzz(api: Api, cases: int, seed: int = 1, stores: Stores = IN_MEMORY, open_one: Open = open_app) -> Outcome:
    """Send at least this many requests to an API, the same number to each operation as far as it has so many."""
    outcome = Outcome()
    handler = Tracebacks(outcome)
    logging.getLogger().addHandler(handler)
    schema = schemathesis.openapi.from_dict(api.document)
    operations = [result.ok() for result in schema.get_all_operations()]
    try:
        for number in range(MAX_ROUNDS):
            missing = cases - outcome.count
            if missing <= 0:
                break
            for operation in operations:
                settings = Settings(**SETTINGS, **stores.settings())
                with asyncio.Runner() as runner, open_one(settings) as application:
                    driver = Driver(application)
                    runner.run(driver.sign_in())
                    target = Target(api, operation, runner, driver)
                    _fuzz_operation(target, math.ceil(missing / len(operations)), (seed, number), outcome)
    finally:
        logging.getLogger().removeHandler(handler)
    return outcome


def _fuzz_operation(target: Target, cases: int, seed: tuple[int, int], outcome: Outcome) -> None:
    operation = target.operation
    strategies = list(_strategies(operation))
    for strategy in strategies:

        @hypothesis.seed(f"{seed} {operation.label}")
        @hypothesis.settings(
            max_examples=math.ceil(cases / len(strategies)),
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.generate,),
            suppress_health_check=EVERY_CHECK,
        )
        @hypothesis.given(strategy)
        def send(case: Any) -> None:
            replaced = ("authorization",) if outcome.count % PARTNER_HEADER_EVERY == 0 else WITHOUT_PARTNER
            status = _answer(target, case, replaced)
            if status:
                outcome.statuses[status] += 1
            if status >= 500:
                outcome.failures.append(f"{operation.label}: {status} for {case!r}"[:2000])

        # An operation without parameters has no request that the document forbids.
        with suppress(hypothesis.errors.Unsatisfiable):
            send()


def _strategies(operation: Any) -> Iterator[Any]:
    names = {parameter.name for parameter in operation.path_parameters}
    known = {name: KNOWN_IDS[name] for name in names & KNOWN_IDS.keys()}
    for mode in MODES:
        yield operation.as_strategy(generation_mode=mode)
        if known and mode == GenerationMode.POSITIVE:
            yield operation.as_strategy(generation_mode=mode, path_parameters=known)


def _answer(target: Target, case: Any, replaced: Container[str]) -> int:
    """Send a generated request with a valid token, and return the status.

    The status is 599 for an exception, and 0 if the request cannot be sent.
    """
    arguments = case.as_transport_kwargs(base_url=f"http://localhost{target.api.prefix}")
    try:
        request = requests.Request(**arguments).prepare()
    except (requests.exceptions.RequestException, UnicodeError):
        return 0
    if request.url is None or request.method is None:
        return 0
    headers = {name.lower(): value for name, value in request.headers.items()}
    sent = [(_to_bytes(name), _to_bytes(value)) for name, value in headers.items() if name not in replaced]
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    try:
        sending = _send(target.driver.app, request.method, request.url, [*sent, *target.driver.headers], content)
        return target.runner.run(sending)
    except Exception as error:  # whatever it is, it is a finding
        logging.getLogger("tests.attack").exception("%s", error)
        return 599


async def _send(application: ASGIApp, method: str, url: str, headers: list[tuple[bytes, bytes]], content: bytes) -> int:
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    parts = urlsplit(url)
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    await application(scope, receive, send)
    return int(answers[0]["status"])


def _to_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")


def main() -> None:
    """Fuzz both APIs, print the counts, and record them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="how many requests, of both APIs together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--store", choices=store_kinds.KINDS, default="memory", help="where the servers keep their state"
    )
    arguments = parser.parse_args()
    failures: list[str] = []
    with open_stores(arguments.store) as stores:
        for api in list_apis():
            outcome = fuzz(api, math.ceil(arguments.cases / 2), arguments.seed, stores)
            failures += outcome.failures
            what = f"requests that schemathesis derives from the {api.name} document{stores.suffix}"
            row = figures.record(what, outcome.count, outcome.describe(), stores.command("make fuzz-api"))
            print(f"{row['what']}: {row['count']:,}; {row['result']}", flush=True)
    print("\n".join(failures[:20]))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
