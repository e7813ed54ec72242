"""The partner's record, and the default attribution model of its new events."""

import re
from functools import partial
from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.measurements import read_before
from contracts.dsl.steps import LOOKOUT_MODELS
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox

DEFAULT_MODEL_FIELD = "attribution_model_default"
WORD = re.compile("[a-z][a-z0-9_-]*")
FIELDS = {
    "id",
    "name",
    "domain",
    "currency",
    "vertical",
    "demand_prediction",
    "campaign_recommendations",
    "status",
    "pricing_tier",
    "campaign_pricing_model",
    "ner_active",
}
"""The documented members of a partner's record."""
EXPECTED_RECORDS: dict[str, dict[str, Any]] = {
    ACME: {
        "id": ACME,
        "name": "Acme Konzerte GmbH",
        "domain": "acme.example",
        "currency": "EUR",
        "vertical": "live_entertainment",
        "demand_prediction": True,
        "campaign_recommendations": True,
        "status": "active",
        "pricing_tier": "growth",
        "campaign_pricing_model": "COST_PER_SALE",
        "ner_active": False,
        DEFAULT_MODEL_FIELD: "FD",
    },
    BETA: {
        "id": BETA,
        "name": "Beta Live Ltd",
        "domain": "beta.example",
        "currency": "GBP",
        "vertical": "theatre",
        "demand_prediction": True,
        "campaign_recommendations": False,
        "status": "active",
        "pricing_tier": "growth",
        "campaign_pricing_model": "REVENUE_SHARE",
        "ner_active": True,
        DEFAULT_MODEL_FIELD: "META",
    },
}
"""Two partners of the sample world."""


def read_record(client: Client) -> dict[str, Any]:
    answer = client.call("getPartner")
    assertions.step_status(answer, 200)
    return dict(answer.json())


def set_default_model(client: Client, model: str) -> None:
    assertions.step_status(client.call("setAttributionModelDefault", query={"model": model}), 204)


def read_model(client: Client, event_id: str) -> str:
    answer = client.call("getEventAttributionModel", {"eid": event_id})
    assertions.step_status(answer, 200)
    return str(answer.json()["model"])


def read_first_models(client: Client) -> dict[str, str]:
    listed = assertions.read_body(client.call("listEvents", query={"limit": 5}))["items"]
    return {event["id"]: read_model(client, event["id"]) for event in listed}


@property_test("PART-03.members", profile="smoke")
def test_a_partners_record_has_the_documented_members(deployment: Deployment) -> None:
    for client in (deployment.partner, deployment.partner.with_headers(x_preferred_partner_id=deployment.partner_id)):
        assertions.equal("missing members of the record", sorted(FIELDS - read_record(client).keys()), [])


@property_test("PART-03.model_default", profile="smoke")
def test_a_partners_record_names_the_model_of_its_new_events(deployment: Deployment) -> None:
    assertions.one_of(DEFAULT_MODEL_FIELD, read_record(deployment.partner).get(DEFAULT_MODEL_FIELD), LOOKOUT_MODELS)


@property_test("PART-03.id", profile="smoke")
def test_a_partners_id_is_the_one_that_the_header_names(deployment: Deployment) -> None:
    for client, partner_id in (
        (deployment.partner, deployment.partner_id),
        (deployment.second_partner, deployment.second_partner_id),
    ):
        named = client.with_headers(x_preferred_partner_id=partner_id)
        assertions.equal("id of the record", read_record(named)["id"], partner_id)


@property_test("PART-03.examples", "PART-03.values")
def test_a_partners_record_has_words_in_lower_case(deployment: Deployment) -> None:
    for role, client in (("partner", deployment.partner), ("second", deployment.second_partner)):
        record = read_record(client)
        for name in ("status", "vertical", "pricing_tier"):
            value = record.get(name)
            assertions.is_true(f"{name} of {role} is a text", isinstance(value, str), seen=value, part="PART-03.values")
            is_word = WORD.fullmatch(str(value)) is not None
            what = f"{name} of {role} is a word in lower case"
            assertions.is_true(what, is_word, expected="a word", seen=value, part="PART-03.values")


@property_test("PART-03.values", "EVT-02.values", documentation="older")
@pytest.mark.parametrize("role", ["partner", "second"])
def test_a_partners_currency_is_that_of_its_events(deployment: Deployment, role: str) -> None:
    client = deployment.partner if role == "partner" else deployment.second_partner
    currency = read_record(client).get("currency")
    listed = client.call("listEvents", query={"limit": 5}).json()["items"]
    for event in require_cases([each for each in listed if "currency" in each], "an event with a currency"):
        assertions.equal(f"currency of {event['id']}", event["currency"], currency, part="PART-03.values")


@example("PART-03.members", "PART-03.examples", "PART-03.values")
@pytest.mark.parametrize("partner_id", EXPECTED_RECORDS)
@pytest.mark.parametrize("role", ["agency", "admin"])
def test_a_partners_record_says_what_is_known_of_it(sandbox: Sandbox, role: str, partner_id: str) -> None:
    client = sandbox.sign_in(role).with_headers(x_preferred_partner_id=partner_id)
    assertions.equal(f"record of {partner_id}", read_record(client), EXPECTED_RECORDS[partner_id])


@example("PART-03.id")
def test_a_quirk_makes_the_id_a_number_and_nothing_else(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {"numeric_client_id": True})
    agency, numbers = sandbox.sign_in("agency"), []
    for partner_id, plain in EXPECTED_RECORDS.items():
        record = read_record(agency.with_headers(x_preferred_partner_id=partner_id))
        numbers.append(record["id"])
        assertions.equal(f"type of the id of {partner_id}", type(record["id"]), int)
        assertions.equal(f"the other members of {partner_id}", {**record, "id": partner_id}, plain)
    assertions.equal("number of different ids of two partners", len(set(numbers)), 2)
    fd = read_record(agency.with_headers(x_preferred_partner_id="fd1042"))
    assertions.equal("the id of fd1042", fd["id"], 1042)


@property_test("PART-05.set", profile="smoke", writes=("setAttributionModelDefault",))
@pytest.mark.parametrize("model", LOOKOUT_MODELS)
def test_a_default_model_is_read_as_it_was_put(writable: Deployment, model: str) -> None:
    before = read_before(writable, "record", partial(read_record, writable.partner))
    try:
        answer = writable.partner.call("setAttributionModelDefault", query={"model": model})
        assertions.step_status(answer, 204)
        assertions.equal("body of the response to the PUT", answer.content, b"")
        assertions.equal("the record afterwards", read_record(writable.partner), {**before, DEFAULT_MODEL_FIELD: model})
    finally:
        set_default_model(writable.partner, before[DEFAULT_MODEL_FIELD])


@property_test("PART-05.existing_events", writes=("setAttributionModelDefault",))
@pytest.mark.parametrize("model", LOOKOUT_MODELS)
def test_a_default_model_leaves_the_events_that_are_there(writable: Deployment, model: str) -> None:
    before = read_record(writable.partner)[DEFAULT_MODEL_FIELD]
    models = read_before(writable, "models of events", partial(read_first_models, writable.partner))
    try:
        set_default_model(writable.partner, model)
        assertions.equal("the events' models afterwards", read_first_models(writable.partner), models)
    finally:
        set_default_model(writable.partner, before)


@property_test("PART-05.set", writes=(REFUSED_CALLS,))
@pytest.mark.parametrize(
    "query",
    ["", "model=", "model=fd", "model=Meta", "model=ALL_PURCHASES", "model=FD%20", "model=null", "model=FD,META"],
)
def test_what_is_no_model_is_400_and_changes_nothing(writable: Deployment, query: str) -> None:
    before = read_before(writable, "record", partial(read_record, writable.partner))
    require_case(DEFAULT_MODEL_FIELD in before, "a partner record that shows the default model, so it can be restored")
    answer = writable.partner.send("PUT", "/partners/attribution_model", query=query)
    assertions.refusal(answer, 400, field="model")
    assertions.equal("the record afterwards", read_record(writable.partner), before)


@example("PART-05.set")
def test_a_model_in_the_body_is_not_looked_at(sandbox: Sandbox) -> None:
    kind = {"content-type": "application/json"}
    answer = sandbox.partner.send("PUT", "/partners/attribution_model", headers=kind, content=b'{"model": "META"}')
    assertions.refusal(answer, 400, field="model")
    assertions.equal("the default afterwards", read_record(sandbox.partner)[DEFAULT_MODEL_FIELD], "FD")


@example("PART-05.new_events", profile="smoke")
@pytest.mark.parametrize("model", LOOKOUT_MODELS)
def test_an_event_created_later_starts_with_the_default(sandbox: Sandbox, model: str) -> None:
    set_default_model(sandbox.partner, model)
    sandbox.advance(minutes=30)
    event = sandbox.add_event()
    assertions.equal("the new event's model", read_model(sandbox.partner, event), model)


@example("PART-05.existing_events", profile="smoke")
def test_each_event_keeps_the_default_of_its_own_time(sandbox: Sandbox) -> None:
    events = []
    for model in ("META", "EXTERNAL", "FD"):
        set_default_model(sandbox.partner, model)
        events.append(sandbox.add_event())
    chosen = sandbox.add_event(attribution_model="EXTERNAL")
    set_default_model(sandbox.partner, "META")
    sandbox.advance(minutes=30)
    seen = [read_model(sandbox.partner, event) for event in (*events, chosen)]
    assertions.equal("the events' models", seen, ["META", "EXTERNAL", "FD", "EXTERNAL"])


@example("PART-05.set")
def test_a_default_is_its_own_partners_alone(sandbox: Sandbox) -> None:
    set_default_model(sandbox.second_partner, "EXTERNAL")
    assertions.equal("the other partner's default", read_record(sandbox.partner)[DEFAULT_MODEL_FIELD], "FD")
    assertions.equal("the other partner's new event", read_model(sandbox.partner, sandbox.add_event()), "FD")
    assertions.equal(
        "the partner's new event", read_model(sandbox.second_partner, sandbox.add_event(partner_id=BETA)), "EXTERNAL"
    )
