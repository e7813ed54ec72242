"""Find defects that fail because of a mistake in their own code.

Run `python -m tests.defects.exercise_defects [--all] [NAME]…`. A defect names parts of the mock's code in strings and
as attributes of untyped arguments, so a type checker does not find a wrong name. Contracts do not find it either: they
see a response of 500 and count the defect as caught. Here each defect is applied in a forked process, which sends a
request of each kind and reports the errors that a wrong name raises.
"""

import argparse
import asyncio
import gc
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.tokens import SigningKey
from tests.asgi_driver import USER, Driver
from tests.builders import a_package, a_workspace
from tests.defects import registry
from tests.defects.registry import Defect
from tests.example_requests import EXAMPLES, FILES, READ_PATHS, WRITES, package_order, two_partners

MISTAKES = (AttributeError, ImportError, NameError, TypeError)
"""The exceptions that a wrong name or a wrong number of arguments raises."""
REFUSED_REQUESTS: tuple[tuple[str, str, object], ...] = (
    ("POST", "/auth", {**USER, "password": "wrong"}),
    ("POST", "/auth", {"username": 1}),
    ("GET", "/events/none", None),
    ("GET", "/events/?unknown=1&page=0", None),
    ("GET", "/nowhere", None),
    ("DELETE", "/events/", None),
    ("GET", "/partners", None),
)

SHORT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
"""A short key signs five times as fast, and no rule is about the length of the key."""


class ErrorRecorder(logging.Handler):
    """Collects the exceptions that the mock logs."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.errors.append(record.exc_info[1])


def find_mistakes(defect: Defect) -> list[str]:
    """Apply a defect in a separate process, send the requests, and return a line for each mistake found."""
    receiver, sender = os.pipe()
    process = os.fork()
    if not process:
        os.close(receiver)
        with os.fdopen(sender, "w", encoding="utf-8") as output:
            output.write("\n".join(dict.fromkeys(_exercise(defect))))
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, encoding="utf-8") as received:
        lines = received.read().splitlines()
    status = os.waitpid(process, 0)[1]
    return lines if status == 0 else [*lines, f"the process ended with status {status}"]


def _exercise(defect: Defect) -> Iterator[str]:
    recorder = ErrorRecorder()
    log = logging.getLogger("mock_server")
    log.handlers, log.propagate = [recorder], False
    try:
        asyncio.run(_send_requests(_build_driver(defect)))
    except Exception as error:
        recorder.errors.append(error)
    for error in recorder.errors:
        if isinstance(error, MISTAKES):
            place = traceback.extract_tb(error.__traceback__)[-1]
            yield f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})"


def _build_driver(defect: Defect | None) -> Driver:
    patch = registry.Patch()
    patch.replace(SigningKey, "private_key", SHORT_KEY)
    patch.replace(RSAAlgorithm, "check_key_length", lambda algorithm, key: None)
    if defect is not None:
        defect.apply(patch)
    workspace = a_workspace(two_partners())
    workspace.store.packages.put(a_package(id="pkg_expired", number=0, status="EXPIRED"))
    return Driver(patch.wrap_app(app.create_app(Settings(), workspace)))


async def _send_requests(driver: Driver) -> None:
    for order in (package_order(), package_order("pkg_2", event_ids=["evt_2"])):
        await driver.request("POST", "/_mock/packages", order)
    await driver.sign_in()
    for method, path, body in REFUSED_REQUESTS:
        await driver.request(method, f"/api/v3{path}", body)
    for example in (*EXAMPLES, *WRITES):
        await driver.request(example.method, f"/api/v3{example.target}", FILES.get(example.operation, example.body))
    for span in ({"seconds": 5}, {"days": 2}):
        await driver.request("POST", "/_mock/clock/advance", span)
        await driver.sign_in()
        for path in READ_PATHS:
            await driver.request("GET", f"/api/v3{path}")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the mistakes in the first tier, in all defects, or in the named defects. Return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="all defects instead of the first tier")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these defects")
    arguments = parser.parse_args(argv)
    defects = registry.all_defects() if arguments.all or arguments.names else registry.first_tier()
    chosen = [defect for defect in defects.values() if not arguments.names or defect.name in arguments.names]
    asyncio.run(_send_requests(_build_driver(None)))  # build before the fork what the mock builds on first use
    gc.collect()
    gc.freeze()
    mistakes = [f"{defect.name}: {mistake}" for defect in chosen for mistake in find_mistakes(defect)]
    print("\n".join(mistakes) or f"no mistakes in {len(chosen)} defects")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
