"""Sends requests to a real deployment, which may be busy: waits after a 429, and tries once more after a failure.

A busy or restarting deployment breaks no rule. If it does not answer after all, the contract is blocked.
"""

from collections.abc import Callable
from typing import Protocol

import httpx2

from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BlockedError, BrokenRuleError

TOO_MANY_REQUESTS = 429
GATEWAY_STATUSES = frozenset({502, 503, 504})
"""The statuses of a gateway in front of a deployment that does not respond."""
PAUSES = (5.0, 10.0, 20.0, 30.0)
"""Seconds to wait after each 429. Together they are longer than the documented window of a minute (RATE-01)."""
LONGEST_PAUSE = 60.0
PAUSE_BEFORE_REPEAT = 1.0
RETRY_AFTER = "retry-after"


class Sender(Protocol):
    """Sends a request and records the exchange."""

    def send(self, http: httpx2.Client, request: httpx2.Request, transcript: Transcript) -> httpx2.Response:
        """Return the response. Raises httpx2.TransportError, or BlockedError if the target refuses for lack of time."""


class PlainSender:
    """Sends each request once. It is used for sandboxes, which respond in full or have failed."""

    def send(self, http: httpx2.Client, request: httpx2.Request, transcript: Transcript) -> httpx2.Response:
        """Return the response."""
        return send_recorded(http, request, transcript)


class PatientSender:
    """Waits after a 429, and repeats a request once that a gateway refused or whose connection was lost.

    A POST that may have had an effect is not repeated; a sign-in has none.
    """

    def __init__(self, pause: Callable[[float], None]) -> None:
        self._pause = pause

    def send(self, http: httpx2.Client, request: httpx2.Request, transcript: Transcript) -> httpx2.Response:
        """Return the response."""
        response = self._send_repeatedly(http, request, transcript)
        for pause in PAUSES:
            if response.status_code != TOO_MANY_REQUESTS:
                return response
            self._pause(_read_retry_after(response, pause))
            response = self._send_repeatedly(http, request, transcript)
        if response.status_code != TOO_MANY_REQUESTS:
            return response
        call = f"{request.method} {request.url.path}"
        raise BlockedError(f"{call} answered 429 (too many requests) {len(PAUSES) + 1} times")

    def _send_repeatedly(self, http: httpx2.Client, request: httpx2.Request, transcript: Transcript) -> httpx2.Response:
        is_repeatable = request.method != "POST" or "/auth" in request.url.path
        try:
            response = send_recorded(http, request, transcript)
        except httpx2.TransportError:
            if not is_repeatable:
                raise
            self._pause(PAUSE_BEFORE_REPEAT)
            response = send_recorded(http, request, transcript)
        if response.status_code in GATEWAY_STATUSES and is_repeatable:
            self._pause(PAUSE_BEFORE_REPEAT)
            response = send_recorded(http, request, transcript)
        if response.status_code in GATEWAY_STATUSES:
            times = "twice" if is_repeatable else "once"
            raise BlockedError(f"{request.method} {request.url.path} answered {response.status_code} {times}")
        return response


def send_recorded(http: httpx2.Client, request: httpx2.Request, transcript: Transcript) -> httpx2.Response:
    """Send the request and record the exchange, even if there is no response. Raises httpx2.TransportError.

    A response whose body cannot be decoded is a fault of the target: raises BrokenRuleError.
    """
    try:
        response = http.send(request)
    except httpx2.TransportError:
        transcript.add(request, None)
        raise
    except httpx2.DecodingError as error:
        transcript.add(request, None)
        what = f"the body of the response to {request.method} {request.url.path}"
        expected = "a body in the encoding that the header Content-Encoding names"
        raise BrokenRuleError(what, expected, f"cannot be decoded: {error}", assumed=False) from error
    transcript.add(request, response)
    return response


def _read_retry_after(response: httpx2.Response, default: float) -> float:
    """Return the seconds in the header `Retry-After`, at most LONGEST_PAUSE. `default` if there are none."""
    text = response.headers.get(RETRY_AFTER, "")
    return min(float(text), LONGEST_PAUSE) if text.isascii() and text.isdigit() else default
