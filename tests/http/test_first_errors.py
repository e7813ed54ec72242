"""If a body or a query contains very many errors, the first 20 are listed, at little cost. Rule: ERR-02."""

import json
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mock_server.domain.errors import MAX_PROBLEMS
from mock_server.http import first_errors
from mock_server.http.fields import ClosedModel
from mock_server.http.first_errors import MANY_ERRORS
from mock_server.http.model_spec import ModelSpec
from tests.example_requests import WITH_BODY, a_client, example_id

JSON = {"content-type": "application/json"}
MEBIBYTE = 2**20


class Row(ClosedModel):
    number: int
    text: str = ""


class Sheet(ClosedModel):
    model_config = ConfigDict(defer_build=False)

    title: Annotated[str, Field(max_length=3)]
    rows: Annotated[list[Row], Field(default_factory=list)]
    extra: Row | None = None


SPEC = ModelSpec(Sheet)


def all_and_first_errors(document):
    """Return all errors of a body as pydantic lists them, and the errors found to be first, as types and places."""
    content = json.dumps(document).encode()
    adapter = TypeAdapter(Sheet)
    with pytest.raises(ValidationError) as failed:
        adapter.validator.validate_json(content)
    first = first_errors.list_body_errors(failed.value, content, SPEC.all_names, adapter.validator.validate_json)
    return [[(entry["type"], entry["loc"]) for entry in entries] for entries in (failed.value.errors(), first)]


def many_names(count, start=0):
    return {f"m{index}": 0 for index in range(start, start + count)}


@pytest.mark.parametrize(
    "document",
    [
        many_names(MANY_ERRORS + 1),
        {**many_names(MANY_ERRORS), "title": "too long", **many_names(9, MANY_ERRORS)},
        {"title": "a", "extra": many_names(2 * MANY_ERRORS)},
        {"title": "a", "rows": [{}] * (MANY_ERRORS + 1)},
        {"title": "a", "rows": [{"number": 1}] * 3 * MANY_ERRORS + [7] * 2 * MANY_ERRORS},
        {"title": "a", "rows": [many_names(MANY_ERRORS) for _ in range(3)]},
        {"rows": [{"number": 1, **many_names(30)}] * 40, **many_names(MANY_ERRORS)},
    ],
    ids=["names", "names and a value", "names inside", "rows", "late rows", "names in rows", "names everywhere"],
)
def test_of_very_many_errors_the_first_ones_are_those_that_pydantic_lists_first(document):
    every, first = all_and_first_errors(document)
    assert len(every) > MANY_ERRORS
    assert first == every[:MAX_PROBLEMS]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.sampled_from(["a", "long", 7]),
            "rows": st.lists(
                st.dictionaries(st.sampled_from(["number", "text", "a", "b"]), st.integers()), max_size=30
            ),
            "extra": st.dictionaries(st.sampled_from(["number", "c", "d"]), st.integers(), min_size=1),
            "other": st.just(1),
        },
    ).filter(lambda document: "title" not in document or "other" in document)
)
@settings(deadline=None, max_examples=50)
def test_fewer_errors_are_listed_as_they_are(document):
    every, first = all_and_first_errors(document)
    assert first == every[:MAX_PROBLEMS]


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_a_body_of_9000_unknown_members_gets_20_entries_and_their_count(client, example):
    names = [f"m{index:06d}" for index in range(9_000)]
    content = json.dumps({**example.body, **dict.fromkeys(names, 0)}, separators=(",", ":")).encode()
    answer = client.send(example.method, example.target, content=content, headers=JSON)
    entries = answer.json()["validation_errors"]
    assert answer.status_code == 400
    assert [entry["field"] for entry in entries] == [*names[:MAX_PROBLEMS], "body"]
    message = f"{len(names) - MAX_PROBLEMS} more problems are not listed"
    assert entries[-1] == {"code": "too_many", "field": "body", "message": message}


@pytest.mark.parametrize("form", ["{}=1", "{}[]=1", "limit=1&{}=1"])
def test_a_query_of_many_unknown_keys_gets_20_entries_and_their_count(client, form):
    keys = [f"key{index}" for index in range(3_000)]
    answer = client.send("GET", f"/events/?{'&'.join(form.format(key) for key in keys)}")
    entries = answer.json()["validation_errors"]
    assert answer.status_code == 400
    assert len(entries) == MAX_PROBLEMS + 1
    assert (entries[-1]["code"], entries[-1]["field"]) == ("too_many", "query")


def test_a_body_and_a_query_with_many_problems_share_the_20_entries(client):
    example = next(each for each in WITH_BODY if each.operation == "createPackage")
    query = "&".join(f"key{index}=1" for index in range(15))
    body = {**example.body, **{f"m{index}": 0 for index in range(15)}}
    entries = client.send(example.method, f"{example.target}?{query}", json=body).json()["validation_errors"]
    assert [entry["field"] for entry in entries[:16]] == [*(f"m{index}" for index in range(15)), "key0"]
    assert entries[20:] == [{"code": "too_many", "field": "body", "message": "10 more problems are not listed"}]


def test_rows_of_test_data_with_many_problems_get_20_entries_and_their_count(client):
    for rows in (
        [{}] * 5_000,
        [
            {
                "customer_id": "c",
                "event_id": "evt_none",
                "at": "2026-09-01T12:00:00Z",
                "tickets": 1,
                "revenue": 1,
                "fd": "campaign",
                "meta": "campaign",
                "external": "campaign",
            }
        ]
        * 5_000,
    ):
        entries = client.control("POST", "/purchases", json={"purchases": rows}).json()["validation_errors"]
        assert [entry["code"] == "too_many" for entry in entries] == [False] * 20 + [True]


@pytest.mark.parametrize("count", [1, 20, 1_000])
@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_long_names_of_unknown_members_are_cut(client, example, count):
    names = [f"{index:04d}{'x' * (MEBIBYTE // count - 200)}" for index in range(count)]
    answer = client.send(example.method, example.target, json=dict.fromkeys(names, 0))
    assert answer.status_code == 400
    assert len(answer.content) < 50_000
    fields = [entry["field"] for entry in answer.json()["validation_errors"]]
    assert any(field.startswith("0000xxx") and field.endswith("…") for field in fields)


def test_a_long_path_and_a_long_value_are_cut(client):
    for answer in (
        client.send("GET", f"/{'x' * 20_000}"),
        client.send("GET", f"/events/?{'x' * 20_000}=1"),
        client.control("GET", f"/journal?operation={'x' * 20_000}"),
    ):
        assert answer.status_code in (400, 404)
        assert len(answer.content) < 5_000
