"""The sockets on which the server listens."""

import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import NamedTuple, TypeAlias

BACKLOG = 2048
"""How many connections may wait to be accepted."""
SMALL_BACKLOG = 16
"""The same, if descriptors are scarce: an event loop may accept all waiting connections before it handles the first."""
SPARE_DESCRIPTORS = 64
"""How many descriptors are left for everything except connections."""
MAX_PORT_ATTEMPTS = 16
"""How many ports that are free on one address are tried, to find one that is free on every address."""
SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


class Address(NamedTuple):
    """An address without a port: its family, such as AF_INET6, and the host to which a socket is bound."""

    family: int
    host: str
    scope: tuple[int, ...] = ()

    def with_port(self, port: int) -> tuple[str | int, ...]:
        """Return the value to which a socket is bound."""
        return (self.host, port, *self.scope)


LOCALHOST = (Address(socket.AF_INET, "127.0.0.1"), Address(socket.AF_INET6, "::1"))
"""Both addresses of localhost, even if the machine resolves only one, because a client may try either."""


class Capacity(NamedTuple):
    """How many connections may be open, and how many more may wait to be accepted."""

    connections: int
    backlog: int


class ListenError(Exception):
    """The address or the port is not available."""


class PortInUseError(ListenError):
    """Another server uses the port."""


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """Open a socket for each address of the host, all with the same port; from now on, connecting clients are queued.

    Port 0 selects a free port. If there are several addresses, those that the machine does not have are skipped. Raises
    ListenError.
    """
    addresses = choose_available(_resolve(host))
    for _ in range(MAX_PORT_ATTEMPTS if port == 0 else 0):
        # The port that is free on the first address may be in use on another.
        with suppress(PortInUseError):
            return _listen_on_each(addresses, port)
    return _listen_on_each(addresses, port)


def provide_descriptors(wanted: int, reserve: int) -> Capacity:
    """Raise the process's limit of file descriptors, if `wanted` connections need more, and return what is possible.

    `reserve` is how many connections are accepted in excess. On Windows there is no such limit.
    """
    try:
        import resource
    except ImportError:
        return Capacity(wanted, BACKLOG)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + reserve + SPARE_DESCRIPTORS + 2 * BACKLOG
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return fit_capacity(wanted, reserve, None if soft == resource.RLIM_INFINITY else soft)


def fit_capacity(wanted: int, reserve: int, descriptors: int | None) -> Capacity:
    """Return the capacity for which the descriptors suffice. None means that there is no limit."""
    if descriptors is None:
        return Capacity(wanted, BACKLOG)
    available = descriptors - SPARE_DESCRIPTORS - reserve
    if wanted + 2 * BACKLOG <= available:
        return Capacity(wanted, BACKLOG)
    return Capacity(max(1, min(wanted, available - 2 * SMALL_BACKLOG)), SMALL_BACKLOG)


def choose_address_option(platform: str) -> str:
    """The name of the socket option for a server's port on a platform, which is named as in `sys.platform`.

    On Windows, SO_REUSEADDR would let a second server use the port of the first. Without SO_EXCLUSIVEADDRUSE, a second
    server could still do so by setting SO_REUSEADDR itself. On other platforms, SO_REUSEADDR only lets a server restart
    at once.
    """
    return "SO_EXCLUSIVEADDRUSE" if platform == "win32" else "SO_REUSEADDR"


def format_address(address: SocketAddress) -> str:
    """The address and the port of a socket, as in a URL."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable_host(host: str) -> str:
    """The host at which a client on this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _resolve(host: str) -> Sequence[Address]:
    if host == "localhost":
        return LOCALHOST
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ListenError(f"cannot listen on {host}: {error.strerror}") from error
    addresses = [Address(family, str(address[0]), tuple(map(int, address[2:]))) for family, _, _, _, address in found]
    return list(dict.fromkeys(addresses))


def choose_available(addresses: Sequence[Address]) -> Sequence[Address]:
    """Return the addresses that belong to the machine, or all addresses if none does."""
    return [address for address in addresses if is_available(address)] or addresses


def is_available(address: Address) -> bool:
    """Return whether the address belongs to the machine."""
    try:
        with socket.socket(address.family, socket.SOCK_STREAM) as probe:
            probe.bind(address.with_port(0))
    except OSError:
        return False
    return True


def _listen_on_each(addresses: Sequence[Address], port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    with ExitStack() as opened:
        for address in addresses:
            listeners.append(opened.enter_context(_listen(address, port)))
            port = listeners[0].getsockname()[1]
        opened.pop_all()
    return listeners


def _listen(address: Address, port: int) -> socket.socket:
    # With the protocol, asyncio sets TCP_NODELAY. Without, a body would follow its head 40 ms later.
    listener = socket.socket(address.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, getattr(socket, choose_address_option(sys.platform)), 1)
        listener.bind(address.with_port(port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        failure = PortInUseError if error.errno == errno.EADDRINUSE else ListenError
        raise failure(f"cannot listen on {format_address((address.host, port))}: {error.strerror}") from error
    return listener
