"""The specification of a query or a JSON body: its model, its member names and its markers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, get_args, get_origin

from pydantic import BaseModel

from mock_server.domain.pieces import PIECE_UNITS
from mock_server.http.json_size import MaxValues
from mock_server.http.older_pydantic import build_adapter

Location: TypeAlias = tuple[int | str, ...]
"""The place at which a validation failed, in pydantic's form."""

OPTIONAL_BODY = "may be left out"
"""Marks a body that may be omitted. An omitted body is treated as an empty object."""


UNPARSED_BODY = "is passed on as bytes"
"""Marks a JSON body that the route reads itself, because it may be large. The route gets the bytes."""


@dataclass(frozen=True, slots=True)
class MaxBodySize:
    """Marks a body that has its own size limit. The limit of BASE-09 applies to other bodies."""

    bytes: int


@dataclass(frozen=True, slots=True)
class LongListAt:
    """Marks a body that contains long lists, which are validated in batches (`body_validation.py`).

    `path` leads to the lists, through objects and lists of objects. `item_units` is how many units of work
    (`domain/pieces.py`) it is to validate an item with all the errors that it may have.
    """

    path: tuple[str, ...]
    item_units: int


class LongList:
    """The long lists of a model: their place, how many items each may contain, and how a batch is validated."""

    def __init__(self, model: Any, marker: LongListAt) -> None:
        self.path, self.item_units = marker.path, marker.item_units
        for name in marker.path:
            field = model.model_fields[name]
            (model,) = get_args(field.annotation)
        self.max_length: int = next(limit.max_length for limit in field.metadata if hasattr(limit, "max_length"))
        self.batch_size = max(1, PIECE_UNITS // marker.item_units)
        self.adapter = build_adapter(list[model])

    def find(self, value: Any) -> Iterator[tuple[Location, dict[str, Any]]]:
        """Yield the place of each of these lists in a parsed body, and the object that contains it."""
        *outer, name = self.path
        objects: list[tuple[Location, Any]] = [((), value)]
        for part in outer:
            objects = [
                ((*place, part, index), item)
                for place, holder in _with_list(objects, part)
                for index, item in enumerate(holder[part])
                if isinstance(item, dict)
            ]
        return (((*place, name), holder) for place, holder in _with_list(objects, name))

    def cut(self, holder: dict[str, Any]) -> list[Any]:
        """Cut the list in this object to its first item. Return the other items."""
        items: list[Any] = holder[self.path[-1]]
        holder[self.path[-1]] = items[:1]
        return items[1:]


class ModelSpec:
    """The model of a query or a body, its member names, and the options that its markers set."""

    def __init__(self, model: type[BaseModel], markers: Sequence[object] = ()) -> None:
        self.optional = OPTIONAL_BODY in markers
        self.max_bytes = next((mark.bytes for mark in markers if isinstance(mark, MaxBodySize)), None)
        self.max_values = next((mark for mark in markers if isinstance(mark, MaxValues)), MaxValues())
        long_lists = (LongList(model, mark) for mark in markers if isinstance(mark, LongListAt))
        self.long_list = next(long_lists, None)
        self.unparsed = UNPARSED_BODY in markers
        self.adapter = build_adapter(model)
        self.names = _member_names(model)
        self.arrays = frozenset(
            name
            for name, field in model.model_fields.items()
            if any(get_origin(kind) is list for kind in (field.annotation, *get_args(field.annotation)))
        )
        self._model = model

    @cached_property
    def all_names(self) -> frozenset[str]:
        """The names of the members of the model and of all models in it."""
        models = [self._model]
        for model in models:
            annotations = _member_annotations(model).values()
            models += [inner for each in annotations for inner in _nested_models(each) if inner not in models]
        return frozenset(name for model in models for name in _member_names(model))

    def names_at(self, location: Location) -> tuple[str, ...]:
        """Return the names allowed at the last part of the location; none if several models are possible there."""
        model = self._model
        for part in location[:-1]:
            inner = [] if isinstance(part, int) else list(_nested_models(_member_annotations(model).get(part)))
            if len(inner) > 1:
                return ()
            model = inner[0] if inner else model
        return _member_names(model)


def _with_list(objects: Iterable[tuple[Location, Any]], name: str) -> Iterator[tuple[Location, dict[str, Any]]]:
    """Yield those of the values that are objects with a list of this name."""
    for place, value in objects:
        if isinstance(value, dict) and isinstance(value.get(name), list):
            yield place, value


def _member_annotations(model: type[BaseModel]) -> dict[str, object]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _member_names(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(_member_annotations(model))


def _nested_models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models in a member's annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _nested_models(part)
