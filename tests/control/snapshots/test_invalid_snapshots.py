"""An invalid snapshot is rejected with the name of the field, and changes nothing."""

import json
from dataclasses import replace

import pytest

from mock_server.domain.pieces import InPieces
from mock_server.state import snapshot_checks, snapshot_reader
from tests.asgi_driver import Driver, request_once
from tests.builders import ACME, BETA
from tests.control.snapshots.test_snapshots import a_client_with_full_state, restore_snapshot, save_snapshot
from tests.example_requests import a_client, sorted_error_fields


@pytest.fixture
def client():
    return a_client()


def with_value_at(document, path, value):
    """Return a copy of the document with another value at a dotted path."""
    copied = json.loads(json.dumps(document))
    container = copied
    *parents, last = path.split(".")
    for step in parents:
        container = container[int(step)] if isinstance(container, list) else container[step]
    container[int(last) if isinstance(container, list) else last] = value
    return copied


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"", ["body"]),
        (b"{", ["body"]),
        (b"[]", ["body"]),
        (b"null", ["body"]),
        (b'"wavetank-snapshot"', ["body"]),
        (b"\xff", ["body"]),
        (b'{"a":' * 2_000, ["body"]),
        (b"{}", ["format"]),
        (b'{"format": "another"}', ["format"]),
        (b'{"format": ["wavetank-snapshot"]}', ["format"]),
        (b'{"format": "wavetank-snapshot"}', ["version"]),
        (b'{"format": "wavetank-snapshot", "version": 2, "unheard": []}', ["version"]),
        (b'{"format": "wavetank-snapshot", "version": 0}', ["version"]),
        (b'{"format": "wavetank-snapshot", "version": "1"}', ["version"]),
        (b'{"format": "wavetank-snapshot", "version": true}', ["version"]),
        (b'{"format": "wavetank-snapshot", "version": 1}', ["world"]),
    ],
    ids=lambda value: value[:60].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_broken_foreign_or_newer_document_is_400_and_changes_nothing(client, content, fields):
    before = save_snapshot(client).content
    answer = restore_snapshot(client, content)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, fields)
    assert save_snapshot(client).content == before


WRONG_VALUES = [
    ("world.digest", "0" * 32, "world.digest"),
    ("world.source", "sample", "world.source"),
    ("world.seed", -1, "world.seed"),
    ("world.created_at", "2027-01-01T00:00:00Z", "world.created_at"),
    ("clock.now", "yesterday", "clock.now"),
    ("clock.now", None, "clock.now"),
    ("clock.mode", "fast", "clock.mode"),
    ("clock.speed", 0, "clock.speed"),
    ("clock.speed", 1e9, "clock.speed"),
    ("clock.hands", 3, "clock.hands"),
    ("timing.stage", 0, "timing.stage"),
    ("timing.stage", 0.5, "timing.stage"),
    ("counters.#cr", 0, "counters.#cr"),
    ("counters.#job", 1, "counters.#job"),
    ("counters.#tcr", 0, "counters.#tcr"),
    ("counters.cr", -1, "counters.cr"),
    ("counters.cr", "1", "counters.cr"),
    ("quirks.slow", True, "quirks.slow"),
    ("quirks.clear_sales_204", 1, "quirks.clear_sales_204"),
    ("faults.rules.1.effect.status", 418, "faults.rules.1.effect.status"),
    ("faults.rules.1.effect.status", None, "faults.rules.1.effect"),
    ("faults.rules.1.effect.reset", True, "faults.rules.1.effect"),
    ("faults.rules.0.effect.latency.milliseconds", 10**9, "faults.rules.0.effect.latency.milliseconds"),
    ("faults.rules.2.effect.drip.bytes", 0, "faults.rules.2.effect.drip.bytes"),
    ("faults.rules.2.match.fraction", 1.5, "faults.rules.2.match.fraction"),
    ("faults.rules.1.id", "late", "faults.rules"),
    ("world.created_at", "9999-01-01T00:00:00Z", "world.created_at"),
    ("faults.rules.1.matched", 2**63 - 1, "faults.rules.1.matched"),
    ("faults.rules.1.last_token_number", -1, "faults.rules.1.last_token_number"),
    ("limits.per_minute", {"reads": 0, "writes": 1, "sign_ins": 1}, "limits.per_minute.reads"),
    (
        "limits.recent_requests",
        [{"kind": "reads", "requester": ACME, "times": ["2099-01-01T00:00:00Z"]}],
        "limits.recent_requests.0.times",
    ),
    ("jobs.pending.0.due", "2020-01-01T00:00:00Z", "jobs.pending.0.due"),
    ("jobs.pending.0.kind", "nap", "jobs.pending.0.kind"),
    ("jobs.pending.0.generation", 2**63 - 1, "jobs.pending.0.generation"),
    ("records.packages.0.revision", 2**63 - 1, "records.packages.0.revision"),
    ("jobs.pending.0.number", 2**53 + 1, "counters.#job"),
    ("jobs.past.0.state", "pending", "jobs.past.0.state"),
    ("records.partners", [], "records.events.0.partner_id"),
    ("records.partners.0.ner_active", None, "records.partners.0.ner_active"),
    ("records.challenges.0.username", "nobody", "records.challenges.0.username"),
    ("records.events.1.partner_id", "nobody", "records.events.1.partner_id"),
    ("records.events.1.id", "evt_1", "records.events"),
    ("records.events.1.capacity", -5, "records.events.1.capacity"),
    ("records.events.1.id", "venues", "records.events.1.id"),
    ("records.events.1.status", "ACTIVE", "records.events.1.status"),
    ("records.events.1.frontend_status", "PAST", "records.events.1.frontend_status"),
    ("records.events.1.campaign_status", "ACTIVE", "records.events.1.campaign_status"),
    ("records.events.1.client_campaign_status", "OPEN", "records.events.1.client_campaign_status"),
    ("records.events.1.benchmark", 0.82, "records.events.1.benchmark"),
    ("records.events.1.benchmark", {"value": 0.82}, "records.events.1.benchmark.benchmark"),
    ("records.partners.0.status", "Active", "records.partners.0.status"),
    ("records.customers.0.partner_id", "nobody", "records.customers.0.partner_id"),
    ("records.sales.0.event_id", "evt_9", "records.sales.0.event_id"),
    ("records.sales.0.dropped", [10**6], "records.sales.0.dropped"),
    ("records.sales.0.added.0.event_id", "evt_4", "records.sales.0.added.0.event_id"),
    ("records.sales.0.added.0.customer_id", "cus_nobody", "records.sales.0.added.0.customer_id"),
    ("records.sales.0.added.0.revenue", 12.5, "records.sales.0.added.0.revenue"),
    ("records.sales.0.added.0.tickets", 0, "records.sales.0.added.0.tickets"),
    ("records.ingests.0.eid", "evt_9", "records.ingests.0.eid"),
    ("records.ingests.0.first", "2030-01-01", "records.ingests.0"),
    ("records.results.0.eid", "evt_9", "records.results.0.eid"),
    ("records.results.0.partner_id", BETA, "records.results.0.eid"),
    ("records.results.0.revenue", "lots", "records.results.0.revenue"),
    ("records.packages.0.settings.model", "BEST", "records.packages.0.settings.model"),
    ("records.packages.0.settings.attribution_window", 0, "records.packages.0.settings.attribution_window"),
    ("records.packages.0.event_ids", ["evt_9"], "records.packages.0.event_ids"),
    ("records.packages.0.num_packages", 10**12, "records.packages.0.num_packages"),
    ("records.packages.0.clusters", None, "records.packages.0.clusters"),
    ("records.packages.0.clusters.0.customers", ["cus_nobody"], "records.packages.0.clusters.0.customers"),
    ("records.packages.0.title", "a\x00b", "records.packages.0.title"),
    ("records.evaluations.0.package_id", "pkg_9", "records.evaluations.0.package_id"),
    ("records.defaults.0.partner_id", "nobody", "records.defaults.0.partner_id"),
    ("records.defaults.0.settings.attribution_window", 366, "records.defaults.0.settings.attribution_window"),
    ("records.last_run", 7, "records.last_run"),
    ("records.shoes", [], "records.shoes"),
    ("extra", 1, "extra"),
]


@pytest.fixture(scope="module")
def rich_client():
    client = a_client_with_full_state()
    return client, save_snapshot(client).content


@pytest.mark.parametrize(
    ("path", "value", "field"), WRONG_VALUES, ids=[f"{path}={str(value)[:20]}" for path, value, _ in WRONG_VALUES]
)
def test_a_wrong_value_is_400_names_the_field_and_changes_nothing(rich_client, path, value, field):
    client, before = rich_client
    answer = restore_snapshot(client, with_value_at(json.loads(before), path, value))
    assert answer.status_code == 400, answer.text
    assert field in sorted_error_fields(answer)
    assert save_snapshot(client).content == before


@pytest.mark.parametrize(
    ("kind", "status"),
    [("package_stage", "DONE"), ("package_expiry", "INPROGRESS"), ("package_expiry", "EXPIRED"), ("evaluation", None)],
)
def test_a_job_for_an_unknown_or_unsuitable_package_is_rejected(rich_client, kind, status):
    client, before = rich_client
    document = json.loads(before)
    for package in document["records"]["packages"]:
        package["status"] = status or package["status"]
    job = document["jobs"]["pending"][0] | {"kind": kind}
    subject = document["records"]["packages"][0]["id"] if status else "pkg_gone"
    document["jobs"]["pending"] = [job | {"subject": subject}]
    answer = restore_snapshot(client, document)
    assert answer.status_code == 400
    assert "jobs.pending.0.subject" in sorted_error_fields(answer)
    assert save_snapshot(client).content == before


def find_leaves(value, path=""):
    """Yield the path and the value of every member that is not a container."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from find_leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for place in {0, len(value) - 1}:
            yield from find_leaves(value[place], f"{path}.{place}")
    else:
        yield path, value


@pytest.mark.parametrize(
    "wrong", [{"a": 1}, [[]], "\x01", float("nan")], ids=["an object", "an array", "a control", "NaN"]
)
def test_a_value_of_a_wrong_type_is_400_with_its_path(rich_client, wrong):
    client, before = rich_client
    document, driver = json.loads(before), Driver(client.app)
    tried = 0
    for path, _ in find_leaves(document):
        answer = request_once(driver, "PUT", "/_mock/snapshot", with_value_at(document, path, wrong))
        assert answer.status == 400, (path, answer.content)
        named = {entry["field"] for entry in answer.json()["validation_errors"]}
        assert any(field == path or field.startswith(f"{path}.") or path == "quirks" for field in named), (path, named)
        tried += 1
    assert tried > 150
    assert save_snapshot(client).content == before


def test_up_to_20_problems_are_reported_at_once(rich_client):
    client, before = rich_client
    document = json.loads(before)
    for event in document["records"]["events"]:
        event["partner_id"] = "nobody"
    error_fields = sorted_error_fields(restore_snapshot(client, document))
    assert {"records.events.0.partner_id", "records.events.3.partner_id"} <= set(error_fields)
    document["records"]["events"] = [
        event | {"id": f"evt_{index}"} for event in document["records"]["events"] for index in range(9)
    ]
    entries = restore_snapshot(client, document).json()["validation_errors"]
    assert [entry["code"] == "too_many" for entry in entries] == [False] * 20 + [True]


class CountedSales(dict):
    """The purchases of a world by event. It counts how often they are read."""

    reads = 0

    def get(self, event_id, default=None):
        self.reads += 1
        return super().get(event_id, default)


def test_the_purchases_of_an_event_are_read_once_however_often_it_is_listed(rich_client):
    """Otherwise a snapshot of 50 MiB that repeats an event stops the server for 20 seconds."""
    client, before = rich_client
    document = json.loads(before)
    listed = len(document["records"]["sales"])
    document["records"]["sales"] *= 100
    saved = InPieces(snapshot_reader.read)(json.dumps(document).encode())
    world = client.workspace.world_factory(saved.world.seed, saved.world.created_at.date())
    sales = CountedSales(world.sales)
    problems = InPieces(snapshot_checks.find_problems)(saved, replace(world, sales=sales))
    assert ["duplicate"] * listed == [problem.code for problem in problems]
    assert sales.reads == listed > 0
