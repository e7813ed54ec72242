"""A server in a process of its own, on a free port. It ends with this process, even if this process is killed."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from mock_server.client.errors import ServerStartError

ENVIRONMENT_PREFIX = "MOCK_SERVER_"
STOP_SECONDS = 10


class LocalServer:
    """A running server. `flags` are flags of `wavetank serve`; variables of the environment do not set any."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        # -P: a folder called mock_server in the working directory is not imported.
        command = [sys.executable, "-P", "-m", "mock_server", "serve", "--port", "0", "--json", "--stop-with-stdin"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
        self._process = subprocess.Popen(  # noqa: S603 - own code
            [*command, *flags], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.addresses = self._read_addresses()

    @property
    def url(self) -> str:
        """The server's origin."""
        return str(self.addresses["url"])

    def stop(self) -> None:
        """Stop the server, and wait for its end."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read_addresses(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else b""
        try:
            return dict(json.loads(line))
        except ValueError:
            self.stop()
            reason = f"it ended with status {self._process.returncode}"
            raise ServerStartError(f"the server did not start: {reason}; its error output says why") from None
