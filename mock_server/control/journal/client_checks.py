"""The report of the client checks."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from mock_server.domain.client_checks.findings import ClientFinding
from mock_server.http.fields import closed


@closed
class ExampleCallBody(TypedDict):
    """A request in the journal."""

    number: int
    method: str
    path: str


@closed
class ClientFindingBody(TypedDict):
    """A finding: the client's behaviour, the rules that it breaks, the number of requests, an example, and advice."""

    id: str
    rules: list[str]
    description: str
    count: int
    example: ExampleCallBody
    advice: str


@closed
class ClientChecksBody(TypedDict):
    """The findings, the number of checked requests, and the number of requests that the journal has discarded."""

    checked: int
    discarded: int
    findings: list[ClientFindingBody]


def client_checks_body(findings: Sequence[ClientFinding], checked: int, discarded: int) -> ClientChecksBody:
    """The body of the report."""
    return {"checked": checked, "discarded": discarded, "findings": [_finding_body(each) for each in findings]}


def _finding_body(found: ClientFinding) -> ClientFindingBody:
    first = found.calls[0]
    return {
        "id": found.check.id,
        "rules": list(found.check.rules),
        "description": found.check.description,
        "count": len(found.calls),
        "example": {"number": first.number, "method": first.method, "path": first.path},
        "advice": found.check.advice,
    }
