"""Servers in processes of their own, and a load balancer in front of several: a client meets another one on each call.

nginx answers some requests itself: `TRACE`, and paths that contain `%00`. HAProxy sends each connection to the next
server, and does not look into it.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeAlias

from tests.storage import postgres_cluster

PROGRAMS_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
NGINX = shutil.which("nginx", path=PROGRAMS_PATH)
HAPROXY = shutil.which("haproxy", path=PROGRAMS_PATH)
LoadBalancer: TypeAlias = Callable[[Path, Sequence["ServerProcess"]], AbstractContextManager[str]]
"""Runs in front of servers until the block ends, with its files in a folder. Yields its origin."""
READY_ATTEMPTS = 600
READY_PAUSE = 0.05
CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_max_body_size 64m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream servers {{
        {servers}
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_next_upstream error timeout;
            proxy_read_timeout 120s;
        }}
    }}
}}
"""
"""Round robin. If a server is gone, nginx sends a request to another one, unless it is a POST that was sent already."""

HAPROXY_CONFIGURATION = """
global
    stats socket {folder}/haproxy.sock
defaults
    mode tcp
    timeout connect 5s
    timeout client 120s
    timeout server 120s
frontend clients
    bind 127.0.0.1:{port}
    default_backend servers
backend servers
    balance roundrobin
    {servers}
"""


def missing_reason() -> str:
    """Return why replicas cannot be run here, an empty text if they can."""
    return postgres_cluster.missing_reason() or ("" if NGINX else "needs nginx")


@dataclass
class ServerProcess:
    """A server. `log` is the file with its standard error."""

    process: "subprocess.Popen[str]"
    origin: str
    log: Path

    def kill(self) -> None:
        """Kill the server, as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def memory_kib(self) -> int:
        """Return the resident memory of the process."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process and its workers have used."""
        return cpu_seconds(self.process.pid)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, of its children, and of those that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children:
        with suppress(OSError):  # it has ended
            seconds += cpu_seconds(int(child))
    return seconds


def start_server(folder: Path, name: str, flags: Sequence[str], port: int = 0) -> ServerProcess:
    """Start a server, and wait until it listens."""
    log = folder / f"{name}.log"
    command = [sys.executable, "-m", "mock_server", "serve", "--port", str(port), *flags]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    assert process.stdout is not None
    first = process.stdout.readline().split()
    if not first:
        process.wait()
        raise AssertionError(log.read_text(errors="replace"))
    return ServerProcess(process, first[1].removesuffix("/api/v3"), log)


@contextmanager
def running_servers(folder: Path, flags: Sequence[str], count: int = 1) -> Iterator[list[ServerProcess]]:
    """Run servers with the same flags. They must stop by themselves at the end, unless they were killed."""
    servers = list[ServerProcess]()
    try:
        for number in range(1, count + 1):
            servers.append(start_server(folder, f"server{number}", flags))
        yield servers
    finally:
        for server in servers:
            server.process.terminate()
        for server in servers:
            server.process.communicate(timeout=60)


@contextmanager
def running_proxy(folder: Path, servers: Sequence[ServerProcess]) -> Iterator[str]:
    """Run nginx in front of the servers, and yield its origin."""
    assert NGINX is not None
    port = free_port()
    upstream = " ".join(f"server {server.origin.removeprefix('http://')};" for server in servers)
    user = "user root;" if os.geteuid() == 0 else ""  # or the workers could not write to the folder
    text = CONFIGURATION.format(folder=folder, servers=upstream, port=port, user=user)
    (folder / "nginx.conf").write_text(text)
    command = [NGINX, "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with _running(command, port, folder / "nginx.log") as origin:
        yield origin


@contextmanager
def running_haproxy(folder: Path, servers: Sequence[ServerProcess]) -> Iterator[str]:
    """Run HAProxy in front of the servers, and yield its origin."""
    if HAPROXY is None:
        raise RuntimeError("HAProxy is missing: apt-get install haproxy")
    port = free_port()
    lines = (f"server {number} {each.origin.removeprefix('http://')}" for number, each in enumerate(servers))
    text = HAPROXY_CONFIGURATION.format(folder=folder, port=port, servers="\n    ".join(lines))
    (folder / "haproxy.cfg").write_text(text)
    command = [HAPROXY, "-db", "-f", str(folder / "haproxy.cfg")]
    with _running(command, port, folder / "haproxy.log") as origin:
        yield origin


@contextmanager
def _running(command: Sequence[str], port: int, log: Path) -> Iterator[str]:
    """Run a load balancer that listens on a port, and yield its origin. What it prints goes to the log."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _await_port(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def running_replicas(
    folder: Path, database_url: str, count: int, flags: Sequence[str] = (), balancer: LoadBalancer = running_proxy
) -> Iterator[tuple[str, list[ServerProcess]]]:
    """Run servers that share a database, and a load balancer in front of them. Yield its origin, and the servers."""
    with (
        running_servers(folder, ["--database-url", database_url, *flags], count) as servers,
        balancer(folder, servers) as origin,
    ):
        yield origin, servers


def read_errors(servers: Sequence[ServerProcess]) -> list[str]:
    """Return the lines that the servers have logged. A server that does its work logs none."""
    return [line for server in servers for line in server.log.read_text(errors="replace").splitlines()]


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(READY_ATTEMPTS):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        Event().wait(READY_PAUSE)
    raise AssertionError(log.read_text(errors="replace"))
