"""Ground rules of incomplete requests and empty responses. Added after a test with random mutants."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from contracts.dsl import assertions, steps
from contracts.dsl.measurements import read_before
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MAX_BODY_SIZE = 1024 * 1024
READS = 5
"""How often the model is read, because a server may notice late that a client has left."""
BODY_HEADERS = ("content-type", "content-length", "transfer-encoding")


class ClientDisconnectError(Exception):
    """The client disconnects in the middle of a request."""


@example("BASE-09.not_json")
@pytest.mark.parametrize("after", [b"", b" " * (2 * MAX_BODY_SIZE)], ids=["a whole object", "more than 1 MiB"])
def test_a_client_that_leaves_amid_a_body_changes_nothing_and_hinders_nobody(sandbox: Sandbox, after: bytes) -> None:
    event, partner = sandbox.add_event(), sandbox.partner
    steps.set_lookout_model(partner, event, "FD")

    def half() -> Iterator[bytes]:
        yield b'{"model": "META"}' + after
        raise ClientDisconnectError

    url = f"{partner.connection.base_url}/events/{event}/attribution_model"
    headers = {**partner.headers, "content-type": "application/json"}
    with suppress(ClientDisconnectError):
        partner.connection.http.put(url, headers=headers, content=half())
    for _ in range(READS):
        assertions.equal("model after the client has disconnected", steps.read_lookout_model(partner, event), "FD")


@property_test(
    "PART-05.set",
    "EVT-04.status",
    "CR-04.delete",
    writes=("setAttributionModelDefault", "replaceEventSeries", "createCampaignResult", "deleteCampaignResult"),
)
def test_an_answer_of_204_has_no_body_and_no_header_of_one(writable: Deployment) -> None:
    partner, (event,) = writable.results_user, steps.list_event_ids(writable, 1)
    record = read_before(writable, "record", lambda: assertions.read_body(partner.call("getPartner")))
    model = record["attribution_model_default"]
    fellows = assertions.read_body(partner.call("getEventSeries", {"eid": event}))
    row = steps.create_adjustment(partner, event, writable.partner_id)
    for answer in (
        partner.call("deleteCampaignResult", query={"id": row["id"]}),
        partner.call("setAttributionModelDefault", query={"model": model}),
        partner.call("replaceEventSeries", {"eid": event}, query={"event_series": fellows}),
    ):
        assertions.status(answer, 204)
        if answer.status_code != 204:
            continue
        assertions.equal("body", answer.content, b"")
        seen = [name for name in BODY_HEADERS if name in answer.headers]
        assertions.equal("headers that describe a body", seen, [], part="EVT-04.status")
    seen = partner.call("getPartner").json()
    assertions.equal("the record after its model was set again", seen, record, part="PART-05.set")
