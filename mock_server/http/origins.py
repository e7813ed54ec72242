"""Which web pages may send requests. These checks protect a server on loopback from pages that a browser has open.

A page on another site can make its reader's browser send requests to loopback. It has two ways:

- DNS rebinding: the page's own host name is made to resolve to 127.0.0.1. The browser then takes the server for the
  page's site, so the page can read every response. Only the `Host` header shows the name: `HostCheck`.
- A request to another site, which the browser sends without asking the server if it is a simple one: a GET, or a POST
  without a body or with the content type of a form. The page cannot read the response, but the request has an effect:
  `require_own_page`, for the control API. The platform's API needs no such check, because each operation that reads or
  writes data needs the header `Authorization` or a JSON body, for which a browser asks the server first.

Browsers always send `Host`, so a request without one (HTTP/1.0) comes from another client and passes. In the absolute
form of a request's target, only the `Host` header counts, because a browser sends that form only to a proxy, together
with the same `Host`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

from mock_server.domain.errors import InvalidRequestError, MisdirectedRequestError, NotAuthorizedError, Problem
from mock_server.http.context import RequestContext

EVERY_HOST = "*"
MAX_ACCEPTED_HOSTS = 256
"""How many values of `Host` are remembered. The port and the names below localhost are free, so there is no end."""
HOST_MESSAGE = "this server answers only to loopback names; to allow this name, start it with --allowed-host {}"
ORIGIN_MESSAGE = "browser requests to the control API need --cors; restart the server with it"
SITE_MESSAGE = "a page on another site sent this request; such requests to the control API need --cors"
FORM_MESSAGE = "send application/json: a page on another site could send this content type; such requests need --cors"
OWN_SITES = (b"same-origin", b"none")
FORM_TYPES = (b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data")
"""The content types that a page may send to another site without asking its server."""


class HostCheck:
    """Refuses requests whose `Host` header names another server.

    Loopback names are always allowed; `allowed_hosts` are further names, without a port, or `*` for every name. By
    default only requests that arrive at a loopback address are checked. A client in the same process passes, because
    its requests arrive at no address. `checks_every_address` is for a server beyond loopback.

    `accepted` contains values of the header that have passed, so that checking them again costs one look-up.
    """

    def __init__(self, allowed_hosts: Sequence[str] = (), *, checks_every_address: bool = False) -> None:
        self._allowed_hosts = frozenset(name.lower().removesuffix(".") for name in allowed_hosts)
        self._checks_every_address = checks_every_address
        self.accepted: set[bytes | None] = {None}

    def require(self, scope: Scope, host: bytes | None) -> None:
        """Refuse the request with 421 if the header names another server. Raises MisdirectedRequestError."""
        if EVERY_HOST in self._allowed_hosts or not (self._checks_every_address or arrived_at(scope) == "loopback"):
            return
        name = parse_host_name((host or b"").decode("latin-1"))
        if name is None or not (name in self._allowed_hosts or _is_loopback_name(name)):
            raise MisdirectedRequestError(Problem("host", "Host", HOST_MESSAGE.format(name or "NAME")))
        if len(self.accepted) > MAX_ACCEPTED_HOSTS:
            self.accepted = {None}
        self.accepted.add(host)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Who may send requests.

    `control_token` is the token that control requests must send: None if no token is needed, "" to refuse all control
    requests. `allows_other_pages` allows control requests from pages of other origins.
    """

    control_token: str | None = None
    allows_other_pages: bool = False
    host_check: HostCheck | None = None


def require_single_host(context: RequestContext) -> None:
    """Refuse a request with two `Host` headers, because two servers could read it differently."""
    if b"host" in context.repeated_headers:
        raise InvalidRequestError(Problem("duplicate", "Host", "the header is sent twice"))


def parse_host_name(value: str) -> str | None:
    """Return the name in a `Host` header in lower case, without port, brackets and final dot. None if there is none."""
    name, separator, port = value.strip().lower().rpartition(":")
    if not separator or port.endswith("]"):
        name, port = value.strip().lower(), ""
    if port and not (port.isascii() and port.isdigit()):
        return None
    if name.startswith("["):
        return name[1:-1] if name.endswith("]") and _is_address(name[1:-1]) else None
    return name.removesuffix(".") or None


def arrived_at(scope: Scope) -> str:
    """Return at which kind of address a request arrived: `loopback`, `network`, or `none` within the same process."""
    server = scope.get("server")
    return _kind_of_address(server[0]) if server else "none"


def require_own_page(context: RequestContext) -> None:
    """Refuse a request that a page of another origin may have sent. Raises NotAuthorizedError.

    A page of this server itself may send any request. A link on another page may open a page of this server.
    """
    headers = context.headers
    origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
    if origin is not None and (b"origin" in context.repeated_headers or not _is_own_origin(origin, headers)):
        raise NotAuthorizedError(Problem("permission", "Origin", ORIGIN_MESSAGE))
    if site is not None and site.lower() not in OWN_SITES and not _opens_page(context):
        raise NotAuthorizedError(Problem("permission", "Sec-Fetch-Site", SITE_MESSAGE))
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type in FORM_TYPES and context.method not in ("GET", "HEAD"):
        raise NotAuthorizedError(Problem("permission", "content-type", FORM_MESSAGE))


def _is_own_origin(origin: bytes, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the origin is the one to which the request was sent. A proxy in front of the server may add TLS."""
    scheme, separator, host = origin.lower().partition(b"://")
    return bool(separator) and scheme in (b"http", b"https") and host == headers.get(b"host", b"").lower() != b""


def _opens_page(context: RequestContext) -> bool:
    """Whether a browser opens the response as a page of its own, which the page with the link cannot read."""
    mode, destination = (context.headers.get(name, b"").lower() for name in (b"sec-fetch-mode", b"sec-fetch-dest"))
    return context.method == "GET" and mode == b"navigate" and destination in (b"document", b"")


def _is_loopback_name(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost") or _kind_of_address(name) == "loopback"


def _is_address(text: str) -> bool:
    return _kind_of_address(text) != "none"


@lru_cache(MAX_ACCEPTED_HOSTS)
def _kind_of_address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return "none"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return "loopback" if (mapped or address).is_loopback else "network"
