"""Schemas of the journal and of its verification."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.control.schemas import Name, Timestamp
from mock_server.domain.exchanges import Content, Exchange, Pairs
from mock_server.domain.verification import CallExpectation, ExpectationResult, count_values, members
from mock_server.http.fields import (
    BODY_INTEGER,
    QUERY_INTEGER,
    ClosedModel,
    QueryBoolean,
    Text,
    TimestampText,
    closed,
    format_timestamp,
)
from mock_server.state.request_journal import MAX_CAPACITY

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
HeaderPairs: TypeAlias = list[tuple[str, str]]
MAX_EXPECTATIONS = 100
MAX_DEPTH = 64
"""How deep the JSON of an expected body may be nested."""
MAX_VALUES = 1_000
"""How many values the query or the body of an expectation contains at most."""
MAX_VALUES_IN_ALL = 5_000
"""How many values the queries and bodies of all expectations of a request contain at most."""
MAX_NAMES = 100
"""How many names the path or the query of an expectation contains at most."""
MAX_NUMBER = 2**63 - 1
MAX_COUNT = 2**53


def _require_bounded_json(value: dict[str, Any]) -> dict[str, Any]:
    """Return the value; raise PydanticCustomError if it is too large, too deep, or contains too large a number."""
    level: list[object] = [value]
    count = 0
    for _ in range(MAX_DEPTH):
        level = [member for each in level for member in members(each)]
        count += len(level)
        if count > MAX_VALUES:
            raise PydanticCustomError("too_long", f"contains more than {MAX_VALUES} members and items")
        if any(isinstance(each, int | float) and not abs(each) <= MAX_NUMBER for each in level):
            raise PydanticCustomError("number", "contains NaN, an infinity or a number of more than 64 bits")
    if any(isinstance(each, dict | list) for each in level):
        raise PydanticCustomError("depth", f"is nested more than {MAX_DEPTH} levels deep")
    return value


def _parse_values(value: object) -> object:
    """Parse a string or a list of strings. Query values are strings, so numbers and booleans are invalid."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise PydanticCustomError("values", 'must be a string such as "3", or a list of strings')
    return tuple(values)


def _require_bounded_query(query: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if sum(map(len, query.values())) > MAX_VALUES:
        raise PydanticCustomError("too_long", f"contains more than {MAX_VALUES} values")
    return query


ONE_OR_MORE_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Values: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_parse_values), WithJsonSchema(ONE_OR_MORE_SCHEMA)]


class JournalQuery(ClosedModel):
    """Selects exchanges. Omitted filters match everything.

    `since` selects exchanges from this time on, by the workspace's clock. `after` selects exchanges with a greater
    number, `before` with a smaller one. `limit` selects the newest exchanges.
    """

    operation: Annotated[Text | None, Field(description="Only this operationId.")] = None
    method: Annotated[Method | None, Field(description="Only this method.")] = None
    status: Annotated[
        Annotated[int, Field(ge=100, le=599), QUERY_INTEGER] | None, Field(description="Only this status.")
    ] = None
    partner: Annotated[Text | None, Field(description="Only requests that were scoped to this partner.")] = None
    since: Annotated[Timestamp | None, Field(description="Only from this time on, by the workspace's clock.")] = None
    after: Annotated[
        Annotated[int, Field(ge=0, le=MAX_COUNT), QUERY_INTEGER] | None,
        Field(description="Only numbers greater than this."),
    ] = None
    before: Annotated[
        Annotated[int, Field(ge=1, le=MAX_COUNT), QUERY_INTEGER] | None,
        Field(description="Only numbers smaller than this."),
    ] = None
    console: Annotated[
        QueryBoolean | None,
        Field(description="Only requests that the console sent for its own pages, or none of them."),
    ] = None
    limit: Annotated[
        Annotated[int, Field(ge=1, le=MAX_CAPACITY), QUERY_INTEGER] | None, Field(description="Only the newest.")
    ] = None


class CallExpectationBody(ClosedModel):
    """A request that is expected `count` times, or from `at_least` to `at_most` times. The default is at least once.

    `path` and `query` map names of parameters to values; the value of a repeated query parameter is a list. `body` is a
    part of the JSON body: objects in the request may contain further members, arrays must be equal.
    """

    operation: Name
    count: Annotated[int, Field(ge=0, le=MAX_COUNT), BODY_INTEGER] | None = None
    at_least: Annotated[int, Field(ge=0, le=MAX_COUNT), BODY_INTEGER] | None = None
    at_most: Annotated[int, Field(ge=0, le=MAX_COUNT), BODY_INTEGER] | None = None
    status: Annotated[int, Field(ge=100, le=599), BODY_INTEGER] | None = None
    partner: Name | None = None
    path: Annotated[dict[str, str], Field(default_factory=dict, max_length=MAX_NAMES)]
    query: Annotated[
        dict[str, Values], Field(default_factory=dict, max_length=MAX_NAMES), AfterValidator(_require_bounded_query)
    ]
    body: Annotated[dict[str, Any], Field(default_factory=dict), AfterValidator(_require_bounded_json)]

    def to_expectation(self) -> CallExpectation:
        """Convert to the domain's record."""
        least = self.at_least if self.at_least is not None else (1 if self.at_most is None else 0)
        return CallExpectation(
            operation=self.operation,
            at_least=least if self.count is None else self.count,
            at_most=self.at_most if self.count is None else self.count,
            status=self.status,
            partner=self.partner,
            path=self.path,
            query=self.query,
            body=self.body,
        )


def _require_bounded_in_all(expectations: list[CallExpectationBody]) -> list[CallExpectationBody]:
    count = sum(sum(map(len, each.query.values())) + count_values(each.body) for each in expectations)
    if count > MAX_VALUES_IN_ALL:
        raise PydanticCustomError("too_long", f"contain more than {MAX_VALUES_IN_ALL} values of queries and bodies")
    return expectations


class VerifyRequest(ClosedModel):
    """Expectations to verify. With `in_order`, the requests must have been sent in the order of the expectations."""

    expectations: Annotated[
        list[CallExpectationBody],
        Field(min_length=1, max_length=MAX_EXPECTATIONS),
        AfterValidator(_require_bounded_in_all),
    ]
    in_order: StrictBool = False


@closed
class RecordedContentBody(TypedDict):
    """A recorded body. `size` is in bytes. `json` is the value of a JSON body; for any other body, `text` is its text.

    Both are null for binary content. Only the first 8 KiB of a body are recorded; if it is longer, `truncated` is true
    and `text` is the beginning.
    """

    size: int
    truncated: bool
    json: Any
    text: str | None


@closed
class RecordedRequestBody(TypedDict):
    """A recorded request. `body` is null if there was none, or if the server rejected the request before reading it."""

    headers: HeaderPairs
    body: RecordedContentBody | None


@closed
class RecordedResponseBody(TypedDict):
    """A recorded response. `status` is null if the connection was closed before a response."""

    status: int | None
    headers: HeaderPairs
    body: RecordedContentBody | None


@closed
class JournalEntryBody(TypedDict):
    """A recorded exchange: a request and its response.

    `operation` is the operationId, `user` the owner of the token, and `partner` the partner that the request was scoped
    to; each is null if unknown. `trace_id` is the trace in the header `traceparent`, null if there is none. `fault`
    names the fault rules that were applied. `delay_milliseconds` is the latency that faults added. If `truncated`, the
    path, the query or the headers were longer than 8 KiB, and only their beginning was recorded. `console` says that
    the console sent the request for its own pages, with the header `X-Mock-Console`.
    """

    number: int
    at: TimestampText
    method: str
    path: str
    query: list[tuple[str, str]]
    operation: str | None
    partner: str | None
    user: str | None
    request_id: str
    trace_id: str | None
    fault: str | None
    delay_milliseconds: int
    truncated: bool
    console: bool
    request: RecordedRequestBody
    response: RecordedResponseBody


@closed
class DifferenceBody(TypedDict):
    """A field with an unexpected value. `actual` is null if the request does not contain the field."""

    field: str
    expected: Any
    actual: Any


@closed
class NearMissBody(TypedDict):
    """A request that does not match an expectation, and the fields in which it differs."""

    number: int
    differences: list[DifferenceBody]


@closed
class ExpectationResultBody(TypedDict):
    """The result of an expectation. `matched` lists the numbers of the matching requests.

    If too few requests match, `near_misses` lists the most similar other requests.
    """

    operation: str
    expected: str
    verified: bool
    matched: list[int]
    near_misses: list[NearMissBody]


@closed
class VerificationBody(TypedDict):
    """The result of a verification. `verified` is true if every expectation is met.

    `checked` is the number of requests in the journal. `discarded` is the number of older requests that were dropped.
    """

    verified: bool
    checked: int
    discarded: int
    expectations: list[ExpectationResultBody]


def journal_entry_body(exchange: Exchange) -> JournalEntryBody:
    """The body of an exchange."""
    return {
        "number": exchange.number,
        "at": format_timestamp(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "query": list(exchange.query),
        "operation": exchange.operation,
        "partner": exchange.partner,
        "user": exchange.user,
        "request_id": exchange.request_id,
        "trace_id": exchange.trace_id,
        "fault": exchange.fault,
        "delay_milliseconds": exchange.delay_milliseconds,
        "truncated": exchange.truncated,
        "console": exchange.is_from_console,
        "request": {
            "headers": _header_pairs(exchange.request_headers),
            "body": _recorded_content_body(exchange.request),
        },
        "response": {
            "status": exchange.status,
            "headers": _header_pairs(exchange.response_headers),
            "body": _recorded_content_body(exchange.response),
        },
    }


def expectation_result_body(result: ExpectationResult) -> ExpectationResultBody:
    """The body of an expectation's result."""
    return {
        "operation": result.expectation.operation,
        "expected": _format_expected_count(result.expectation),
        "verified": result.verified,
        "matched": list(result.matched),
        "near_misses": [
            {
                "number": near_miss.number,
                "differences": [
                    {"field": each.field, "expected": each.expected, "actual": each.actual}
                    for each in near_miss.differences
                ],
            }
            for near_miss in result.near_misses
        ],
    }


def _format_expected_count(expected: CallExpectation) -> str:
    if expected.at_least == expected.at_most:
        return f"exactly {expected.at_least}"
    if expected.at_most is None:
        return f"at least {expected.at_least}"
    return f"{expected.at_least} to {expected.at_most}"


def _header_pairs(headers: Pairs) -> HeaderPairs:
    return list(headers)


def _recorded_content_body(content: Content | None) -> RecordedContentBody | None:
    if content is None:
        return None
    text = None if content.is_json else content.text
    return {"size": content.size, "truncated": content.truncated, "json": content.value, "text": text}
