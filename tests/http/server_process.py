"""`mock-server serve` in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.ending_process import EndingProcess

MISSING_MODULES = {
    "as it comes": (),
    "without httptools": ("httptools",),
    "without uvloop": ("uvloop",),
    "with neither": ("httptools", "uvloop"),
}
"""The optional faster parts of uvicorn that are made unavailable: the server must run with and without them."""
PARSERS = ("as it comes", "without httptools")
"""Both of uvicorn's parsers, httptools and h11."""
FROZEN = ("--clock", "frozen", "--now", "2026-09-01T12:00:00Z")
START_SCRIPT = """
import sys
if {descriptors!r}:
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, {descriptors!r})
sys.modules.update(dict.fromkeys({missing!r}))
from mock_server.cli.main import main
main(["serve", "--port", "0", *{flags!r}])
"""


def start_server(
    missing: Sequence[str] = (), flags: Sequence[str] = FROZEN, descriptors: tuple[int, int] | None = None
) -> "subprocess.Popen[str]":
    """Start the server without some modules. It prints its address when it listens.

    `descriptors` are the soft and the hard limit of file descriptors.
    """
    script = START_SCRIPT.format(missing=tuple(missing), flags=tuple(flags), descriptors=descriptors)
    return EndingProcess([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def served(missing: Sequence[str] = (), flags: Sequence[str] = FROZEN) -> Iterator[str]:
    """Run the server, yield its origin, and stop it. The server must not write anything to its log."""
    with start_server(missing, flags) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            yield server.stdout.readline().split()[1].removesuffix("/api/v3")
        finally:
            server.terminate()
        assert server.stderr.read() == ""
