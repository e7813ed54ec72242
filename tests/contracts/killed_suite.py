"""The command `contracts`, which kills its own process at one of its requests."""

import os
import signal
import sys
from typing import Any

from contracts.cli import main
from contracts.target import loopback


def run_until_killed() -> None:
    """Run the command. The first argument is the number of the request at which it is killed."""
    left, send = int(sys.argv[1]), loopback.LoopbackClient.send

    def send_or_die(client: loopback.LoopbackClient, request: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return send(client, request, **options)

    loopback.LoopbackClient.send = send_or_die  # type: ignore[method-assign]
    main.main(sys.argv[2:])
