"""The transport of a connection: closing it lets the client read the response, and writing never fails."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from uvicorn.protocols.http.flow_control import FlowControl

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINGER_IDLE = 2
"""Seconds without data after which a connection that is closed for writing is closed for reading too."""
MAX_LINGER = 30
"""Seconds after which it is closed for reading in any case."""
MAX_DISCARDED_BYTES = 32 * 1024 * 1024
"""How many bytes of a body that nobody reads are received before the connection is closed.

Many clients read the response only after sending their whole body.
"""


class Receiver(Protocol):
    """The protocol that receives the data of a transport."""

    ignores_input: bool

    def is_receiving_body(self) -> bool:
        """Return whether the client has not sent the whole request."""


class ClientTransport(asyncio.Transport):
    """Extends an event loop's transport.

    The client may leave at any time. Then event loops differ in which calls raise, until they report the loss of the
    connection; here, none does.

    If the client is still sending when the connection is closed, it is closed for writing first: a connection that is
    closed while there is unread data is reset, and the client would lose the response. It is closed for reading when
    the client closes it, by a second call, or by `tick`, after some seconds. `discard` limits the bytes. If the client
    has sent nothing, `may_linger` can be set to False.
    """

    def __init__(self, transport: asyncio.Transport, receiver: Receiver) -> None:
        super().__init__()
        self._transport = transport
        self._receiver = receiver
        self.may_linger = True
        self._lingers = False
        self._idle_ticks = self._linger_ticks = self._discarded_bytes = 0

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        """Send bytes, unless the connection is closed."""
        if self._lingers:
            return
        try:
            self._transport.write(data)
        except RuntimeError:
            if not self._transport.is_closing():
                raise

    def is_closing(self) -> bool:
        """Return whether it is closed, at least for writing."""
        return self._lingers or self._transport.is_closing()

    def close(self) -> None:
        """Close it after what was written has been sent."""
        is_sending = self._receiver.ignores_input or self._receiver.is_receiving_body()
        if self.is_closing() or not (is_sending and self.may_linger):
            self._transport.close()
            return
        self._lingers = self._receiver.ignores_input = True
        with suppress(OSError, RuntimeError):  # the client has closed it
            self._transport.resume_reading()
            self._transport.write_eof()

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Receive no more data for now."""
        with suppress(RuntimeError):
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Receive data again."""
        with suppress(RuntimeError):
            self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return a fact about the connection, such as its socket."""
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the client has not taken yet."""
        return self._transport.get_write_buffer_size()

    def discard(self, size: int) -> None:
        """Count received bytes that nobody reads. If there are too many, close the connection at once."""
        self._idle_ticks = 0
        self._discarded_bytes += size
        if self._discarded_bytes > MAX_DISCARDED_BYTES:
            self.abort()

    def tick(self) -> None:
        """Count a second in which the connection was closed for writing only."""
        if self._lingers:
            self._idle_ticks += 1
            self._linger_ticks += 1
            if self._idle_ticks > MAX_LINGER_IDLE or self._linger_ticks > MAX_LINGER:
                self._transport.close()


class InputFlow(FlowControl):
    """Extends uvicorn's flow control: data is received only while `may_read` returns True."""

    def __init__(self, transport: asyncio.Transport, may_read: "Callable[[], bool]") -> None:
        super().__init__(transport)
        self._may_read = may_read

    def resume_reading(self) -> None:
        """Receive data again, if it was paused and requests are not waiting."""
        if self.read_paused and self._may_read():
            super().resume_reading()
