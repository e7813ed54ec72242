"""The journal's HAR export conforms to HAR 1.2."""

from typing import Any

import pytest
from jsonschema_rs import validator_for

from tests.builders import BETA
from tests.example_requests import ROWS_PATH, SETTINGS, SETTINGS_PATH, a_client

TEXT, NATURAL_NUMBER, SIZE = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "integer", "minimum": -1}


def object_schema(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """Return the schema of an object with exactly these members."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def array_schema(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


PAIR_SCHEMA = object_schema({"name": TEXT, "value": TEXT}, comment=TEXT)
REQUEST_SCHEMA = object_schema(
    {
        "method": TEXT,
        "url": {"type": "string", "format": "uri"},
        "httpVersion": TEXT,
        "cookies": array_schema(PAIR_SCHEMA),
        "headers": array_schema(PAIR_SCHEMA),
        "queryString": array_schema(PAIR_SCHEMA),
        "headersSize": SIZE,
        "bodySize": SIZE,
    },
    postData=object_schema({"mimeType": TEXT, "text": TEXT}, params=array_schema(PAIR_SCHEMA), comment=TEXT),
    comment=TEXT,
)
RESPONSE_SCHEMA = object_schema(
    {
        "status": {"type": "integer"},
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": array_schema(PAIR_SCHEMA),
        "headers": array_schema(PAIR_SCHEMA),
        "content": object_schema({"size": NATURAL_NUMBER, "mimeType": TEXT}, text=TEXT, encoding=TEXT, comment=TEXT),
        "redirectURL": TEXT,
        "headersSize": SIZE,
        "bodySize": SIZE,
    },
    comment=TEXT,
)
ENTRY_SCHEMA = object_schema(
    {
        "startedDateTime": {"type": "string", "format": "date-time"},
        "time": {"type": "number", "minimum": 0},
        "request": REQUEST_SCHEMA,
        "response": RESPONSE_SCHEMA,
        "cache": {"type": "object"},
        "timings": object_schema({"send": NATURAL_NUMBER, "wait": NATURAL_NUMBER, "receive": NATURAL_NUMBER}),
    },
    comment=TEXT,
)
HAR_SCHEMA = object_schema(
    {
        "log": object_schema(
            {
                "version": {"const": "1.2"},
                "creator": object_schema({"name": TEXT, "version": TEXT}),
                "entries": array_schema(ENTRY_SCHEMA),
            }
        )
    }
)
"""HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec), without the optional parts that the mock does not write."""


@pytest.fixture
def log():
    """Return an export with writes, a binary body, an error, a redirect and a response without a body."""
    client = a_client()
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.send("PUT", SETTINGS_PATH, content=b"\xff", headers={"content-type": "application/json"})
    client.send("GET", "/events/?city=M%C3%BCnchen&city=", headers={"X-Preferred-Partner-Id": BETA})
    client.send("GET", "/events?q=1&token=x")
    row = client.send("POST", f"{ROWS_PATH}&purchase=1&revenue=1").json()
    client.send("DELETE", f"/campaign_results/?id={row['id']}")
    har = client.control("GET", "/journal.har").json()
    validator = validator_for(HAR_SCHEMA, validate_formats=True)
    assert [str(error) for error in validator.iter_errors(har)] == []
    return har["log"]


def test_it_has_each_exchange_in_order(log):
    assert [entry["comment"] for entry in log["entries"]] == [
        "1 signIn",
        "2 replaceEvaluationSettings",
        "3 replaceEvaluationSettings",
        "4 listEvents",
        "5 no operation",
        "6 createCampaignResult",
        "7 deleteCampaignResult",
    ]


def test_a_redirect_has_its_location(log):
    entry = log["entries"][4]
    assert entry["response"]["redirectURL"] == "/api/v3/events/?q=1&token=%E2%80%A6"
    assert entry["request"]["queryString"] == [{"name": "q", "value": "1"}, {"name": "token", "value": "…"}]


def test_a_request_body_is_post_data(log):
    assert log["entries"][1]["request"]["postData"]["mimeType"] == "application/json"
    assert log["entries"][2]["request"]["postData"] == {"mimeType": "application/json", "text": ""}
    assert "postData" not in log["entries"][3]["request"]


def test_a_response_without_a_body_has_no_text(log):
    response = log["entries"][6]["response"]
    assert (response["status"], response["content"]) == (204, {"size": 0, "mimeType": ""})


def test_an_empty_journal_is_a_document_without_entries():
    client = a_client()
    client.control("DELETE", "/journal")
    har = client.control("GET", "/journal.har").json()
    assert har["log"]["entries"] == []
    assert validator_for(HAR_SCHEMA).is_valid(har)


def test_the_schema_detects_another_document():
    assert not validator_for(HAR_SCHEMA).is_valid({"log": {"version": "1.1", "creator": {}, "entries": []}})
