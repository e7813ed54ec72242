"""The servers that are killed: processes of `mock-server serve` that share one store."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Condition

from tests.storage.kills.processes import Launch, ServerProcess

START_SECONDS = 120


class Fleet:
    """Some servers with the same flags. Each writes its log into a file of `folder`, over all of its starts."""

    def __init__(self, launch: Launch, flags: Sequence[str], size: int, folder: Path) -> None:
        self._launch, self._flags, self._folder = launch, flags, folder
        self._processes: dict[int, ServerProcess] = {}
        self._addresses: dict[int, tuple[str, int]] = {}
        self._changed = Condition()
        self._is_closed = False
        self.size = size

    def start(self, number: int) -> None:
        """Start a server, and wait until it listens."""
        process = self._launch(self._flags, self._folder / f"server-{number}.log")
        with self._changed:
            self._processes[number] = process
        first_line = process.read_line()
        assert first_line.startswith("Platform"), self.read_logs()
        host, _, port = first_line.split()[1].removeprefix("http://").partition("/")[0].rpartition(":")
        with self._changed:
            self._addresses[number] = host, int(port)
            self._changed.notify_all()

    def start_all(self) -> None:
        """Start all servers at the same time."""
        with ThreadPoolExecutor(self.size) as threads:
            list(threads.map(self.start, range(self.size)))

    def kill(self, number: int) -> None:
        """Kill a server."""
        with self._changed:
            process = self._processes.pop(number)
            self._addresses.pop(number, None)
        process.kill()

    def kill_all(self) -> None:
        """Kill all servers that run."""
        for number in list(self._processes):
            self.kill(number)

    def close(self) -> None:
        """Kill all servers that run. Who asks for an address from then on is refused."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self.kill_all()

    def addresses(self) -> dict[int, tuple[str, int]]:
        """Return the addresses of the servers that run, by number. If none does, wait until one does.

        Raises ConnectionRefusedError if no server will be started any more.
        """
        with self._changed:
            is_known = self._changed.wait_for(lambda: self._addresses or self._is_closed, START_SECONDS)
            assert is_known, "no server was started"
            if self._is_closed:
                raise ConnectionRefusedError
            return dict(self._addresses)

    def read_logs(self) -> str:
        """Return what the servers have written to their logs."""
        return "".join(path.read_text() for path in sorted(self._folder.glob("server-*.log")))
