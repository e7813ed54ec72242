"""What the journal's queries, bodies and answers look like."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.control.schemas import Name, Timestamp
from mock_server.domain.exchanges import Content, Exchange, Pairs
from mock_server.domain.verification import CallExpectation, ExpectationResult
from mock_server.http.fields import (
    BODY_INTEGER,
    QUERY_INTEGER,
    ClosedModel,
    Text,
    TimestampText,
    closed,
    format_timestamp,
)
from mock_server.state.request_journal import MAX_CAPACITY

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
HeaderPairs: TypeAlias = list[tuple[str, str]]
MAX_EXPECTATIONS = 100


def _require_finite_json(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse NaN and the infinities, which no JSON body holds, and no answer can tell."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise PydanticCustomError("number", "holds a number that is none in JSON") from None
    return value


def _parse_values(value: object) -> object:
    """One text is a list of one; a number or a boolean is no text, as in the query that is judged."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise PydanticCustomError("values", 'must be a text such as "3", or a list of texts')
    return tuple(values)


ONE_OR_MORE_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Values: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_parse_values), WithJsonSchema(ONE_OR_MORE_SCHEMA)]


class JournalQuery(ClosedModel):
    """Which exchanges are asked for; what is left out does not matter.

    `since` is an instant of the workspace's clock, itself included; `after` is a number, itself not; `limit` leaves
    the newest.
    """

    operation: Text | None = None
    method: Method | None = None
    status: Annotated[int, Field(ge=100, le=599), QUERY_INTEGER] | None = None
    partner: Text | None = None
    since: Timestamp | None = None
    after: Annotated[int, Field(ge=0), QUERY_INTEGER] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_CAPACITY), QUERY_INTEGER] | None = None


class CallExpectationBody(ClosedModel):
    """A call that is expected: `count` times, or from `at_least` to `at_most`; where none is said, at least once.

    `path` are values of the path's parameters, `query` of the query's, a list where a key is repeated; `body` is a
    part of the JSON body.
    """

    operation: Name
    count: Annotated[int, Field(ge=0), BODY_INTEGER] | None = None
    at_least: Annotated[int, Field(ge=0), BODY_INTEGER] | None = None
    at_most: Annotated[int, Field(ge=0), BODY_INTEGER] | None = None
    status: Annotated[int, Field(ge=100, le=599), BODY_INTEGER] | None = None
    partner: Name | None = None
    path: Annotated[dict[str, str], Field(default_factory=dict)]
    query: Annotated[dict[str, Values], Field(default_factory=dict)]
    body: Annotated[dict[str, Any], Field(default_factory=dict), AfterValidator(_require_finite_json)]

    def to_expectation(self) -> CallExpectation:
        """The expectation that it stands for."""
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


class VerifyRequest(ClosedModel):
    """What is expected, all at once, or one after the other."""

    expectations: Annotated[list[CallExpectationBody], Field(min_length=1, max_length=MAX_EXPECTATIONS)]
    in_order: StrictBool = False


@closed
class RecordedContentBody(TypedDict):
    """A body: `size` in bytes; `json` is what it says where it is JSON, else `text`, null where it is no text.

    Of more than 8 KiB the beginning is kept, as text.
    """

    size: int
    truncated: bool
    json: Any
    text: str | None


@closed
class RecordedRequestBody(TypedDict):
    """What was asked. `body` is null where there was none, or where the server refused before it read it."""

    headers: HeaderPairs
    body: RecordedContentBody | None


@closed
class RecordedResponseBody(TypedDict):
    """What was answered; `status` is null where the connection ended before."""

    status: int | None
    headers: HeaderPairs
    body: RecordedContentBody | None


@closed
class JournalEntryBody(TypedDict):
    """A request and its answer, as domain/exchanges.py tells of them."""

    number: int
    at: TimestampText
    method: str
    path: str
    query: list[tuple[str, str]]
    operation: str | None
    partner: str | None
    user: str | None
    request_id: str
    fault: str | None
    delay_milliseconds: int
    request: RecordedRequestBody
    response: RecordedResponseBody


@closed
class DifferenceBody(TypedDict):
    """A field that is not as expected; null where the call does not have it."""

    field: str
    expected: Any
    actual: Any


@closed
class NearMissBody(TypedDict):
    """A call that does not count, and why."""

    number: int
    differences: list[DifferenceBody]


@closed
class ExpectationResultBody(TypedDict):
    """What became of an expectation: the calls that count, and where they are too few, the nearest others."""

    operation: str
    expected: str
    verified: bool
    matched: list[int]
    near_misses: list[NearMissBody]


@closed
class VerificationBody(TypedDict):
    """Whether all is as expected; `judged` is how many calls were looked at, `forgotten` how many are not kept."""

    verified: bool
    checked: int
    discarded: int
    expectations: list[ExpectationResultBody]


def journal_entry_body(exchange: Exchange) -> JournalEntryBody:
    """An exchange as the journal shows it."""
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
        "fault": exchange.fault,
        "delay_milliseconds": exchange.delay_milliseconds,
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
    """A judged expectation."""
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


def journal_entry_bodies(exchanges: Iterable[Exchange]) -> list[JournalEntryBody]:
    """Exchanges as the journal shows them."""
    return [journal_entry_body(exchange) for exchange in exchanges]
