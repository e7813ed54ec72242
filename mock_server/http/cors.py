"""With `--cors`: lets pages of every origin send requests. It is imported only then."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS = ("GET", "POST", "PUT", "DELETE")


class PageAccess(CORSMiddleware):
    """Answers a browser's question whether a page may send a request, and allows pages to read responses.

    It answers only a question that it allows. One that it denies, or for which `is_refused` is true, is passed on, so
    that the refusal has the platform's error body and an id. See: ERR-01, BASE-06.
    """

    def __init__(self, app: ASGIApp, is_refused: Callable[[Scope], bool]) -> None:
        super().__init__(
            app, allow_origins=["*"], allow_methods=METHODS, allow_headers=["*"], expose_headers=["x-request-id"]
        )
        self._is_refused = is_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser's question, or pass the request on."""
        if scope["type"] == "http" and self._is_question(scope) and (self._is_refused(scope) or self._denies(scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _is_question(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        return scope["method"] == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers

    def _denies(self, scope: Scope) -> bool:
        return self.preflight_response(Headers(scope=scope)).status_code != 200
