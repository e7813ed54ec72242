"""Partner scope of writes: whom a write reaches, and who may make none."""

from functools import partial

import pytest

from contracts.dsl import assertions, authenticated_operations
from contracts.dsl.cases import require_case
from contracts.dsl.measurements import read_before
from contracts.dsl.open_records import restrict
from contracts.dsl.partner_users import NOT_AUTHORIZED, UNKNOWN_PARTNER, user_with_partners, user_without_partner
from contracts.dsl.steps import (
    LOOKOUT_MODELS,
    MODEL_FIELD,
    WINDOW_FIELD,
    Row,
    read_defaults,
    set_defaults,
    settings_body,
)
from contracts.spec.markers import REFUSED_CALLS, property_test
from contracts.target.client import Client, Query
from contracts.target.deployment import Deployment

MODEL_DEFAULT = "attribution_model_default"
UNKNOWN_EVENT = "none-of-this-name"


def expect_write_refused(client: Client, part: str) -> None:
    """Expect a refusal of a write to an event that does not exist, so that nothing changes if it is accepted."""
    operation = client.connection.api_spec.operations["setEventAttributionModel"]
    answer = client.call(operation.id, {"eid": UNKNOWN_EVENT}, body={"model": "FD"})
    order_part = authenticated_operations.find_order_part(answer, operation)
    assertions.refusal(answer, 403, NOT_AUTHORIZED, part=order_part or part)


@property_test("PART-01.scope", "PART-05.set", writes=("setAttributionModelDefault",))
def test_a_default_model_is_set_for_its_own_partner_alone(writable: Deployment) -> None:
    own, other = writable.partner, writable.second_partner
    before, elsewhere = read_before(writable, "records", lambda: (partner_record(own), partner_record(other)))
    require_case(MODEL_DEFAULT in before, "a partner record that shows the default model, so it can be restored")
    try:
        for model in writable.sample(each for each in LOOKOUT_MODELS if each != before[MODEL_DEFAULT]):
            assertions.status(own.call("setAttributionModelDefault", query={"model": model}), 204)
            expected = {**before, MODEL_DEFAULT: model}
            assertions.equal(f"the record after {model} was set", partner_record(own), expected, part="PART-05.set")
            seen = partner_record(other)
            assertions.equal(f"the other partner's record after {model} was set", seen, elsewhere, part="PART-01.scope")
    finally:
        query: Query = {"model": before[MODEL_DEFAULT]}
        assertions.status(own.call("setAttributionModelDefault", query=query), 204)


@property_test("PART-01.scope", writes=("setBackhaulDefaults",))
@pytest.mark.parametrize("role", ["partner", "second"])
def test_defaults_are_set_for_their_own_partner_alone(writable: Deployment, role: str) -> None:
    mine, other = (writable.partner, writable.partner_id), (writable.second_partner, writable.second_partner_id)
    mine, other = (mine, other) if role == "partner" else (other, mine)
    seen, elsewhere = read_defaults(*mine), read_before(writable, "defaults", partial(read_defaults, *other))
    before = {name: seen[name] for name in (WINDOW_FIELD, MODEL_FIELD)}
    changed = settings_body(before[WINDOW_FIELD] % 364 + 2, before[MODEL_FIELD])
    try:
        set_defaults(*mine, changed)
        assertions.equal("the partner's defaults", restrict(read_defaults(*mine), changed), changed)
        assertions.equal("the other partner's defaults", read_defaults(*other), elsewhere)
    finally:
        set_defaults(*mine, before)


def partner_record(client: Client) -> Row:
    """Return the partner's record."""
    answer = client.call("getPartner")
    assertions.status(answer, 200)
    return dict(answer.json())


@property_test("PART-02.status", writes=(REFUSED_CALLS,))
def test_a_user_of_several_partners_writes_nothing_without_the_header(writable: Deployment) -> None:
    client, _ = user_with_partners(writable, several=True)
    expect_write_refused(client, "PART-02.status")


@property_test("PART-02.single", writes=(REFUSED_CALLS,))
def test_a_user_of_one_partner_may_leave_the_header_out_of_a_write(writable: Deployment) -> None:
    """The write is refused for an event that does not exist, so that nothing changes."""
    client, _ = user_with_partners(writable, several=False)
    answer = client.call("setEventAttributionModel", {"eid": UNKNOWN_EVENT}, body={"model": "FD"})
    is_authorized = answer.status_code not in (401, 403)
    assertions.is_true("the write is authorized", is_authorized, expected="another refusal", seen=answer.text)


@property_test("PART-06.unknown_partner", writes=(REFUSED_CALLS,))
def test_an_admin_who_names_no_partner_that_exists_writes_nothing(writable: Deployment) -> None:
    client = writable.admin.with_headers(x_preferred_partner_id=UNKNOWN_PARTNER)
    expect_write_refused(client, "PART-06.unknown_partner")


@property_test("PART-06.no_groups", writes=(REFUSED_CALLS,))
def test_a_user_without_a_partner_writes_nothing(writable: Deployment) -> None:
    for named in (None, writable.partner_id):
        client = user_without_partner(writable).with_headers(x_preferred_partner_id=named)
        expect_write_refused(client, "PART-06.no_groups")
