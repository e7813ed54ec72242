"""The server's connections. They use httptools if it is installed, because it is several times faster than h11."""

import asyncio

HttpProtocol: type[asyncio.Protocol]
try:
    import httptools  # noqa: F401 - whether it is installed
except ImportError:
    from mock_server.http.protocol.with_h11 import H11Connection

    HttpProtocol = H11Connection
else:
    from mock_server.http.protocol.with_httptools import HttptoolsConnection

    HttpProtocol = HttptoolsConnection
