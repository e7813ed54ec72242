"""A PostgreSQL cluster of its own in a temporary folder, which tests may kill."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event

USER = "wavetank"
OWNER = "postgres"
"""PostgreSQL refuses to run as root, so root runs it as this user."""
PROGRAMS = ("initdb", "postgres", "createdb", "pg_isready")
READY_ATTEMPTS = 600
READY_PAUSE = 0.05
RULES = """host all {guarded} 127.0.0.1/32 scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
"""
GUARDED_USER = "guarded"
"""A role with this name needs a password. It does not exist at first."""


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None."""
    found = shutil.which("postgres") or shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(found).resolve().parent] if found else [])]
    complete = (folder for folder in folders if all((folder / program).exists() for program in PROGRAMS))
    return max(complete, key=lambda folder: [int(part) for part in folder.parts if part.isdecimal()], default=None)


def missing_reason() -> str:
    """Return why no cluster can be used here, an empty text if one can."""
    if find_binaries() is None:
        return "needs PostgreSQL, which .ci/run installs"
    if find_spec("psycopg") is None:
        return "needs psycopg: pip install 'wavetank[postgres]'"
    if os.geteuid() == 0 and OWNER not in {user.pw_name for user in pwd.getpwall()}:
        return f"PostgreSQL does not run as root, and there is no user {OWNER}"
    return ""


class PostgresCluster:
    """A cluster with an empty database. `start` and `kill` may be called again and again.

    If it does not `sync`, it starts faster, and would lose data if the machine stopped.
    """

    def __init__(self, folder: Path, *, sync: bool = True) -> None:
        binaries = find_binaries()
        assert binaries is not None
        self._binaries, self._folder = binaries, folder
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            "fsync": "on" if sync else "off",
        }
        self._owner = OWNER if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        if self._owner:
            shutil.chown(folder, self._owner)
        self._data = folder / "data"
        locale = "-E", "UTF8", "--no-locale"
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", USER, "--no-sync", *locale)
        (self._data / "pg_hba.conf").write_text(RULES.format(guarded=GUARDED_USER))

    def url(self, database: str, user: str = USER) -> str:
        """Return the URL of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the cluster, and wait until it accepts connections.

        After a kill, PostgreSQL refuses to start as long as one of the killed processes still exists; then try again.
        """
        ready = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER]
        for _ in range(READY_ATTEMPTS):
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            if subprocess.run(ready, check=False).returncode == 0:
                return
            Event().wait(READY_PAUSE)
        raise AssertionError((self._folder / "log").read_text())

    def create_database(self, name: str) -> str:
        """Create an empty database, and return its URL."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name)
        return self.url(name)

    def kill(self) -> None:
        """Kill all processes of the cluster at once. The postmaster is stopped first, so that it starts no others."""
        process, self._process = self._process, None
        if process is None:
            return
        os.kill(process.pid, signal.SIGSTOP)
        for pid in [*_children(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def stop_at_once(self) -> None:
        """Stop the cluster as `pg_ctl stop -m immediate` does: all connections break, and it recovers at its start."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def _launch(self) -> "subprocess.Popen[bytes]":
        flags = [flag for name, value in self._settings.items() for flag in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *flags]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, user=self._owner)

    def _run(self, program: str, *flags: str) -> None:
        command = [str(self._binaries / program), *flags]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, user=self._owner)


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


@contextmanager
def running_cluster(*, sync: bool = True) -> Iterator[PostgresCluster]:
    """Run a cluster until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="wavetank-postgres-"))
    try:
        cluster = PostgresCluster(folder, sync=sync)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop_at_once()  # unlike a kill, it leaves no shared memory behind
    finally:
        shutil.rmtree(folder, ignore_errors=True)
