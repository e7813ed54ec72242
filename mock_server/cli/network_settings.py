"""Connection settings from the environment: proxies, and certificates for https.

A server on loopback is never contacted through a proxy. If the value of a variable cannot be used, the error names the
variable.
"""

import os
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import BaseHandler, HTTPHandler, HTTPSHandler, ProxyHandler, getproxies, proxy_bypass

from mock_server.flags import CommandError
from mock_server.settings import is_loopback

SYSTEM_SETTINGS = "the system settings"
"""The source of a proxy on macOS and Windows if no variable sets one."""


def find_proxy(url: str) -> tuple[str, str] | None:
    """Return the name of the variable that sets the proxy for the URL, and the proxy; None for a direct connection."""
    try:
        parts = urlsplit(url)
    except ValueError:  # not a URL: the request fails for this reason
        return None
    host, proxy = parts.hostname or "", getproxies().get(parts.scheme, "")
    if not proxy or host == "localhost" or is_loopback(host) or proxy_bypass(host):
        return None
    names = (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), SYSTEM_SETTINGS), proxy


def build_handlers(url: str) -> list[BaseHandler]:
    """Return the handler that connects to the URL, through its proxy or directly. Raises CommandError."""
    proxy = find_proxy(url)
    handlers: list[BaseHandler] = [HTTPHandler()]
    if proxy is not None:
        handlers.append(_build_proxy_handler(urlsplit(url).scheme, *proxy))
    if proxy is not None or url.startswith("https:"):
        handlers.append(_build_https_handler())
    return handlers


def format_route(url: str) -> str:
    """Return the end of a message about a request to the URL: the proxy that was used, if any."""
    proxy = find_proxy(url)
    return "" if proxy is None else f" through the proxy set in {proxy[0]}"


def _build_proxy_handler(scheme: str, variable: str, proxy: str) -> ProxyHandler:
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise CommandError(f"{variable} is not the URL of an HTTP proxy, such as http://proxy.example:3128")
    except ValueError as error:
        raise CommandError(f"{variable} is not the URL of a proxy: {error}") from error
    return ProxyHandler({scheme: address})


def _build_https_handler() -> HTTPSHandler:
    """Return a handler that verifies certificates. OpenSSL ignores variables that it cannot use, so check them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _check_variable("SSL_CERT_FILE", lambda value: context.load_verify_locations(cafile=value))
    _check_variable("SSL_CERT_DIR", os.listdir)
    _check_variable("SSLKEYLOGFILE", lambda value: ssl.create_default_context())
    return HTTPSHandler()


def _check_variable(variable: str, use: Callable[[str], object]) -> None:
    value = os.environ.get(variable)
    if value:
        try:
            use(value)
        except OSError as error:
            raise CommandError(f"{variable}={value} cannot be used: {error.strerror or error}") from error
