"""Serve one broken deployment.

Run `python -m tests.defects.serve_defect NAME`; it prints the origin of the server. The server ends when its standard
input is closed.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime

import uvicorn

from mock_server import app
from mock_server.settings import Settings
from tests.defects import registry

NO_DEFECT = "none"
"""The name that stands for the deployment without a defect."""
START_TIME = datetime(2026, 9, 1, 12, tzinfo=UTC)


def main(name: str) -> None:
    """Serve until standard input is closed, so that the server does not outlive the process that started it."""
    patch, settings = registry.Patch(), Settings(now=START_TIME)
    if name != NO_DEFECT:
        defect = registry.all_defects()[name]
        defect.apply(patch)
        settings = replace(settings, documentation=defect.documentation)
    wrapped_app = patch.wrap_app(app.create_app(settings))
    asyncio.run(_serve(uvicorn.Server(uvicorn.Config(wrapped_app, port=0, log_level="error", lifespan="off"))))


async def _serve(server: uvicorn.Server) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.wait({serving}, timeout=0.01)
    print(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.should_exit = True
    await serving


def serve_first_argument() -> None:
    """Serve the deployment whose name is the first argument of the command."""
    main(sys.argv[1])


if __name__ == "__main__":
    serve_first_argument()
