"""Partner scope: the partner header, and a `partner_id` that differs from it."""

from collections.abc import Callable

import pytest

from contracts.dsl import assertions, authenticated_operations
from contracts.dsl.authenticated_operations import PartnerRecords
from contracts.dsl.cases import require_case
from contracts.dsl.partner_users import NOT_AUTHORIZED, UNKNOWN_PARTNER, user_with_partners, user_without_partner
from contracts.dsl.steps import (
    list_adjustments,
    settings_body,
)
from contracts.spec.markers import example, property_test
from contracts.target.client import Client, Query
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox

FD_PARTNER = "fd1042"
PARTNER_HEADER = "X-Preferred-Partner-Id"

FEW_READS = 4
"""How many reads stand for all of them, where few requests are sent to a target."""


def expect_all_refused(deployment: Deployment, client: Client, status: int, message: str | None = None) -> None:
    for operation in deployment.sample(authenticated_operations.read_operations(deployment.api_spec), FEW_READS):
        answer = authenticated_operations.send_placeholder(client, operation)
        part = authenticated_operations.find_order_part(answer, operation)
        assertions.refusal(answer, status, message, part=part)


def partner_read_by(client: Client) -> str:
    answer = client.call("getPartner")
    assertions.status(answer, 200)
    return str(answer.json()["id"])


def list_ids(client: Client, operation_id: str) -> set[str]:
    answer = client.call(operation_id)
    assertions.status(answer, 200)
    body = answer.json()
    return {row["id"] for row in (body["items"] if isinstance(body, dict) else body)}


@property_test("PART-01.own_groups", profile="smoke", gotcha="G-15")
def test_a_valid_token_with_the_wrong_partner_header_is_403(deployment: Deployment) -> None:
    stranger = deployment.partner.with_headers(x_preferred_partner_id=deployment.second_partner_id)
    before = partner_read_by(deployment.partner)
    expect_all_refused(deployment, stranger, 403, NOT_AUTHORIZED)
    assertions.equal("the partner that is read with the right header", partner_read_by(deployment.partner), before)


@property_test("PART-01.own_groups")
@pytest.mark.parametrize("named", [UNKNOWN_PARTNER, "fd0", "fd-admin", "external-user", "*"])
def test_what_is_no_partner_of_the_user_is_403(deployment: Deployment, named: str) -> None:
    expect_all_refused(deployment, deployment.partner.with_headers(x_preferred_partner_id=named), 403, NOT_AUTHORIZED)


@property_test("PART-01.own_groups")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda own, other: own.upper(), id="another case"),
        pytest.param(lambda own, other: own[:-1], id="a letter less"),
        pytest.param(lambda own, other: f"{own}x", id="a letter more"),
        pytest.param(lambda own, other: f"{own},{other}", id="a list"),
    ],
)
def test_the_header_names_one_partner_to_the_letter(deployment: Deployment, change: Callable[[str, str], str]) -> None:
    named = change(deployment.partner_id, deployment.second_partner_id)
    require_case(named != deployment.partner_id, "a partner id that such a change makes another one")
    expect_all_refused(deployment, deployment.partner.with_headers(x_preferred_partner_id=named), 403, NOT_AUTHORIZED)


@property_test("PART-01.empty")
def test_an_empty_header_names_no_partner(deployment: Deployment) -> None:
    expect_all_refused(deployment, deployment.partner.with_headers(x_preferred_partner_id=""), 403, NOT_AUTHORIZED)


@example("PART-01.own_groups", "PART-01.empty")
@pytest.mark.parametrize("named", ["", ACME.upper(), ACME[:-1], f"{ACME}x", f"{ACME},{BETA}", BETA, FD_PARTNER])
def test_the_header_of_a_user_of_several_partners_names_one_to_the_letter(sandbox: Sandbox, named: str) -> None:
    client = sandbox.sign_in("agency").with_headers(x_preferred_partner_id=named)
    if named in (BETA, FD_PARTNER):
        assertions.equal("the partner that is returned", partner_read_by(client), named)
    else:
        expect_all_refused(sandbox, client, 403, NOT_AUTHORIZED)


@property_test("PART-01.scope", profile="smoke")
def test_two_partners_read_nothing_of_each_other(deployment: Deployment) -> None:
    scoped = partner_read_by(deployment.partner), partner_read_by(deployment.second_partner)
    assertions.is_true(
        "the two users read different partners", scoped[0] != scoped[1], expected="two partners", seen=scoped
    )
    for operation_id in ("listEvents", "listPackages"):
        own, other = list_ids(deployment.partner, operation_id), list_ids(deployment.second_partner, operation_id)
        require_case(bool(own and other), f"two partners with entries in the list of {operation_id}")
        assertions.equal(f"ids that both partners read by {operation_id}", own & other, set())


@example("PART-01.scope")
def test_the_header_picks_among_the_users_partners(sandbox: Sandbox) -> None:
    agency = sandbox.sign_in("agency")
    own = {
        partner_id: sandbox.add_event(partner_id=partner_id, title="Wer bin ich?")
        for partner_id in (ACME, BETA, FD_PARTNER)
    }
    for partner_id, event in own.items():
        client = agency.with_headers(x_preferred_partner_id=partner_id)
        assertions.equal(f"the partner that is read with header {partner_id}", partner_read_by(client), partner_id)
        listed = assertions.read_body(client.call("listEvents", query={"q": "wer bin ich"}))["items"]
        assertions.equal(f"events that are read with header {partner_id}", [row["id"] for row in listed], [event])


@example("PART-01.scope", profile="smoke")
def test_a_write_reaches_the_partner_of_the_header_alone(sandbox: Sandbox) -> None:
    records, beta = PartnerRecords(sandbox), sandbox.add_event(partner_id=BETA)
    before = records.read_state()
    query: Query = {"eid": beta, "partner_id": BETA, "purchase": 1, "revenue": 10}
    assertions.status(sandbox.second_results_user.call("createCampaignResult", query=query), 201)
    assertions.status(sandbox.second_partner.call("setAttributionModelDefault", query={"model": "EXTERNAL"}), 204)
    written = sandbox.second_partner.call("setBackhaulDefaults", {"partner_id": BETA}, body=settings_body(9))
    assertions.status(written, 200)
    assertions.equal("records of the other partner", records.read_state(), before)
    assertions.equal("rows of the partner's event", len(list_adjustments(sandbox.second_results_user, beta, BETA)), 1)
    record = assertions.read_body(sandbox.second_partner.call("getPartner"))
    assertions.equal("the partner's model", record["attribution_model_default"], "EXTERNAL")
    defaults = assertions.read_body(sandbox.second_partner.call("getBackhaulDefaults", {"partner_id": BETA}))
    assertions.equal("the partner's defaults", defaults, settings_body(9))


@example("PART-01.own_groups", profile="smoke")
@pytest.mark.parametrize("named", [BETA, UNKNOWN_PARTNER])
def test_no_write_is_done_under_the_wrong_partner_header(sandbox: Sandbox, named: str) -> None:
    records = PartnerRecords(sandbox)
    before, elsewhere = records.read_state(), assertions.read_body(sandbox.second_partner.call("getPartner"))
    for answer in records.call_all_writes(sandbox.partner.with_headers(x_preferred_partner_id=named)):
        assertions.refusal(answer, 403, NOT_AUTHORIZED)
    assertions.equal("records that the writes must not change", records.read_state(), before)
    assertions.equal(
        "the partner that the writes named", assertions.read_body(sandbox.second_partner.call("getPartner")), elsewhere
    )


@property_test("PART-01.admin")
def test_an_admin_may_name_any_partner(deployment: Deployment) -> None:
    for partner_id, user in (
        (deployment.partner_id, deployment.partner),
        (deployment.second_partner_id, deployment.second_partner),
    ):
        client = deployment.admin.with_headers(x_preferred_partner_id=partner_id)
        own_view = partner_read_by(user)
        assertions.equal(f"the partner that is read with header {partner_id}", partner_read_by(client), own_view)


@property_test("PART-01.admin_names_one")
def test_an_admin_has_to_name_a_partner(deployment: Deployment) -> None:
    expect_all_refused(deployment, deployment.admin.with_headers(x_preferred_partner_id=None), 403, NOT_AUTHORIZED)


@property_test("PART-01.twice")
@pytest.mark.parametrize("second", ["the same", "another"])
def test_the_header_twice_is_400(deployment: Deployment, second: str) -> None:
    named = deployment.partner_id if second == "the same" else UNKNOWN_PARTNER
    client = deployment.partner.with_headers(x_preferred_partner_id=deployment.partner_id)
    for operation in deployment.sample(authenticated_operations.read_operations(deployment.api_spec), FEW_READS):
        assertions.refusal(
            authenticated_operations.send_placeholder(client, operation, **{PARTNER_HEADER: named}),
            400,
            field=PARTNER_HEADER,
        )


@example("PART-01.twice")
def test_no_write_is_done_with_the_header_twice(sandbox: Sandbox) -> None:
    records = PartnerRecords(sandbox)
    before = records.read_state()
    twice = Client(sandbox.connection, {**sandbox.partner.headers, PARTNER_HEADER: ACME})
    for answer in records.call_all_writes(twice):
        assertions.refusal(answer, 400, field=PARTNER_HEADER)
    assertions.equal("records that the writes must not change", records.read_state(), before)


@property_test("PART-02.several", profile="smoke")
def test_a_user_of_several_partners_reads_nothing_without_the_header(deployment: Deployment) -> None:
    client, _ = user_with_partners(deployment, several=True)
    for operation in deployment.sample(authenticated_operations.read_operations(deployment.api_spec), FEW_READS):
        answer = authenticated_operations.send_placeholder(client, operation)
        assertions.require_closed(answer)
        seen = f"{answer.status_code} {answer.text}"
        assertions.is_true(f"{operation.id} is refused", answer.status_code >= 400, expected="a refusal", seen=seen)


@property_test("PART-02.status")
def test_a_user_of_several_partners_without_the_header_is_403(deployment: Deployment) -> None:
    client, _ = user_with_partners(deployment, several=True)
    expect_all_refused(deployment, client, 403, NOT_AUTHORIZED)


@example("PART-02.status")
def test_no_write_of_a_user_of_several_partners_is_done_without_the_header(sandbox: Sandbox) -> None:
    records = PartnerRecords(sandbox)
    before = records.read_state()
    for answer in records.call_all_writes(sandbox.sign_in("agency")):
        assertions.refusal(answer, 403, NOT_AUTHORIZED)
    assertions.equal("records that the writes must not change", records.read_state(), before)


@property_test("PART-02.single", profile="smoke")
def test_a_user_of_one_partner_may_leave_the_header_out(deployment: Deployment) -> None:
    without, (own,) = user_with_partners(deployment, several=False)
    named = without.with_headers(x_preferred_partner_id=own)
    for operation_id in ("getPartner", "listEvents", "listPackages"):
        left_out, given = (client.call(operation_id) for client in (without, named))
        assertions.status(left_out, 200)
        assertions.equal(f"the response of {operation_id} without the header", left_out.json(), given.json())


@example("PART-02.single")
def test_a_user_of_one_partner_may_write_without_the_header(sandbox: Sandbox) -> None:
    records = PartnerRecords(sandbox)
    client = sandbox.partner.with_headers(x_preferred_partner_id=None)
    for answer in records.call_partners_writes(client):
        assertions.require_access(answer, ())
        assertions.is_true("the write is authorized", answer.status_code not in (401, 403), seen=answer.text)


@property_test("PART-04.other_partner", profile="smoke")
@pytest.mark.parametrize("role", ["partner", "second", "admin"])
def test_a_partner_id_other_than_the_headers_reads_nothing(deployment: Deployment, role: str) -> None:
    own, other = deployment.partner_id, deployment.second_partner_id
    if role == "second":
        client, own, other = deployment.second_partner, other, own
    else:
        client = deployment.partner if role == "partner" else deployment.admin
    for partner_id in (other, UNKNOWN_PARTNER, own.upper()):
        assertions.status(client.call("getBackhaulDefaults", {"partner_id": partner_id}), 403)
        query = {"eid": "none-of-this-name", "partner_id": partner_id}
        assertions.status(client.call("listCampaignResults", query=query), 403)


@example("PART-04.other_partner", profile="smoke")
@pytest.mark.parametrize("role", ["partner", "agency", "admin"])
@pytest.mark.parametrize("partner_id", [BETA, UNKNOWN_PARTNER, ""])
def test_a_partner_id_other_than_the_headers_writes_nothing(sandbox: Sandbox, role: str, partner_id: str) -> None:
    client = sandbox.sign_in(role).with_headers(x_preferred_partner_id=ACME)
    own, other = sandbox.add_event(), sandbox.add_event(partner_id=BETA)
    for event in (own, other):
        query: Query = {"eid": event, "partner_id": partner_id, "purchase": 1, "revenue": 10}
        assertions.status(client.call("createCampaignResult", query=query), 403)
        assertions.status(client.call("listCampaignResults", query={"eid": event, "partner_id": partner_id}), 403)
    if partner_id:
        assertions.status(client.call("setBackhaulDefaults", {"partner_id": partner_id}, body=settings_body(9)), 403)
    for reader, event, its in ((sandbox.results_user, own, ACME), (sandbox.second_results_user, other, BETA)):
        assertions.equal(f"rows of the event that belongs to {its}", list_adjustments(reader, event, its), [])
        defaults = assertions.read_body(reader.call("getBackhaulDefaults", {"partner_id": its}))
        assertions.equal(f"defaults of {its}", defaults, settings_body(30, "EVENTS_FROM_PACKAGE"))


@property_test("PART-06.unknown_partner", profile="smoke")
def test_an_admin_who_names_no_partner_that_exists_is_403(deployment: Deployment) -> None:
    for named in (UNKNOWN_PARTNER, "fd-admin", "*"):
        expect_all_refused(deployment, deployment.admin.with_headers(x_preferred_partner_id=named), 403)


@property_test("PART-06.no_groups")
def test_status_and_sign_in_look_at_no_partner_header(deployment: Deployment) -> None:
    client = deployment.anonymous.with_headers(x_preferred_partner_id=UNKNOWN_PARTNER)
    assertions.status(client.call("getStatus"), 200)
    tokens = deployment.shared_sign_in("partner") if deployment.samples_cases else {}
    if not tokens:
        person = deployment.credentials("partner")
        signed_in = client.call("signIn", body={"username": person.username, "password": person.password})
        assertions.status(signed_in, 200)
        tokens = signed_in.json()
    assertions.status(client.call("refreshToken", body={"token": tokens["RefreshToken"]}), 200)


@example("PART-06.unknown_partner")
def test_no_write_is_done_for_an_admin_who_names_no_partner_that_exists(sandbox: Sandbox) -> None:
    records = PartnerRecords(sandbox)
    before = records.read_state()
    for answer in records.call_all_writes(sandbox.admin.with_headers(x_preferred_partner_id=UNKNOWN_PARTNER)):
        assertions.status(answer, 403)
    assertions.equal("records that the writes must not change", records.read_state(), before)


@property_test("PART-06.no_groups", profile="smoke")
def test_a_user_without_a_partner_is_403_everywhere(deployment: Deployment) -> None:
    external = user_without_partner(deployment)
    for named in (None, deployment.partner_id, "external-user"):
        expect_all_refused(deployment, external.with_headers(x_preferred_partner_id=named), 403)


@example("PART-06.no_groups")
def test_no_write_is_done_for_a_user_without_a_partner(sandbox: Sandbox) -> None:
    records = PartnerRecords(sandbox)
    before = records.read_state()
    for answer in records.call_all_writes(sandbox.sign_in("external")):
        assertions.status(answer, 403)
    assertions.equal("records that the writes must not change", records.read_state(), before)
