"""The settings of a server. They are read once, at start-up, and then passed as arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TypeAlias

from mock_server.domain.lifecycles import TimingName
from mock_server.domain.limits import Limits
from mock_server.state.clock import ClockMode
from mock_server.state.documentation import DEFAULT_DOCUMENTATION, Documentation
from mock_server.state.journal_budget import DEFAULT_BYTES
from mock_server.state.request_journal import DEFAULT_CAPACITY

DEFAULT_FILE_BYTES = 16 * 1024 * 1024
"""The maximum size of a body that is a file, or a form with a file. See: BASE-09."""
LogFormat: TypeAlias = Literal["text", "json"]
DEFAULT_SHUTDOWN_TIMEOUT = 5
"""Seconds."""
DEFAULT_KEEP_ALIVE = 75
"""Seconds.

With this default, clients that poll every minute, or that keep connections open for a minute, do not use a closed
connection.
"""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one client, and all of them together, may hold open.

    `connections` is how many may be open at once, and `head_bytes` the size of a request line and its headers. A client
    has `head_seconds` for them. In a body it may pause for `body_idle_seconds`, and has `body_seconds` for all of it.
    """

    connections: int = 1_000
    head_bytes: int = 32 * 1024
    head_seconds: int = 10
    body_idle_seconds: int = 30
    body_seconds: int = 300


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server.

    `now` is the clock's start time, None for the machine's time. `speed` is in seconds of the workspace for each of the
    machine's. `world_folder` contains CSV files, None for the sample world. `quirks` are the quirks that are set in
    addition to the profile of `documentation`, by name. `limits` of None disables rate limits. `max_workspaces` is how
    many workspaces can be created in addition to the default one, and `journal_capacity` is how many exchanges each
    workspace's journal keeps, 0 for none. `journal_bytes` bounds all journals of the server together. `allowed_hosts`
    are names of the server in addition to loopback's, `*` for all names (see `http/origins.py`). `keep_alive` is how
    many seconds an idle connection stays open. `data` is an SQLite file and `database_url` a PostgreSQL database in
    which the state is kept; without both, it is kept in memory.
    `connection_limits` apply in `mock-server serve` only. `snapshot_file`
    is the snapshot with which the default workspace starts, and `save_on_exit` the file to which its state is saved
    when the server stops. `metrics` enables metrics, and `access_log` a line in the log for each request. `log_format`
    and `shutdown_timeout` apply in `mock-server serve` only; the latter is how many seconds the requests that have
    begun may take when the server stops. `json_start` prints the start message as JSON, and `stop_with_stdin` stops
    `mock-server serve` when its standard input ends. `max_file_bytes` is the maximum size of an uploaded file, with the
    form that contains it. `workers` is how many processes serve in `mock-server serve`. `secrets_dir` is the folder
    with files for the secrets that are not set (see `secret_files.py`), and `has_new_secrets` whether one was made at
    this start. `max_streams` is how many streams of events may be open at once.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    clock_mode: ClockMode = "running"
    now: datetime | None = None
    speed: float = 1.0
    timing: TimingName = "quick"
    world_folder: Path | None = None
    seed: int = 1
    cors: bool = False
    allowed_hosts: tuple[str, ...] = ()
    documentation: Documentation = DEFAULT_DOCUMENTATION
    quirks: Mapping[str, bool] = field(default_factory=dict)
    limits: Limits | None = None
    control_token: str | None = None
    sample_password: str | None = None
    max_workspaces: int = 256
    journal_capacity: int = DEFAULT_CAPACITY
    journal_bytes: int = DEFAULT_BYTES
    keep_alive: int = DEFAULT_KEEP_ALIVE
    data: Path | None = None
    database_url: str | None = field(default=None, repr=False)
    connection_limits: ConnectionLimits = ConnectionLimits()
    max_file_bytes: int = DEFAULT_FILE_BYTES
    snapshot_file: Path | None = None
    save_on_exit: Path | None = None
    metrics: bool = False
    log_format: LogFormat = "text"
    access_log: bool = False
    shutdown_timeout: int = DEFAULT_SHUTDOWN_TIMEOUT
    workers: int = 1
    json_start: bool = False
    stop_with_stdin: bool = False
    secrets_dir: Path | None = None
    has_new_secrets: bool = False
    max_streams: int = 64

    @property
    def on_loopback(self) -> bool:
        """Return whether only this machine can reach the server."""
        return self.host == "localhost" or is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return whether the address is a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
