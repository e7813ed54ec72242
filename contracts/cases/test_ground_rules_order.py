"""The order of checks: which error is returned for a request with several mistakes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations, product

import httpx2
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.allowed_calls import send_allowed
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.package_states import UNBUILT, require_status
from contracts.dsl.steps import create_package, list_event_ids, package_order, read_package, settings_body
from contracts.dsl.valid_requests import JSON_HEADERS, UNKNOWN_ID, ValidRequest
from contracts.spec.markers import EVERY_WRITE, REFUSED_CALLS, example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MAX_BODY_SIZE, MAX_FORM_SIZE = 2**20, 2**24
"""See: BASE-09."""


@dataclass(frozen=True)
class RequestDraft:
    """A request, to which mistakes can be added. `partner_id` is the partner that it names."""

    client: Client
    partner_id: str
    method: str
    path: str
    query: str = ""
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> httpx2.Response:
        """Send the request and return the response."""
        return self.client.send(self.method, self.path, query=self.query, headers=self.headers, content=self.content)


Mistake = Callable[[RequestDraft], RequestDraft]
NamedMistake = tuple[str, Mistake, int]
"""A mistake, its name, and the status of a request with it."""
WrongRequest = tuple[str, RequestDraft, int]
"""A request with mistakes, their names, and the status of its response."""


def _remove_token(draft: RequestDraft) -> RequestDraft:
    return replace(draft, client=draft.client.with_headers(authorization=None))


def _use_wrong_partner(draft: RequestDraft) -> RequestDraft:
    return replace(draft, client=draft.client.with_headers(x_preferred_partner_id="partner-id-nobody"))


def _use_unknown_path(draft: RequestDraft) -> RequestDraft:
    return replace(draft, path="/nothing")


def _flip_slash(draft: RequestDraft) -> RequestDraft:
    return replace(draft, path=draft.path[:-1] if draft.path.endswith("/") else f"{draft.path}/")


def _use_unknown_method(draft: RequestDraft) -> RequestDraft:
    return replace(draft, method="PATCH")


def _enlarge_body(draft: RequestDraft) -> RequestDraft:
    limit = MAX_FORM_SIZE if "multipart" in draft.headers.get("content-type", "") else MAX_BODY_SIZE
    return replace(draft, content=b" " * (limit + 1) + (draft.content or b""))


def _change_content_type(draft: RequestDraft) -> RequestDraft:
    return replace(draft, headers={"content-type": "text/plain"})


def _break_json(draft: RequestDraft) -> RequestDraft:
    return replace(draft, content=b"{")


def _add_unknown_name(draft: RequestDraft) -> RequestDraft:
    return replace(draft, query=f"{draft.query}&colour=red" if draft.query else "colour=red")


def _use_foreign_partner_id(draft: RequestDraft) -> RequestDraft:
    path, query = (text.replace(draft.partner_id, UNKNOWN_ID) for text in (draft.path, draft.query))
    return replace(draft, path=path, query=query)


def _contradict_fields(draft: RequestDraft) -> RequestDraft:
    if "revenue=" in draft.query:
        return replace(
            draft, query=draft.query.replace("purchase=12", "purchase=0").replace("revenue=540.5", "revenue=0")
        )
    return replace(draft, query=f"{draft.query}&start_date=2026-02-02&end_date=2026-02-01")


def _leave_unchanged(draft: RequestDraft) -> RequestDraft:
    """Return the request unchanged: the mistake is that its object does not exist."""
    return draft


REQUEST_MISTAKES: tuple[NamedMistake, ...] = (
    ("no token", _remove_token, 401),
    ("a foreign partner header", _use_wrong_partner, 403),
    ("an unknown path", _use_unknown_path, 404),
    ("a wrong trailing slash", _flip_slash, 307),
    ("another method", _use_unknown_method, 405),
)
BODY_MISTAKES: tuple[NamedMistake, ...] = (
    ("a body that is too large", _enlarge_body, 413),
    ("another content type", _change_content_type, 415),
    ("no JSON", _break_json, 400),
)
UNKNOWN_NAME = ("an unknown name", _add_unknown_name, 400)
FOREIGN_PARTNER = ("another partner_id", _use_foreign_partner_id, 403)
CONTRADICTION = ("fields that contradict each other", _contradict_fields, 400)
MISSING_OBJECT = ("a missing object", _leave_unchanged, 404)
MISTAKES: Mapping[str, tuple[NamedMistake, ...]] = {
    "setBackhaulDefaults": (*REQUEST_MISTAKES, *BODY_MISTAKES, UNKNOWN_NAME, FOREIGN_PARTNER),
    "setEventAttributionModel": (*REQUEST_MISTAKES, *BODY_MISTAKES, UNKNOWN_NAME, MISSING_OBJECT),
    "createCampaignResult": (*REQUEST_MISTAKES, UNKNOWN_NAME, FOREIGN_PARTNER, CONTRADICTION, MISSING_OBJECT),
    "listCampaignResults": (*REQUEST_MISTAKES, UNKNOWN_NAME, FOREIGN_PARTNER, MISSING_OBJECT),
    "getDailyRevenueSummary": (*REQUEST_MISTAKES, UNKNOWN_NAME, CONTRADICTION, MISSING_OBJECT),
    "ingestTransactionSummary": (*REQUEST_MISTAKES, *BODY_MISTAKES, UNKNOWN_NAME, MISSING_OBJECT),
    "ingestTransactionSummaryFromExcel": (*REQUEST_MISTAKES, *BODY_MISTAKES, UNKNOWN_NAME, MISSING_OBJECT),
    "exportSalesEdit": (*REQUEST_MISTAKES, UNKNOWN_NAME, MISSING_OBJECT),
    "uploadSalesEdit": (*REQUEST_MISTAKES, *BODY_MISTAKES, UNKNOWN_NAME, MISSING_OBJECT),
}
"""For each operation, the possible mistakes, in the order in which the platform checks for them."""

READS = ("listCampaignResults", "getDailyRevenueSummary", "exportSalesEdit")
PAIRS = "two mistakes"
FEW_PAIRS = 6
"""How many pairs of mistakes stand for all of them, where few requests are sent to a target."""


@property_test("BASE-11.order", writes=EVERY_WRITE)
@pytest.mark.parametrize("operation", MISTAKES)
def test_of_two_mistakes_the_first_in_the_order_is_answered(writable: Deployment, operation: str) -> None:
    valid_request = valid_requests.harmless_requests(writable)[operation]
    draft = _build_draft(valid_request, writable.partner_id)
    single = [(name, mistake(draft), status) for name, mistake, status in MISTAKES[operation]]
    _expect_statuses(operation, [*single, *_combine(draft, combinations(MISTAKES[operation], 2))])


@property_test("BASE-11.order")
@pytest.mark.parametrize("operation", READS)
def test_of_two_mistakes_in_a_read_the_first_in_the_order_is_answered(deployment: Deployment, operation: str) -> None:
    draft = _build_draft(valid_requests.harmless_requests(deployment)[operation], deployment.partner_id)
    pairs = [
        pair for pair in combinations(MISTAKES[operation], 2) if _use_unknown_method not in (pair[0][1], pair[1][1])
    ]
    _expect_statuses(operation, _combine(draft, require_cases(deployment.sample(pairs, FEW_PAIRS), PAIRS)))


@property_test("BASE-11.order", writes=(REFUSED_CALLS,))
@pytest.mark.parametrize("operation", ["setEventAttributionModel", "createCampaignResult"])
def test_of_two_mistakes_in_a_write_the_first_in_the_order_is_answered(deployment: Deployment, operation: str) -> None:
    """The write names an event that does not exist, so it is refused whatever else is wrong with it."""
    draft = _build_draft(valid_requests.harmless_requests(deployment)[operation], deployment.partner_id)
    mistakes = [each for each in MISTAKES[operation] if each not in REQUEST_MISTAKES and each[1] != _enlarge_body]
    pairs = [pair for pair in combinations(mistakes, 2) if pair[0][2] != pair[1][2]]
    _expect_statuses(operation, _combine(draft, require_cases(pairs, PAIRS)))


@property_test("BASE-11.order", writes=("createPackage", "mergePackages", "replaceEvaluationSettings"))
def test_the_state_of_a_package_that_is_being_built_comes_last(writable: Deployment) -> None:
    order = package_order(list_event_ids(writable, 1), package_title=writable.title("mistakes"))
    package = create_package(writable.partner, order)["id"]
    answers = (
        writable.partner.call("mergePackages", query={"packages_ids": [package, UNKNOWN_ID]}),
        writable.partner.call("replaceEvaluationSettings", {"package_id": package}, body=settings_body(0)),
    )
    status = read_package(writable.partner, package)["status"]
    require_case(status in ("INITIALIZING", "INPROGRESS"), f"a package that is being built ({package} is {status})")
    for answer, expected in zip(answers, (404, 400), strict=True):
        assertions.refusal(answer, expected, part="BASE-11.order")


@property_test("BASE-11.order", profile="smoke", writes=(REFUSED_CALLS,))
def test_an_unknown_path_needs_a_token_too(deployment: Deployment) -> None:
    clients = (deployment.anonymous, deployment.anonymous.with_headers(authorization="Bearer none"))
    paths = ("/nothing", "/nothing/at/all/", "/status", "/events/a/b/c", "/package_builder")
    kinds = product(clients, ("GET", "POST", "OPTIONS"))
    calls = [(*kind, path) for kind in kinds for path in deployment.sample(paths, 2)]
    for answer in send_allowed(partial(client.send, method, path) for client, method, path in calls):
        assertions.refusal(answer, 401, part="BASE-11.order")


@property_test("BASE-11.order", writes=EVERY_WRITE)
def test_the_shape_comes_before_what_it_is_about(writable: Deployment) -> None:
    requests = valid_requests.harmless_requests(writable)
    for valid_request, status in (
        (requests["setEventAttributionModel"].with_body(model="fd"), 400),
        (requests["replaceEvaluationSettings"].with_body(backhaul_evaluation_model="all"), 400),
        (requests["createPackage"].with_body(num_packages=0), 400),
        (requests["createCampaignResult"].with_query(purchase="x", partner_id=UNKNOWN_ID), 400),
        (requests["listCampaignResults"].with_query(eid=None, partner_id=UNKNOWN_ID), 400),
        (requests["getDailyRevenueSummary"].with_query(start_date="x", end_date="2026-01-01"), 400),
        (requests["mergePackages"].with_query(packages_ids=[UNKNOWN_ID, UNKNOWN_ID]), 400),
        (requests["mergePackages"].with_query(packages_ids=[UNKNOWN_ID]), 400),
    ):
        assertions.refusal(valid_request.send(), status, part="BASE-11.order")


@example("BASE-11.order")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(settings_body(), 409, id="only the state is wrong"),
        pytest.param(settings_body(0), 400, id="the body and the state are wrong"),
    ],
)
def test_the_state_of_a_package_comes_last(sandbox: Sandbox, body: dict[str, object], status: int) -> None:
    package = _create_unbuilt_package(sandbox)
    answer = sandbox.partner.call("replaceEvaluationSettings", {"package_id": package}, body=body)
    assertions.refusal(answer, status, part="BASE-11.order")


@example("BASE-11.order", profile="smoke")
def test_a_package_that_nobody_has_comes_before_one_that_is_not_built(sandbox: Sandbox) -> None:
    unbuilt = _create_unbuilt_package(sandbox)
    done = sandbox.add_package([sandbox.add_event()], {"Jazz": sandbox.new_customer_ids(1)})
    merge = "mergePackages"
    for ids, status in (([done, unbuilt], 409), ([unbuilt, UNKNOWN_ID], 404), ([unbuilt, unbuilt], 400)):
        assertions.refusal(sandbox.partner.call(merge, query={"packages_ids": ids}), status, part="BASE-11.order")
    settings_path = f"/package_builder/packages/{unbuilt}/backhaul_evaluation_details"
    stranger = sandbox.partner.with_headers(x_preferred_partner_id="partner-id-nobody")
    for client, status in (
        (sandbox.partner, 409),
        (stranger, 403),
        (sandbox.anonymous, 401),
        (sandbox.second_partner, 404),
    ):
        answer = client.send("PUT", settings_path, headers=JSON_HEADERS, content=b'{"%s": 3, "%s": "%s"}' % _SETTINGS)
        assertions.refusal(answer, status, part="BASE-11.order")


_SETTINGS = (b"backhaul_evaluation_attribution_window", b"backhaul_evaluation_model", b"ALL_PURCHASES")


def _create_unbuilt_package(sandbox: Sandbox) -> str:
    order = valid_requests.harmless_requests(sandbox)["createPackage"].with_body(event_ids=[sandbox.add_event()])
    made = order.send()
    package = str(assertions.read_body(made, 201)["id"])
    require_status(sandbox.partner, package, *UNBUILT)
    return package


def _combine(draft: RequestDraft, pairs: Iterable[tuple[NamedMistake, NamedMistake]]) -> list[WrongRequest]:
    """Return a request with each pair of mistakes. The first one determines the status."""
    return [
        (f"{first} and {second}", earlier(later(draft)), status)
        for (first, earlier, status), (second, later, _) in pairs
    ]


def _expect_statuses(operation: str, wrong_requests: Sequence[WrongRequest]) -> None:
    """Send the requests that may be sent to the target, and check the status of each response."""
    sent: list[WrongRequest] = []

    def send(wrong_request: WrongRequest) -> httpx2.Response:
        answer = wrong_request[1].answer()
        sent.append(wrong_request)
        return answer

    for answer in send_allowed(partial(send, each) for each in wrong_requests):
        mistakes, _, status = sent[-1]
        assertions.status_one_of(f"status of {operation} with {mistakes}", answer, status)


def _build_draft(valid_request: ValidRequest, partner_id: str) -> RequestDraft:
    return RequestDraft(
        valid_request.user,
        partner_id,
        valid_request.method,
        valid_request.path,
        valid_request.query_string,
        valid_request.content,
        valid_request.content_type_header,
    )
