"""Types that the schemas of several control features share."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field, GetPydanticSchema, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from mock_server.http.fields import Text


def _parse_timestamp(value: object) -> object:
    try:
        if isinstance(value, str) and (timestamp := datetime.fromisoformat(value)).tzinfo is not None:
            return timestamp.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("timestamp", "must be an RFC 3339 timestamp such as 2026-09-30T08:00:00Z")


Timestamp: TypeAlias = Annotated[
    datetime, BeforeValidator(_parse_timestamp), WithJsonSchema({"type": "string", "format": "date-time"})
]
Name: TypeAlias = Annotated[Text, Field(min_length=1, max_length=200)]
JsonObject = TypeAliasType("JsonObject", Annotated[dict[str, Any], Field(description="Any JSON object.")])
"""A JSON object whose members the document does not describe. In the document, it is a schema of this name."""


def schema_of(model: type[BaseModel]) -> Any:
    """Mark a response member that is a dictionary, so that the document describes it by the schema of a model."""
    return GetPydanticSchema(lambda _, handler: handler(model))
