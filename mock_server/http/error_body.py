"""The platform's error body."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.errors import Problem
from mock_server.http.fields import closed

MAX_FIELD_LENGTH, MAX_MESSAGE_LENGTH = 500, 2_000


@closed
class ValidationErrorEntry(TypedDict):
    """One problem. See: ERR-02."""

    code: str
    field: str
    message: str


@closed
class ErrorBody(TypedDict):
    """The body of every error, with all four members. See: ERR-01."""

    message: Annotated[str, Field(pattern=r"^error\.")]
    error_code: str | None
    error_subcode: str | None
    validation_errors: list[ValidationErrorEntry]


def validation_error_entries(problems: Iterable[Problem]) -> list[ValidationErrorEntry]:
    """Return one entry for each problem. Texts that repeat long names or values of the client are cut. See: ERR-02."""
    return [
        {
            "code": problem.code,
            "field": _cut(problem.field, MAX_FIELD_LENGTH),
            "message": _cut(problem.message, MAX_MESSAGE_LENGTH),
        }
        for problem in problems
    ]


def _cut(text: str, max_length: int) -> str:
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"
