"""Opens connections to a target: directly on loopback, otherwise through the proxies that the environment sets."""

import os
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from contracts.spec.redactor import REDACTOR
from contracts.target.client import TIMEOUT, NoCookies
from contracts.target.loopback import LoopbackClient
from contracts.target.options import OptionError
from contracts.target.target import is_loopback_url

PROXY_SCHEMES = ("http", "https", "all")
PROXY_VARIABLES = frozenset({*(f"{scheme}_proxy" for scheme in PROXY_SCHEMES), "no_proxy"})
SYSTEM_SETTINGS = "the system settings"
"""The source of a proxy on macOS and Windows if no variable sets one."""
PROXY_EXTENSION = "contracts_proxy"
"""The extension of a response that contains the variable of the proxy through which the response came."""


class NetworkSettingError(OptionError):
    """An environment variable that sets a proxy or certificates cannot be used."""


class EnvironmentProxy(httpx2.HTTPTransport):
    """The connections through the proxy that a variable sets. Their errors name the variable.

    Raises NetworkSettingError if the value of the variable is not the URL of a proxy.
    """

    def __init__(self, variable: str, address: str, tls: ssl.SSLContext) -> None:
        self._variable = variable
        try:
            super().__init__(verify=tls, proxy=address if "://" in address else f"http://{address}")
        except ImportError as error:
            raise NetworkSettingError(f"{variable} sets a SOCKS proxy: install the package socksio") from error
        except (ValueError, httpx2.InvalidURL) as error:
            raise NetworkSettingError(f"{variable} is not the URL of a proxy: {error}") from error

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises httpx2.TransportError with the name of the variable."""
        try:
            response = super().handle_request(request)
        except httpx2.TransportError as error:
            raise type(error)(f"{error} (through the proxy set in {self._variable})", request=request) from error
        response.extensions[PROXY_EXTENSION] = self._variable
        return response


def open_http(*urls: str) -> httpx2.Client:
    """Open a connection pool to these addresses; redirects are not followed and cookies are not kept.

    The environment's proxies are used only for addresses other than loopback, and its certificates only for https.
    Raises NetworkSettingError if they cannot be used.
    """
    uses_proxies = not all(map(is_loopback_url, urls))
    uses_https = any(url.startswith("https:") for url in urls)
    if uses_https or uses_proxies:
        tls = _build_tls_context(uses_variables=uses_https)
    else:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused; it trusts no certificate, so none has to be loaded
    mounts: dict[str, httpx2.BaseTransport | None] = dict(_open_proxies(tls) if uses_proxies else ())
    mounts |= {f"all://{urlsplit(url).netloc}": None for url in urls if is_loopback_url(url)}
    return LoopbackClient(
        timeout=TIMEOUT,
        follow_redirects=False,
        cookies=NoCookies(),
        verify=tls,
        trust_env=uses_proxies,
        mounts=mounts,
        event_hooks={"response": [REDACTOR.learn_from_response]},
    )


def inherit_environment(environment: Mapping[str, str], url: str) -> dict[str, str]:
    """Return the environment for a process that sends requests to the URL: on loopback without proxies."""
    if not is_loopback_url(url):
        return dict(environment)
    return {name: value for name, value in environment.items() if name.lower() not in PROXY_VARIABLES}


def _open_proxies(tls: ssl.SSLContext) -> Iterator[tuple[str, httpx2.BaseTransport]]:
    """Open the environment's proxies, by the URLs to which they apply. httpx2 reads the exceptions of NO_PROXY."""
    proxies = getproxies()
    if "*" in (host.strip() for host in proxies.get("no", "").split(",")):
        return
    for scheme, address in proxies.items():
        if scheme in PROXY_SCHEMES and address:
            names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
            variable = next((name for name in names if os.environ.get(name)), SYSTEM_SETTINGS)
            yield f"{scheme}://", EnvironmentProxy(variable, address, tls)


def _build_tls_context(*, uses_variables: bool) -> ssl.SSLContext:
    """Build the context that verifies certificates. Raises NetworkSettingError."""
    directory = "" if os.environ.get("SSL_CERT_FILE") else os.environ.get("SSL_CERT_DIR")
    if uses_variables and directory and not os.path.isdir(directory):
        raise NetworkSettingError(f"SSL_CERT_DIR={directory} cannot be used: there is no such directory")
    try:
        return httpx2.create_ssl_context(trust_env=uses_variables)
    except OSError as error:
        key_log = os.environ.get("SSLKEYLOGFILE")
        variable = "SSLKEYLOGFILE" if key_log and error.filename == key_log else "SSL_CERT_FILE"
        value = os.environ.get(variable, "")
        raise NetworkSettingError(f"{variable}={value} cannot be used: {error.strerror or error}") from error
