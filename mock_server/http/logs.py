"""The server's log: its formats, and the access log with one line for each request. No line contains a secret."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mock_server.domain import redaction, tracing
from mock_server.http.observer import Observation
from mock_server.state import recorded_exchange

LOGGER = "mock_server"
MAX_TEXT = 2_000
"""How many characters of a path and of a query are logged."""
access_log = logging.getLogger(f"{LOGGER}.access")


class LogHandler(logging.StreamHandler[Any]):
    """Writes to the standard error of the moment, so that it may be replaced."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    @property
    def stream(self) -> Any:
        """The standard error."""
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        """Ignore the stream that the base class sets."""


def configure(log_format: str, *, access: bool) -> None:
    """Send the server's log to standard error, in this format. Without `access`, requests are not logged."""
    logger = logging.getLogger(LOGGER)
    logger.handlers = [each for each in logger.handlers if not isinstance(each, LogHandler)]
    handler = LogHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logger.addHandler(handler)
    access_log.setLevel(logging.INFO if access else logging.NOTSET)


class TextFormatter(logging.Formatter):
    """Formats a record as a line: time, level, message, and the fields that are known. A traceback follows."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = (
            f"{name}={value}"
            for name, value in _fields(record).items()
            if value is not None and name not in IN_ACCESS_MESSAGE
        )
        line = " ".join((_format_time(record), record.levelname, escape(record.getMessage()), *map(escape, fields)))
        traceback = _format_traceback(record)
        return _mask(f"{line}\n{traceback}" if traceback else line)


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object in a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        members = {"time": _format_time(record), "level": record.levelname, "message": record.getMessage()}
        members |= _fields(record)
        traceback = _format_traceback(record)
        if traceback:
            members["traceback"] = traceback
        return _mask(json.dumps(members))


class AccessLog:
    """Logs each request in one line."""

    def observe(self, observation: Observation) -> None:
        """Log a request that has been answered."""
        scope, destination = observation.scope, observation.destination
        raw_path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
        path = recorded_exchange.mask_path(raw_path, redaction.mask_text)[:MAX_TEXT]
        query = redaction.mask_query(scope["query_string"]).decode("latin-1")[:MAX_TEXT]
        target = f"{path}?{query}" if query else path
        status = "aborted" if observation.status is None else observation.status
        headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        fields = {
            "method": scope["method"],
            "path": path,
            "query": query,
            "status": observation.status,
            "milliseconds": round(observation.seconds * 1000, 1),
            "operation": destination.operation,
            "workspace": destination.workspace,
            "request_id": observation.request_id or None,
            "trace_id": tracing.find_trace_id(headers),
        }
        access_log.info("%s %s %s", scope["method"], target, status, extra={"fields": fields})


IN_ACCESS_MESSAGE = frozenset({"method", "path", "query", "status"})
"""The fields of the access log that its message already contains."""


def escape(text: str) -> str:
    """Replace characters that would break a line, or change a terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode() for each in text
    )


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return fields


def _format_time(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03}Z"


def _format_traceback(record: logging.LogRecord) -> str:
    return logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


def _mask(text: str) -> str:
    return redaction.mask_text(text.encode(errors="backslashreplace")).decode()
