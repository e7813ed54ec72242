"""What the journal's queries, bodies and answers look like."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.control.schemas import Instant, Name
from mock_server.domain.exchanges import Content, Exchange, Pairs
from mock_server.domain.verification import Expectation, Judged
from mock_server.http.fields import IN_BODY, IN_QUERY, Closed, InstantText, Text, closed, instant_text
from mock_server.state.request_journal import MOST_EVER

Method: TypeAlias = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
HeaderPairs: TypeAlias = list[tuple[str, str]]
MOST_EXPECTED = 100


def _json(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse NaN and the infinities, which no JSON body holds, and no answer can tell."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise PydanticCustomError("number", "holds a number that is none in JSON") from None
    return value


def _values(value: object) -> object:
    """One text is a list of one; a number or a boolean is no text, as in the query that is judged."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise PydanticCustomError("values", 'must be a text such as "3", or a list of texts')
    return tuple(values)


ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Values: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_values), WithJsonSchema(ONE_OR_MORE)]


class JournalQuery(Closed):
    """Which exchanges are asked for; what is left out does not matter.

    `since` is an instant of the workspace's clock, itself included; `after` is a number, itself not; `limit` leaves
    the newest.
    """

    operation: Text | None = None
    method: Method | None = None
    status: Annotated[int, Field(ge=100, le=599), IN_QUERY] | None = None
    partner: Text | None = None
    since: Instant | None = None
    after: Annotated[int, Field(ge=0), IN_QUERY] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_EVER), IN_QUERY] | None = None


class ExpectationBody(Closed):
    """A call that is expected: `count` times, or from `at_least` to `at_most`; where none is said, at least once.

    `path` are values of the path's parameters, `query` of the query's, a list where a key is repeated; `body` is a
    part of the JSON body.
    """

    operation: Name
    count: Annotated[int, Field(ge=0), IN_BODY] | None = None
    at_least: Annotated[int, Field(ge=0), IN_BODY] | None = None
    at_most: Annotated[int, Field(ge=0), IN_BODY] | None = None
    status: Annotated[int, Field(ge=100, le=599), IN_BODY] | None = None
    partner: Name | None = None
    path: Annotated[dict[str, str], Field(default_factory=dict)]
    query: Annotated[dict[str, Values], Field(default_factory=dict)]
    body: Annotated[dict[str, Any], Field(default_factory=dict), AfterValidator(_json)]

    def expectation(self) -> Expectation:
        """The expectation that it stands for."""
        least = self.at_least if self.at_least is not None else (1 if self.at_most is None else 0)
        return Expectation(
            operation=self.operation,
            at_least=least if self.count is None else self.count,
            at_most=self.at_most if self.count is None else self.count,
            status=self.status,
            partner=self.partner,
            path=self.path,
            query=self.query,
            body=self.body,
        )


class VerifyOrder(Closed):
    """What is expected, all at once, or one after the other."""

    expectations: Annotated[list[ExpectationBody], Field(min_length=1, max_length=MOST_EXPECTED)]
    in_order: StrictBool = False


@closed
class ContentBody(TypedDict):
    """A body: `size` in bytes; `json` is what it says where it is JSON, else `text`, null where it is no text.

    Of more than 8 KiB the beginning is kept, as text.
    """

    size: int
    truncated: bool
    json: Any
    text: str | None


@closed
class RequestBody(TypedDict):
    """What was asked. `body` is null where there was none, or where the server refused before it read it."""

    headers: HeaderPairs
    body: ContentBody | None


@closed
class ResponseBody(TypedDict):
    """What was answered; `status` is null where the connection ended before."""

    status: int | None
    headers: HeaderPairs
    body: ContentBody | None


@closed
class EntryBody(TypedDict):
    """A request and its answer, as domain/exchanges.py tells of them."""

    number: int
    at: InstantText
    method: str
    path: str
    query: list[tuple[str, str]]
    operation: str | None
    partner: str | None
    user: str | None
    request_id: str
    fault: str | None
    delay_milliseconds: int
    request: RequestBody
    response: ResponseBody


@closed
class DifferenceBody(TypedDict):
    """A field that is not as expected; null where the call does not have it."""

    field: str
    expected: Any
    seen: Any


@closed
class NearBody(TypedDict):
    """A call that does not count, and why."""

    number: int
    differs: list[DifferenceBody]


@closed
class JudgedBody(TypedDict):
    """What became of an expectation: the calls that count, and where they are too few, the nearest others."""

    operation: str
    expected: str
    verified: bool
    matched: list[int]
    nearest: list[NearBody]


@closed
class VerifiedBody(TypedDict):
    """Whether all is as expected; `judged` is how many calls were looked at, `forgotten` how many are not kept."""

    verified: bool
    judged: int
    forgotten: int
    expectations: list[JudgedBody]


def entry(exchange: Exchange) -> EntryBody:
    """An exchange as the journal shows it."""
    return {
        "number": exchange.number,
        "at": instant_text(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "query": list(exchange.query),
        "operation": exchange.operation,
        "partner": exchange.partner,
        "user": exchange.user,
        "request_id": exchange.request_id,
        "fault": exchange.fault,
        "delay_milliseconds": exchange.delay,
        "request": {"headers": _headers(exchange.request_headers), "body": _content(exchange.request)},
        "response": {
            "status": exchange.status,
            "headers": _headers(exchange.response_headers),
            "body": _content(exchange.response),
        },
    }


def judged(found: Judged) -> JudgedBody:
    """A judged expectation."""
    return {
        "operation": found.expectation.operation,
        "expected": _times(found.expectation),
        "verified": found.verified,
        "matched": list(found.matched),
        "nearest": [
            {
                "number": near.number,
                "differs": [
                    {"field": each.field, "expected": each.expected, "seen": each.seen} for each in near.differences
                ],
            }
            for near in found.nearest
        ],
    }


def _times(expected: Expectation) -> str:
    if expected.at_least == expected.at_most:
        return f"exactly {expected.at_least}"
    if expected.at_most is None:
        return f"at least {expected.at_least}"
    return f"{expected.at_least} to {expected.at_most}"


def _headers(headers: Pairs) -> HeaderPairs:
    return list(headers)


def _content(content: Content | None) -> ContentBody | None:
    if content is None:
        return None
    text = None if content.is_json else content.text
    return {"size": content.size, "truncated": content.truncated, "json": content.value, "text": text}


def entries(exchanges: Iterable[Exchange]) -> list[EntryBody]:
    """Exchanges as the journal shows them."""
    return [entry(exchange) for exchange in exchanges]
