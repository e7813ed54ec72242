"""How a run detects which generation of the documentation its target follows."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.rules import Documentation
from contracts.target import documentation, preflight
from contracts.target.session import TargetSession
from contracts.target.target import TargetOptions
from tests.contracts.target.test_preflight import BASE_URL, PARTNER_USER, a_platform

PROMISES = OpenApiSpec.load()
OLDER_EVENT = {"id": "evt_1", "currency": "EUR"}
NEWER_EVENT = {"id": "evt_1", "predicted_sales_share": None}
CLOSED = httpx2.Response(403, json={"message": "error.auth.not_authorized"})
OPEN = httpx2.Response(200, json=[])
MISSING = httpx2.Response(404, json={"message": "error.event.not_found"})


def find_out(rows: httpx2.Response, events: list[Mapping[str, Any]] | None, *groups: str, **options: Any) -> str:
    """Return the generation that the preflight detects on a target without a control API."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/campaign_results/"):
            return rows
        if request.url.path.endswith("/events/"):
            return httpx2.Response(500) if events is None else httpx2.Response(200, json={"items": events})
        return a_platform(groups or ("partner-id-a",))(request)

    session = TargetSession(TargetOptions(BASE_URL, user=PARTNER_USER, **options), PROMISES)
    session.close()
    session.http = httpx2.Client(transport=httpx2.MockTransport(answer))
    preflight.check_target(session)
    return str(session.documentation.generation)


@pytest.mark.parametrize(
    ("rows", "events", "groups", "expected"),
    [
        pytest.param(CLOSED, [OLDER_EVENT], (), "newer", id="closed rows, whatever the events have"),
        pytest.param(OPEN, [NEWER_EVENT], (), "older", id="open rows, whatever the events have"),
        pytest.param(MISSING, [NEWER_EVENT], (), "newer", id="rows that tell nothing, events without older members"),
        pytest.param(MISSING, [OLDER_EVENT], (), "older", id="rows that tell nothing, events with older members"),
        pytest.param(OPEN, [NEWER_EVENT], ("fd-admin",), "newer", id="an admin, events without older members"),
        pytest.param(OPEN, [OLDER_EVENT], ("fd-admin",), "older", id="an admin, events with older members"),
        pytest.param(CLOSED, [], (), "newer", id="closed rows and no events"),
        pytest.param(MISSING, [], (), "older", id="nothing tells"),
        pytest.param(httpx2.Response(403, text="blocked"), None, (), "older", id="a proxy refuses"),
    ],
)
def test_two_reads_show_the_generation(
    rows: httpx2.Response, events: list[Mapping[str, Any]] | None, groups: tuple[str, ...], expected: str
) -> None:
    assert find_out(rows, events, *groups) == expected


def test_the_option_is_asked_first() -> None:
    assert find_out(CLOSED, [NEWER_EVENT], documentation="older") == "older"


class FakeControl:
    """The control API of a mock: its status and its quirks."""

    def __init__(self, status: dict[str, Any], quirks: dict[str, bool]) -> None:
        self._answers = {"/status": status, "/quirks": quirks}

    def get(self, path: str) -> Any:
        return self._answers[path]


@pytest.mark.parametrize("generation", list(Documentation))
def test_a_mock_with_profiles_is_asked_for_one_without_further_quirks(generation: Documentation) -> None:
    control = FakeControl({"documentation": str(generation), "quirks": ["ignore_unknown"]}, {"ignore_unknown": True})
    assert documentation.read_from_control_api(control).generation is generation  # type: ignore[arg-type] # as a ControlApi
    profile = documentation.build_profile(control, generation)  # type: ignore[arg-type] # as a ControlApi
    assert profile == {"documentation": str(generation), "quirks": {}}


@pytest.mark.parametrize(
    ("enabled", "generation", "quirks"),
    [
        ([], "older", {"clear_sales_204": True, "campaign_results_admin_only": False}),
        (["campaign_results_admin_only"], "newer", {"clear_sales_204": False, "campaign_results_admin_only": True}),
    ],
)
def test_a_mock_without_profiles_gets_only_the_quirks_that_it_knows(
    enabled: list[str], generation: str, quirks: dict[str, bool]
) -> None:
    known = {"clear_sales_204": False, "campaign_results_admin_only": False, "ignore_unknown": False}
    control = FakeControl({"quirks": enabled}, known | dict.fromkeys(enabled, True))
    followed = documentation.read_from_control_api(control)  # type: ignore[arg-type] # as a ControlApi
    assert str(followed.generation) == generation
    profile = documentation.build_profile(control, followed.generation)  # type: ignore[arg-type] # as a ControlApi
    assert profile == {"quirks": quirks}
