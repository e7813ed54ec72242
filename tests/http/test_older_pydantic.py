"""What stands in for a newer version of pydantic does the same."""

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mock_server.http.older_pydantic import OlderAdapter


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Circle(Closed):
    kind: Literal["circle"]
    radius: int


class Square(Closed):
    kind: Literal["square"]
    side: int


class Picture(Closed):
    title: str
    shapes: list[Annotated[Circle | Square, Field(discriminator="kind")]] = []
    frame: Square | None = None


CIRCLE, SQUARE = {"kind": "circle", "radius": 1}, {"kind": "square", "side": 2}
BODIES: dict[str, Any] = {
    "valid": {"title": "a", "shapes": [CIRCLE, SQUARE], "frame": SQUARE},
    "unknown names": {"title": "a", "colour": 1, "size": {"title": 2}},
    "unknown names in a list": {"title": "a", "shapes": [CIRCLE, {**SQUARE, "colour": 1}, {**CIRCLE, "side": 3}]},
    "an unknown name in an object": {"title": "a", "frame": {**SQUARE, "circle": {"kind": 1}}},
    "an unknown and a missing name": {"colour": 1, "shapes": [{"kind": "circle", "colour": 2}]},
    "an unknown kind": {"title": "a", "shapes": [{"kind": "star", "colour": 1}]},
    "a wrong type": {"title": 1, "colour": 1},
    "no object": [1],
}


def outcome(validator: Any, method: str, value: Any, extra: str | None) -> object:
    try:
        return getattr(validator, method)(value, extra=extra, context=None)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)


@pytest.mark.parametrize("extra", ["ignore", None])
@pytest.mark.parametrize("name", BODIES)
def test_a_validator_that_takes_no_extra_treats_unknown_names_alike(name: str, extra: str | None) -> None:
    adapter, content = TypeAdapter(Picture), json.dumps(BODIES[name]).encode()
    older = OlderAdapter(adapter).validator
    assert outcome(older, "validate_json", content, extra) == outcome(
        adapter.validator, "validate_json", content, extra
    )
    expected = outcome(adapter.validator, "validate_python", json.loads(content), extra)
    assert outcome(older, "validate_python", json.loads(content), extra) == expected


@pytest.mark.parametrize("content", [b"", b"{", b'{"title": "\xff"}'])
def test_a_validator_that_takes_no_extra_refuses_what_is_not_json(content: bytes) -> None:
    adapter = TypeAdapter(Picture)
    older = outcome(OlderAdapter(adapter).validator, "validate_json", content, "ignore")
    assert older == outcome(adapter.validator, "validate_json", content, "ignore")
