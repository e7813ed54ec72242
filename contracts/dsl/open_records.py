"""Compares what the documentation describes, and leaves alone what a target adds to it.

On our mock, a further member is found where each response is compared with the document.
"""

from collections.abc import Iterable
from typing import Any

from contracts.dsl import assertions
from contracts.spec.verdicts import InconclusiveError


def restrict(value: Any, model: Any) -> Any:
    """Return the value without the members that the model does not have, also inside objects and arrays."""
    if isinstance(value, dict) and isinstance(model, dict):
        return {name: restrict(member, model[name]) for name, member in value.items() if name in model}
    if isinstance(value, list) and isinstance(model, list) and len(value) == len(model):
        return [restrict(item, other) for item, other in zip(value, model, strict=True)]
    return value


def require_listed(row_id: str, listed_ids: Iterable[str]) -> None:
    """Raise InconclusiveError if a row that was just posted is not listed yet, which the target may delay."""
    ids = list(listed_ids)
    if row_id not in ids:
        assertions.one_of("a row that was just posted", row_id, ids, part="CR-05.at_once")
        raise InconclusiveError(f"the row {row_id} was posted and is not listed yet")
