"""Serve the mutated package until stdin is closed: `python -m tests.mutants.serve_mutant FOLDER` prints the origin."""

import resource
import sys
from pathlib import Path

import mock_server
from tests.defects import serve_defect

MAX_MEMORY, MAX_SECONDS = 2 * 1024**3, 600
"""Bytes of memory and seconds of CPU time; a mutant that needs more is killed before it slows the machine down."""


def main(folder: str) -> None:
    package_file = Path(mock_server.__file__).resolve()
    if not package_file.is_relative_to(Path(folder).resolve()):
        sys.exit(f"not the mutated package: {package_file}")
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    serve_defect.main(serve_defect.NO_DEFECT)


if __name__ == "__main__":
    main(sys.argv[1])
