"""The mock in this process, without a socket: transports that pass requests to the application."""

import asyncio
import threading
from dataclasses import replace

import httpx2

from mock_server.app import MockServer, create_app
from mock_server.client.connection import IN_PROCESS_ORIGIN
from mock_server.client.errors import ServerStartError
from mock_server.http.fault_injection import ConnectionAbortedByFaultError
from mock_server.http.metrics import MetricsUnavailableError
from mock_server.settings import Settings
from mock_server.state.state_file import StateFileError
from mock_server.storage.database import StorageSetupError
from mock_server.worlds.world import WorldError


class AsyncAppTransport(httpx2.ASGITransport):
    """Passes requests to the application, in the event loop of the caller."""

    def __init__(self, application: MockServer) -> None:
        super().__init__(application)
        self.application = application

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response. If a fault closes the connection, raise the error that a socket would cause."""
        try:
            return await super().handle_async_request(request)
        except ConnectionAbortedByFaultError as error:
            raise httpx2.RemoteProtocolError("a fault closed the connection", request=request) from error


class AppTransport(httpx2.BaseTransport):
    """Passes requests to the application, in an event loop of its own, which runs in a thread.

    So it can be used with and without a running event loop. The thread starts with the first request.
    """

    def __init__(self, application: MockServer) -> None:
        self.application = application
        self._transport = AsyncAppTransport(application)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def to_async(self) -> AsyncAppTransport:
        """Return a transport for `async` code."""
        return AsyncAppTransport(self.application)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response, with its whole body."""
        return asyncio.run_coroutine_threadsafe(self._handle(request), self._running_loop()).result()

    def stop(self) -> None:
        """Stop the thread. `close` does nothing, because clients of one application share this transport."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._transport.handle_async_request(request)
        content = b"".join([part async for part in response.aiter_raw()])
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=httpx2.ByteStream(content), request=request
        )

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="wavetank", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def build_application(settings: Settings | None = None) -> MockServer:
    """Return the application; without settings, with the defaults and not with those of the environment.

    Its workspaces do not expire when they are idle: tests may patch this process's time. Raises ServerStartError.
    """
    settings = settings or Settings()
    if settings.allowed_hosts:
        own_host = IN_PROCESS_ORIGIN.removeprefix("http://")
        settings = replace(settings, allowed_hosts=(*settings.allowed_hosts, own_host))
    try:
        return create_app(settings, seconds=lambda: 0.0)
    except WorldError as error:
        raise ServerStartError(f"invalid world in {settings.world_folder}: {error}") from error
    except (StateFileError, StorageSetupError, MetricsUnavailableError) as error:
        raise ServerStartError(f"the server did not start: {error}") from error
