"""The Lookout attribution model of an event, while a contract sets others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from contracts.dsl import assertions
from contracts.dsl.steps import LOOKOUT_MODELS, read_lookout_model
from contracts.target.client import Client


@dataclass(slots=True)
class LookoutModel:
    """The Lookout attribution model of an event, which is set for a while. `original` is its value before."""

    client: Client
    event_id: str
    original: str
    _current: str | None

    @property
    def order(self) -> list[str]:
        """All models, the original one last, so that there is nothing to restore."""
        return sorted(LOOKOUT_MODELS, key=lambda model: model == self.original)

    def put(self, model: str) -> httpx2.Response:
        """PUT a model. Return the response, which may be a refusal."""
        self._current = None
        response = self.client.call("setEventAttributionModel", {"eid": self.event_id}, body={"model": model})
        if response.status_code < 300:
            self._current = model
        return response

    def set(self, model: str) -> None:
        """PUT a model. The status must be 200."""
        assertions.step_status(self.put(model), 200)

    def restore(self) -> None:
        """Set the original model, unless it is set already."""
        if self._current != self.original:
            self.set(self.original)


@contextmanager
def preserve_lookout_model(client: Client, event_id: str) -> Iterator[LookoutModel]:
    """Yield the event's Lookout attribution model. Restore it at the end of the block."""
    before = read_lookout_model(client, event_id)
    model = LookoutModel(client, event_id, before, before)
    try:
        yield model
    finally:
        model.restore()
