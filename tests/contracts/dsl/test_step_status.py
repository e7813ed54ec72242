"""A step that is refused is charged to the rule of its operation, and the contract is blocked by this rule."""

from collections.abc import Iterator

import httpx2
import pytest

from contracts.dsl import assertions
from contracts.pytest_plugin.classify import ContractJudge
from contracts.spec import breaches, owners, rules
from contracts.spec.breaches import BreachLog
from contracts.spec.markers import Contract
from contracts.spec.verdicts import BlockedError, BrokenRuleError, InconclusiveError, Verdict
from contracts.target.client import OPERATION_EXTENSION, UNSIGNED_EXTENSION

RULES = rules.load()
STATED, ASSUMED = "BEV-07.begin", "PKG-07.order"


@pytest.fixture
def at_home() -> Iterator[BreachLog]:
    with breaches.recording(BreachLog(RULES, is_open=False, parts=(STATED,))) as log:
        yield log


@pytest.fixture(params=[STATED, ASSUMED])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[BreachLog]:
    with breaches.recording(BreachLog(RULES, is_open=True, parts=(request.param,))) as log:
        yield log


def a_response(status: int, operation: str = "createPackage", body: object = None) -> httpx2.Response:
    request = httpx2.Request("POST", "http://127.0.0.1/package_builder/packages")
    return httpx2.Response(status, request=request, json=body or {}, extensions={OPERATION_EXTENSION: operation})


def judge(log: BreachLog, error: BaseException | None, *parts: str) -> dict[str, Verdict]:
    contract = Contract("evaluation::it", "", "example", parts)
    outcomes = ContractJudge(contract, log, RULES, our_mock=not log.is_open).build_outcomes(error)
    return {rule_id: outcome.verdict for outcome in outcomes for rule_id in outcome.rules}


def test_a_step_with_the_expected_status_charges_nothing(at_home: BreachLog) -> None:
    assertions.step_status(a_response(201), 201)
    assert assertions.read_body(a_response(200, body={"id": "1"})) == {"id": "1"}
    assert at_home.breaches == ()


@pytest.mark.parametrize(
    ("operation", "status", "owner"),
    [
        ("createPackage", 404, "PKG-02"),
        ("createPackage", 403, "PKG-02"),
        ("createPackage", 200, "PKG-02"),
        ("getPackage", 404, "PKG-04"),
        ("getPackage", 401, "AUTH-04.bearer"),
        ("getPackage", 429, "RATE-01"),
        ("getPackage", 307, "BASE-07.redirect"),
        ("signIn", 401, "AUTH-01"),
        ("refreshToken", 401, "AUTH-05"),
    ],
)
def test_a_refused_step_is_charged_to_the_rule_that_owns_it(
    at_home: BreachLog, operation: str, status: int, owner: str
) -> None:
    reason = f"blocked by a breach of {owners.rule_of(owner)}: {operation} answered {status}"
    with pytest.raises(BlockedError, match=reason) as blocked:
        assertions.step_status(a_response(status, operation), 299)
    (breach,) = at_home.breaches
    assert (breach.owner, breach.operation, breach.assumed) == (owner, operation, False)
    verdicts = judge(at_home, blocked.value, STATED)
    assert verdicts == {"BEV-07": Verdict.BLOCKED, breach.rule: Verdict.FAIL}


def test_a_refused_step_of_the_contracts_own_rule_breaks_this_rule(at_home: BreachLog) -> None:
    with pytest.raises(BlockedError) as blocked:
        assertions.read_body(a_response(403, "getPackage"))
    assert judge(at_home, blocked.value, "PKG-04.read", STATED) == {"PKG-04": Verdict.FAIL, "BEV-07": Verdict.BLOCKED}


def test_elsewhere_a_step_is_as_open_as_the_contract(elsewhere: BreachLog) -> None:
    with pytest.raises(BlockedError):
        assertions.step_status(a_response(400), 201)
    (breach,) = elsewhere.breaches
    assert breach.assumed is elsewhere.checks_assumed_parts_only


def test_outside_of_operations_a_status_is_the_contracts_own(at_home: BreachLog) -> None:
    with pytest.raises(BrokenRuleError):
        assertions.step_status(a_response(404, operation=""), 200)
    assert at_home.breaches == ()


@pytest.mark.parametrize(
    ("expected", "seen", "owner"),
    [(404, 403, "ERR-03.others"), (401, 403, "ERR-03.unauthorized")],
)
def test_another_refusal_is_charged_and_the_contract_goes_on(
    at_home: BreachLog, expected: int, seen: int, owner: str
) -> None:
    assertions.refusal(a_response(seen), expected, "error.event.not_found", "eid")
    assert [breach.owner for breach in at_home.breaches] == [owner]
    assert judge(at_home, None, STATED) == {"BEV-07": Verdict.PASS, owners.rule_of(owner): Verdict.FAIL}


def test_another_key_and_another_field_are_charged_to_the_rules_about_errors(at_home: BreachLog) -> None:
    body = {"message": "error.other", "validation_errors": [{"code": "missing", "field": "body.eid"}]}
    assertions.refusal(a_response(404, body=body), 404, "error.event.not_found", "eid")
    assert [breach.owner for breach in at_home.breaches] == ["ERR-01.keys", "ERR-02.entries"]


def test_what_a_part_determines_is_not_charged_elsewhere(at_home: BreachLog) -> None:
    for response in (a_response(403), a_response(404, body={"message": "error.other"})):
        with pytest.raises(BrokenRuleError) as broken:
            assertions.refusal(response, 404, "error.event.not_found", part="EVT-03.unknown")
        assert broken.value.parts == ("EVT-03.unknown",)
    assert at_home.breaches == ()


@pytest.mark.parametrize(("part", "status"), [("BASE-03.options", 401), ("BASE-07.redirect", 307)])
def test_a_status_that_the_contracts_own_part_states_is_its_own(part: str, status: int) -> None:
    with breaches.recording(BreachLog(RULES, is_open=False, parts=(part,))) as log, pytest.raises(BrokenRuleError):
        assertions.refusal(a_response(405), status)
    assert log.breaches == ()


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(("seen", "expected"), [(200, 404), (404, 400), (409, 400)])
def test_what_is_not_refused_as_expected_is_the_contracts_own(seen: int, expected: int) -> None:
    with pytest.raises(BrokenRuleError):
        assertions.refusal(a_response(seen), expected)


def a_refused_call(status: int, operation: str, token: str = "Bearer a.b.c") -> httpx2.Response:
    request = httpx2.Request("GET", "http://127.0.0.1/x", headers={"authorization": token} if token else {})
    return httpx2.Response(status, request=request, json={}, extensions={OPERATION_EXTENSION: operation})


@pytest.mark.parametrize(
    ("status", "operation", "rule"), [(401, "getPackage", "AUTH-04"), (403, "createCampaignResult", "CR-03")]
)
def test_a_refused_token_or_user_is_charged_where_the_contract_is_about_something_else(
    at_home: BreachLog, status: int, operation: str, rule: str
) -> None:
    answer = a_refused_call(status, operation)
    for check in (
        lambda: assertions.status(answer, 200),
        lambda: assertions.refusal(answer, 400),
        lambda: assertions.status_one_of("status", answer, 200, 404),
    ):
        with pytest.raises(BlockedError, match=f"blocked by a breach of {rule}"):
            check()
    assert {breach.rule for breach in at_home.breaches} == {rule}


@pytest.mark.parametrize(
    ("part", "answer"),
    [
        ("AUTH-06.access", a_refused_call(401, "getPackage")),
        ("PART-04.other_partner", a_refused_call(403, "createCampaignResult")),
        ("BEV-07.begin", a_refused_call(403, "getPackage")),
        ("BEV-07.begin", a_refused_call(401, "getPackage", token="")),
        ("BEV-07.begin", a_refused_call(401, "getStatus")),
    ],
)
def test_a_contract_about_tokens_and_users_judges_such_a_refusal_itself(part: str, answer: httpx2.Response) -> None:
    with breaches.recording(BreachLog(RULES, is_open=False, parts=(part,))) as log, pytest.raises(BrokenRuleError):
        assertions.status(answer, 200)
    assert log.breaches == ()


def test_a_401_in_place_of_a_403_is_not_about_the_token(at_home: BreachLog) -> None:
    assertions.refusal(a_refused_call(401, "getPackage"), 403)
    assert [breach.owner for breach in at_home.breaches] == ["ERR-03.forbidden"]


def test_what_a_step_has_not_prepared_is_charged_to_its_owner(at_home: BreachLog) -> None:
    assertions.prepared("the source", "manual", "manual", owner="CR-02.manual")
    with pytest.raises(BlockedError, match="blocked by a breach of CR-02: the source"):
        assertions.prepared("the source", "automated", "manual", owner="CR-02.manual")
    assert [breach.owner for breach in at_home.breaches] == ["CR-02.manual"]


def test_elsewhere_what_is_open_decides_nothing(elsewhere: BreachLog) -> None:
    error = BrokenRuleError if elsewhere.checks_assumed_parts_only else InconclusiveError
    with pytest.raises(error):
        assertions.prepared("the source", "automated", "manual", owner="CR-02.manual")


@pytest.mark.parametrize(
    ("part", "again", "error"),
    [
        ("PART-01.own_groups", 200, BlockedError),
        ("PART-01.own_groups", 401, BrokenRuleError),
        ("AUTH-04.bearer", 200, BrokenRuleError),
    ],
)
def test_an_operation_that_needs_no_token_is_charged_for_that_alone(
    part: str, again: int, error: type[BaseException]
) -> None:
    answer = a_refused_call(200, "listPackages")
    answer.extensions[UNSIGNED_EXTENSION] = lambda: a_refused_call(again, "listPackages", token="")
    with breaches.recording(BreachLog(RULES, is_open=False, parts=(part,))) as log, pytest.raises(error):
        assertions.refusal(answer, 403)
    assert [breach.owner for breach in log.breaches] == ["AUTH-04.bearer"] * (error is BlockedError)
