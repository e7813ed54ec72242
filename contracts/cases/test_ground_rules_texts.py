"""Ground rules of texts: the characters that are allowed, and ids in paths."""

import pytest

from contracts.dsl import assertions, valid_requests
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

CONTROL_CHARACTERS = [chr(code) for code in range(0x20)]
FREE_TEXT_IDS = {
    "a slash": "a/b",
    "an umlaut and a space": "ä ö",
    "a percent sign": "100%",
    "marks of a URL": "x?y#z;a=b",
    "a plus sign": "+1",
    "quotes and brackets": "'\"<>",
    "an escape": "%2F",
    "a number": "4711",
    "another script": "日本",
    "an address": "a:b@c",
    "DEL": "\x7f",
}
IMPOSSIBLE_IDS = {
    "NUL": "%00",
    "a line's end": "a%0Ab",
    "the last control": "%1F",
    "no UTF-8": "%FF",
    "a surrogate": "%ED%A0%80",
    "half a character": "%C3%28",
    "a currency": "%E2%82%AC",
    "a sign alone": "%",
    "no escape": "%zz",
    "a slash": "a%2Fb",
    "a space": "%20",
    "4,000 characters": "x" * 4_000,
    "a negative number": "-1",
    "null": "null",
}


@property_test("BASE-12.text", writes=EVERY_WRITE)
def test_a_control_character_in_a_query_is_refused(writable: Deployment) -> None:
    for valid_request, name, schema in valid_requests.query_cases(writable, valid_requests.has_pattern):
        array = schema.get("type") == "array"
        for control in writable.sample(CONTROL_CHARACTERS if name == "eid" else "\x00\n\x1f"):
            value = f"a{control}b"
            answer = valid_request.with_query(**{name: [value, "c"] if array else value}).send()
            assertions.refusal(answer, 400)
            assertions.names_field(answer, name)


@property_test("ERR-03.server_error", writes=EVERY_WRITE)
@pytest.mark.parametrize("text", ["ü", "日本", "🎫"], ids=["Latin", "another script", "beyond the first plane"])
def test_a_query_may_contain_characters_of_any_script(writable: Deployment, text: str) -> None:
    for valid_request, name, schema in valid_requests.query_cases(writable, valid_requests.has_pattern):
        array = schema.get("type") == "array"
        answer = valid_request.with_query(**{name: [text, "c"] if array else text}).send()
        assertions.is_true(f"{name} may be {text!r}", answer.status_code < 500, seen=answer.status_code)


@property_test("BASE-12.text", writes=EVERY_WRITE)
def test_a_control_character_in_a_body_is_refused(writable: Deployment) -> None:
    for valid_request, name, _ in valid_requests.body_cases(writable, valid_requests.has_pattern):
        for control in writable.sample(CONTROL_CHARACTERS if name in ("package_title", "username") else "\x00\t\x1f"):
            answer = valid_request.with_body(**{name: f"a{control}b"}).send()
            assertions.refusal(answer, 400, field=name)
    order = valid_requests.harmless_requests(writable)["createPackage"].with_body(event_ids=["a\x00b"])
    assertions.refusal(order.send(), 400)


@property_test("BASE-12.text", writes=EVERY_WRITE)
@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff", r"\ud83d", r"\ude00\ud83d"], ids=lambda escape: escape[1:])
def test_a_lone_surrogate_is_refused(writable: Deployment, escape: str) -> None:
    for valid_request, name, _ in valid_requests.body_cases(writable, valid_requests.has_pattern):
        content = valid_request.with_body(**{name: "HERE"}).content or b""
        invalid_content = content.replace(b"HERE", b"a" + escape.encode())
        assertions.refusal(valid_request.send(content=invalid_content), 400)
    for query in writable.sample(("q=%ED%A0%80", "city=%ED%BF%BF", "q=%FF", "city=%C3")):
        assertions.refusal(writable.partner.send("GET", "/events/", query=query), 400)


@example("BASE-12.path_id")
@pytest.mark.parametrize("event_id", FREE_TEXT_IDS.values(), ids=FREE_TEXT_IDS)
def test_an_id_in_a_path_is_free_text(sandbox: Sandbox, event_id: str) -> None:
    sandbox.add_event(event_id)
    shown = sandbox.partner.call("getEvent", {"eid": event_id})
    assertions.status(shown, 200)
    assertions.equal("id", shown.json()["id"], event_id)
    assertions.status(sandbox.partner.call("getEventSeries", {"eid": event_id}), 200)
    model = sandbox.partner.call("setEventAttributionModel", {"eid": event_id}, body={"model": "META"})
    assertions.status(model, 200)
    listed = sandbox.results_user.call("listCampaignResults", query={"eid": event_id, "partner_id": sandbox.partner_id})
    assertions.status(listed, 200)


@property_test("BASE-12.path_id")
@pytest.mark.parametrize("written", IMPOSSIBLE_IDS.values(), ids=IMPOSSIBLE_IDS)
def test_an_impossible_id_in_a_path_is_404_or_400(deployment: Deployment, written: str) -> None:
    for path in (
        f"/events/{written}",
        f"/package_builder/packages/{written}",
        f"/package_builder/packages/{written}/{written}/customer_list",
    ):
        assertions.status_one_of(f"status of {path[:60]}", deployment.partner.send("GET", path), 400, 404)
