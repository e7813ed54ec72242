"""Serve the mutated package: `python -m tests.mutants.deploy FOLDER` prints its origin, and ends with its input."""

import resource
import sys
from pathlib import Path

import mock_server
from tests.defects import deploy

MOST_MEMORY, MOST_SECONDS = 2 * 1024**3, 600
"""Bytes, and seconds of the processor: a mutant that runs without end falls, and nothing else with it."""


def main(folder: str) -> None:
    found = Path(mock_server.__file__).resolve()
    if not found.is_relative_to(Path(folder).resolve()):
        sys.exit(f"not the mutated package: {found}")
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    deploy.main(deploy.RIGHT)


if __name__ == "__main__":
    main(sys.argv[1])
