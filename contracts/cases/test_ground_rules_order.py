"""Where several things are wrong at once, which one is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

import httpx
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.steps import settings
from contracts.dsl.valid_requests import JSON, NOBODYS, Asking
from contracts.spec.markers import example, law
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox


@dataclass(frozen=True)
class Sent:
    """A request as a mistake may change it."""

    client: Client
    method: str
    path: str
    query: str = ""
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> httpx.Response:
        """What it is answered."""
        return self.client.send(self.method, self.path, query=self.query, headers=self.headers, content=self.content)


Mistake = Callable[[Sent], Sent]


def _no_token(sent: Sent) -> Sent:
    return replace(sent, client=sent.client.having(authorization=None))


def _stranger(sent: Sent) -> Sent:
    return replace(sent, client=sent.client.having(x_preferred_partner_id="partner-id-nobody"))


def _no_path(sent: Sent) -> Sent:
    return replace(sent, path="/nothing")


def _other_slash(sent: Sent) -> Sent:
    return replace(sent, path=sent.path[:-1] if sent.path.endswith("/") else f"{sent.path}/")


def _no_method(sent: Sent) -> Sent:
    return replace(sent, method="PATCH")


def _too_large(sent: Sent) -> Sent:
    return replace(sent, content=b" " * (2**20 + 1) + (sent.content or b""))


def _other_type(sent: Sent) -> Sent:
    return replace(sent, headers={"content-type": "text/plain"})


def _no_json(sent: Sent) -> Sent:
    return replace(sent, content=b"{")


def _unknown_name(sent: Sent) -> Sent:
    return replace(sent, query=f"{sent.query}&colour=red" if sent.query else "colour=red")


def _foreign_partner(sent: Sent) -> Sent:
    partner = sent.client.call("getPartner").json()["id"]
    return replace(sent, path=sent.path.replace(str(partner), NOBODYS), query=sent.query.replace(str(partner), NOBODYS))


def _contradiction(sent: Sent) -> Sent:
    if "revenue=" in sent.query:
        return replace(
            sent, query=sent.query.replace("purchase=12", "purchase=0").replace("revenue=540.5", "revenue=0")
        )
    return replace(sent, query=f"{sent.query}&start_date=2026-02-02&end_date=2026-02-01")


def _nothing(sent: Sent) -> Sent:
    """The object does not exist anyway."""
    return sent


HEAD: tuple[tuple[str, Mistake, int], ...] = (
    ("no token", _no_token, 401),
    ("another's partner header", _stranger, 403),
    ("an unknown path", _no_path, 404),
    ("the other slash", _other_slash, 307),
    ("another method", _no_method, 405),
)
BODY: tuple[tuple[str, Mistake, int], ...] = (
    ("a body too large", _too_large, 413),
    ("another content type", _other_type, 415),
    ("no JSON", _no_json, 400),
)
SHAPE = ("an unknown name", _unknown_name, 400)
PARTNER = ("another partner_id", _foreign_partner, 403)
ACROSS = ("fields that contradict each other", _contradiction, 400)
OBJECT = ("an object that nobody has", _nothing, 404)
MISTAKES: Mapping[str, tuple[tuple[str, Mistake, int], ...]] = {
    "setBackhaulDefaults": (*HEAD, *BODY, SHAPE, PARTNER),
    "setEventAttributionModel": (*HEAD, *BODY, SHAPE, OBJECT),
    "createCampaignResult": (*HEAD, SHAPE, PARTNER, ACROSS, OBJECT),
    "listCampaignResults": (*HEAD, SHAPE, PARTNER, OBJECT),
    "getDailyRevenueSummary": (*HEAD, SHAPE, ACROSS, OBJECT),
    "ingestTransactionSummary": (*HEAD, *BODY, SHAPE, OBJECT),
    "exportSalesEdit": (*HEAD, SHAPE, OBJECT),
    "uploadSalesEdit": (*HEAD, *BODY, SHAPE, OBJECT),
}
"""The mistakes that can be made with an operation, in the order in which they are answered."""


@law("BASE-11")
@pytest.mark.parametrize("operation", MISTAKES)
def test_of_two_mistakes_the_first_in_the_order_is_answered(writable: Deployment, operation: str) -> None:
    asking = valid_requests.harmless(writable)[operation]
    right = _sent(writable.partner, asking)
    for name, mistake, status in MISTAKES[operation]:
        answer = mistake(right).answer()
        assertions.equal(f"status of {operation} with {name}", answer.status_code, status)
    for (first, earlier, status), (second, later, _) in combinations(MISTAKES[operation], 2):
        answer = earlier(later(right)).answer()
        assertions.equal(f"status of {operation} with {first} and {second}", answer.status_code, status)


@law("BASE-11", profile="smoke")
def test_an_unknown_path_needs_a_token_too(deployment: Deployment) -> None:
    for path in ("/nothing", "/nothing/at/all/", "/status", "/events/a/b/c", "/package_builder"):
        for method in ("GET", "POST", "OPTIONS"):
            assertions.refused(deployment.anonymous.send(method, path), 401)
            assertions.refused(deployment.anonymous.having(authorization="Bearer none").send(method, path), 401)


@law("BASE-11")
def test_the_shape_comes_before_what_it_is_about(writable: Deployment) -> None:
    asked = valid_requests.harmless(writable)
    for asking, status in (
        (asked["setEventAttributionModel"].saying(model="fd"), 400),
        (asked["replaceEvaluationSettings"].saying(backhaul_evaluation_model="all"), 400),
        (asked["createPackage"].saying(num_packages=0), 400),
        (asked["createCampaignResult"].asking(purchase="x", partner_id=NOBODYS), 400),
        (asked["listCampaignResults"].asking(eid=None, partner_id=NOBODYS), 400),
        (asked["getDailyRevenueSummary"].asking(start_date="x", end_date="2026-01-01"), 400),
        (asked["mergePackages"].asking(packages_ids=[NOBODYS, NOBODYS]), 400),
        (asked["mergePackages"].asking(packages_ids=[NOBODYS]), 400),
    ):
        assertions.refused(asking.send(writable.partner), status)


@example("BASE-11")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(settings(), 409, id="the state at last"),
        pytest.param(settings(0), 400, id="the shape before it"),
    ],
)
def test_the_state_of_a_package_comes_last(sandbox: Sandbox, body: dict[str, object], status: int) -> None:
    package = _a_package_that_is_not_built(sandbox)
    answer = sandbox.partner.call("replaceEvaluationSettings", {"package_id": package}, body=body)
    assertions.refused(answer, status)


@example("BASE-11", profile="smoke")
def test_a_package_that_nobody_has_comes_before_one_that_is_not_built(sandbox: Sandbox) -> None:
    waiting = _a_package_that_is_not_built(sandbox)
    done = sandbox.package([sandbox.event()], {"Jazz": sandbox.customers(1)})
    merge = "mergePackages"
    for ids, status in (([done, waiting], 409), ([waiting, NOBODYS], 404), ([waiting, waiting], 400)):
        assertions.refused(sandbox.partner.call(merge, query={"packages_ids": ids}), status)
    settings_path = f"/package_builder/packages/{waiting}/backhaul_evaluation_details"
    stranger = sandbox.partner.having(x_preferred_partner_id="partner-id-nobody")
    for client, status in ((sandbox.partner, 409), (stranger, 403), (sandbox.anonymous, 401), (sandbox.second, 404)):
        answer = client.send("PUT", settings_path, headers=JSON, content=b'{"%s": 3, "%s": "%s"}' % _SETTINGS)
        assertions.refused(answer, status)


_SETTINGS = (b"backhaul_evaluation_attribution_window", b"backhaul_evaluation_model", b"ALL_PURCHASES")


def _a_package_that_is_not_built(sandbox: Sandbox) -> str:
    order = valid_requests.harmless(sandbox)["createPackage"].saying(event_ids=[sandbox.event()])
    made = order.send(sandbox.partner)
    assertions.status(made, 201)
    return str(made.json()["id"])


def _sent(client: Client, asking: Asking) -> Sent:
    return Sent(client, asking.method, asking.path, asking.asked, asking.content, asking.kind)
