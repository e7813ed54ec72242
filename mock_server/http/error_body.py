"""The platform's error body."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.http.fields import closed


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
