"""The header `traceparent`, which names the trace to which a request belongs (W3C Trace Context)."""

import re
from collections.abc import Iterable

TRACEPARENT_HEADER = "traceparent"
TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})(?P<trace_id>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<rest>-.*)?"
)
FIRST_VERSION = "00"
"""The only version that has been published. Later ones may add to the end of the header."""


def find_trace_id(headers: Iterable[tuple[str, str]]) -> str | None:
    """Return the id of the trace. None if the header is missing, repeated or invalid. Names are in lower case."""
    values = [value.strip() for name, value in headers if name == TRACEPARENT_HEADER]
    match = TRACEPARENT.fullmatch(values[0]) if len(values) == 1 else None
    if match is None or (match["rest"] is not None and values[0].startswith(FIRST_VERSION)):
        return None
    return match["trace_id"]
