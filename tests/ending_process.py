"""A process of a test that ends with the test, also if the test fails."""

import subprocess
from types import TracebackType

LONGEST_END = 120.0
"""Seconds until a process that does not end is killed. It bounds a hanging test; no test measures time by it."""


class EndingProcess(subprocess.Popen[str]):
    """A process for a `with` block, which otherwise waits for ever for a process that nobody has stopped.

    If an exception leaves the block, the process is killed. Raises TimeoutExpired if it does not end by itself.
    """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.wait(LONGEST_END)
        finally:
            self.kill()
            super().__exit__(kind, error, trace)
