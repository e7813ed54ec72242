"""A connection without a socket, on an event loop whose time passes only when nothing else is left to do."""

import asyncio
import selectors
from collections.abc import Awaitable
from functools import cache
from typing import Any, Protocol

from uvicorn.server import ServerState

from mock_server import app
from mock_server.http.protocol.with_h11 import H11Connection
from mock_server.http.protocol.with_httptools import HttptoolsConnection
from mock_server.server import build_config
from mock_server.settings import ConnectionLimits, Settings

CONNECTIONS = {"httptools": HttptoolsConnection, "h11": H11Connection}


class VirtualSelector(selectors.SelectSelector):
    """Adds the time for which it is asked to wait to `now`, instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: when it would, the time has passed."""

    def __init__(self) -> None:
        self.selector = VirtualSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


class VirtualTransport(asyncio.Transport):
    """A client that takes all bytes (`takes` is True), or none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self.protocol: asyncio.Protocol | None = None
        self.received = b""
        self.unsent = 0
        self.takes = self.is_reading_now = True
        self.has_eof = self.is_closed = self.was_aborted = self.has_left = False

    def write(self, data: Any) -> None:
        if self.has_left:
            raise RuntimeError("unable to perform operation; the handler is closed")
        assert not self.is_closed, "bytes are written to a closed connection"
        self.received += bytes(data)
        self.unsent += 0 if self.takes else len(data)
        if self.unsent > 65_536 and self.protocol is not None:
            self.protocol.pause_writing()

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            if not self.unsent and self.protocol is not None:
                self._loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.is_closed = self.was_aborted = True
        self.unsent = 0
        if self.protocol is not None:
            self._loop.call_soon(self.protocol.connection_lost, None)

    def leave(self) -> None:
        """Close it as uvloop does if the client has left: writing raises, but the loss is reported only later."""
        self.is_closed = self.has_left = True

    def write_eof(self) -> None:
        self.has_eof = True

    def pause_reading(self) -> None:
        self.is_reading_now = False

    def resume_reading(self) -> None:
        self.is_reading_now = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default


@cache
def create_application() -> Any:
    """The mock, which all scenarios without an application of their own share."""
    return app.create_app(Settings())


class VirtualServer:
    """A server that opens connections without sockets."""

    def __init__(self, parser: str, limits: ConnectionLimits, application: Any = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.state = ServerState()
        self.config = build_config(application or create_application())
        self.config.load()
        self._connection_class: Any = type("Connection", (CONNECTIONS[parser],), {"limits": limits})

    def connect(self) -> "VirtualClient":
        connection = self._connection_class(config=self.config, server_state=self.state, app_state={}, _loop=self.loop)
        transport = VirtualTransport(self.loop)
        transport.protocol = connection
        connection.connection_made(transport)
        return VirtualClient(connection, transport)


class VirtualClient:
    """The client's end of a connection."""

    def __init__(self, connection: Any, transport: VirtualTransport) -> None:
        self.connection = connection
        self.transport = transport

    def send(self, data: bytes) -> None:
        """Send data, even if the server does not want to read."""
        assert not self.transport.is_closed, "the server has closed the connection"
        self.connection.data_received(data)

    @property
    def received(self) -> bytes:
        return self.transport.received

    @property
    def status(self) -> int:
        """The status of the first response, 0 if there is none."""
        return int(self.received[9:12] or 0)


class Scenario(Protocol):
    """What happens between a server and its clients."""

    def __call__(self, server: VirtualServer, /) -> Awaitable[None]: ...


def play(parser: str, scenario: Scenario, limits: ConnectionLimits | None = None, application: Any = None) -> None:
    """Run a scenario in virtual time."""

    async def run() -> None:
        await scenario(VirtualServer(parser, limits or ConnectionLimits(), application))

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run())


async def pass_time(seconds: float) -> None:
    """Let seconds of virtual time pass."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, passed.set)
    await passed.wait()
