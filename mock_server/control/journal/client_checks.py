"""What the report on a client's conduct looks like."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from mock_server.domain.client_checks.findings import Finding
from mock_server.http.fields import closed


@closed
class ExampleBody(TypedDict):
    """A call of the journal."""

    number: int
    method: str
    path: str


@closed
class FindingBody(TypedDict):
    """What the client does, against which of the platform's rules, in how many calls, the first of them, and advice."""

    id: str
    rules: list[str]
    what: str
    count: int
    example: ExampleBody
    advice: str


@closed
class ConductBody(TypedDict):
    """How many calls were judged, how many the journal does not keep any more, and what was found."""

    judged: int
    forgotten: int
    findings: list[FindingBody]


def told(found: Sequence[Finding], judged: int, forgotten: int) -> ConductBody:
    """The report."""
    return {"judged": judged, "forgotten": forgotten, "findings": [_finding(each) for each in found]}


def _finding(found: Finding) -> FindingBody:
    first = found.calls[0]
    return {
        "id": found.charge.id,
        "rules": list(found.charge.rules),
        "what": found.charge.what,
        "count": len(found.calls),
        "example": {"number": first.number, "method": first.method, "path": first.path},
        "advice": found.charge.advice,
    }
