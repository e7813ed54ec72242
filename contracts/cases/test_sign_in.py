"""Sign-in: its response, its refusals, and the claims of the IdToken."""

from typing import Any

import httpx2
import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.challenges import try_sign_in
from contracts.dsl.measurements import remember
from contracts.dsl.steps import complete_sign_in
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import NotApplicableError
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox
from contracts.target.tokens import (
    PARTNER_GROUP,
    SIGN_IN_CONSTANTS,
    SPECIAL_GROUP,
    TOKEN_FIELDS,
    parse_claims,
    parse_header,
    partner_groups,
    sign_in,
)

INVALID_CREDENTIALS = {"message": "error.auth.invalid_credentials", "error_code": "INVALID_CREDENTIALS"}
VARYING_HEADERS = ("x-request-id", "date", "server")
"""Headers that may differ between any two responses."""
SPECIAL_ROLES = ("disabled", "mfa", "new")
"""The users who cannot sign in with only a password."""


def refused_sign_ins(deployment: Deployment) -> dict[str, httpx2.Response]:
    """Return the responses to a wrong password of a known and of an unknown user, by name.

    On the target's own data, contracts share them.
    """
    names = (deployment.credentials("partner").username, unknown_username(deployment))

    def sign_in_wrongly() -> dict[str, httpx2.Response]:
        return {name: try_sign_in(deployment, name, f"wrong-{deployment.run_id}") for name in names}

    return sign_in_wrongly() if deployment.is_sandbox else remember(deployment, "refused sign-ins", sign_in_wrongly)


def unknown_username(deployment: Deployment) -> str:
    return f"nobody-{deployment.run_id}@contracts.example"


@property_test("AUTH-01.tokens", "AUTH-01.device_keys", "AUTH-01.mfa_settings", profile="smoke")
def test_a_sign_in_answers_three_tokens_and_five_fixed_fields(deployment: Deployment) -> None:
    body = sign_in(deployment.anonymous, deployment.credentials("partner"))
    constants = {name: body.get(name, "missing") for name in SIGN_IN_CONSTANTS if name != "mfa_settings"}
    expected = {name: value for name, value in SIGN_IN_CONSTANTS.items() if name != "mfa_settings"}
    assertions.equal("fields other than tokens", constants, expected)
    settings = {"required": body.get("mfa_settings", {}).get("required", "missing")}
    expected_settings = SIGN_IN_CONSTANTS["mfa_settings"]
    assertions.equal("mfa_settings after a sign-in without a second factor", settings, expected_settings)
    texts = {body.get(name) for name in TOKEN_FIELDS}
    assertions.is_true(
        "the tokens are three different strings", len(texts) == 3 and all(texts), seen=sorted(map(str, texts))
    )


@property_test("AUTH-01.no_further")
def test_a_sign_in_answers_no_further_members(deployment: Deployment) -> None:
    body = complete_sign_in(deployment)
    assertions.equal("members of mfa_settings", sorted(body["mfa_settings"]), ["required"])
    assertions.equal("members of the response", sorted(body), sorted([*TOKEN_FIELDS, *SIGN_IN_CONSTANTS]))


@property_test("AUTH-01.tokens")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"username": ...}, "username", id="no username"),
        pytest.param({"password": ...}, "password", id="no password"),
        pytest.param({"username": None}, "username", id="a null username"),
        pytest.param({"password": None}, "password", id="a null password"),
        pytest.param({"username": 7}, "username", id="a numeric username"),
        pytest.param({"password": ["a"]}, "password", id="a list for a password"),
    ],
)
def test_a_sign_in_needs_a_name_and_a_password(deployment: Deployment, change: dict[str, Any], field: str) -> None:
    body = {"username": unknown_username(deployment), "password": "none", **change}
    sent = {name: value for name, value in body.items() if value is not ...}
    assertions.refusal(deployment.anonymous.call("signIn", body=sent), 400, field=field)


@property_test("AUTH-02.key", profile="smoke")
def test_a_wrong_name_or_password_is_told_by_its_key(deployment: Deployment) -> None:
    for username, answer in refused_sign_ins(deployment).items():
        body = answer.json()
        assertions.equal(
            f"the refusal of {username}", {name: body.get(name) for name in INVALID_CREDENTIALS}, INVALID_CREDENTIALS
        )


@property_test("AUTH-02.key")
def test_a_password_that_is_nearly_right_is_wrong(deployment: Deployment) -> None:
    """The changes are few, because a target may lock a user after several wrong passwords."""
    person = deployment.credentials("partner")
    right = person.password
    changes = {"of another case": right.swapcase(), "with a space more": f"{right} ", "with a letter more": f"{right}x"}
    for what, password in changes.items():
        if password == right:
            continue
        answer = try_sign_in(deployment, person.username, password)
        assertions.is_true(
            f"a password {what} is refused", answer.is_client_error, expected="a refusal", seen=answer.status_code
        )


@property_test("AUTH-02.status")
def test_a_wrong_name_or_password_is_401(deployment: Deployment) -> None:
    for answer in refused_sign_ins(deployment).values():
        assertions.status(answer, 401)


@property_test("AUTH-02.same", profile="smoke")
def test_an_unknown_user_is_answered_like_a_wrong_password(deployment: Deployment) -> None:
    answers = refused_sign_ins(deployment).values()
    wrong_password, unknown_user = ((answer.status_code, _stable_headers(answer), answer.text) for answer in answers)
    assertions.equal("the response to an unknown user", unknown_user, wrong_password)


def _stable_headers(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() not in VARYING_HEADERS}


@property_test("AUTH-02.same")
def test_a_wrong_password_hides_that_the_account_is_special(deployment: Deployment) -> None:
    """A disabled account, or one that needs more than a password, is told only to those who know the password."""
    roles = [role for role in SPECIAL_ROLES if role in deployment.users]
    if not roles:
        raise NotApplicableError("needs a user of --second-factor-user, --new-password-user or --disabled-user")
    wrong_password, _ = refused_sign_ins(deployment).values()
    for role in require_cases(roles, "a user who needs more than a password"):
        answer = try_sign_in(deployment, deployment.credentials(role).username, f"wrong-{deployment.run_id}")
        seen = (answer.status_code, answer.text)
        expected = (wrong_password.status_code, wrong_password.text)
        assertions.equal(f"the response to a wrong password of the user {role}", seen, expected, part="AUTH-02.same")


@example("AUTH-02.key")
@pytest.mark.parametrize(
    ("role", "change"),
    [
        pytest.param("partner", lambda right: "", id="an empty one"),
        pytest.param("partner", lambda right: f"{right} ", id="a space more"),
        pytest.param("partner", lambda right: right.upper(), id="another case"),
        pytest.param("partner", lambda right: right[:-1], id="a letter less"),
        pytest.param("partner", lambda right: f"{right}x", id="a letter more"),
        pytest.param("disabled", lambda right: f"{right}x", id="the password of a disabled account"),
        pytest.param("mfa", lambda right: f"{right}x", id="the password of a user with a second factor"),
        pytest.param("new", lambda right: f"{right}x", id="the password of a user who must change it"),
    ],
)
def test_a_password_is_right_to_the_letter_or_wrong(sandbox: Sandbox, role: str, change: Any) -> None:
    person = sandbox.credentials(role)
    answer = try_sign_in(sandbox, person.username, change(person.password))
    assertions.refusal(answer, 401, INVALID_CREDENTIALS["message"])
    assertions.equal("entries of the refusal", answer.json()["validation_errors"], [])


@property_test("AUTH-03.id_token", profile="smoke")
def test_the_id_token_says_who_signed_in_and_for_whom(deployment: Deployment) -> None:
    claims = parse_claims(complete_sign_in(deployment)["IdToken"])
    for name in ("sub", "email"):
        value = claims.get(name)
        assertions.is_true(f"{name} is a text", isinstance(value, str) and value != "", expected="a text", seen=value)
    assertions.is_true("email is an address", "@" in claims["email"], seen=claims["email"])
    groups = claims.get("cognito:groups")
    assertions.is_true("cognito:groups is a list", isinstance(groups, list), expected="a list", seen=groups)


@property_test("AUTH-03.id_token")
def test_each_user_has_an_id_and_an_address_of_their_own(deployment: Deployment) -> None:
    roles = [role for role in ("partner", "second", "admin") if role in deployment.users]
    names = {deployment.credentials(role).username: role for role in roles}
    require_case(len(names) > 1, "two users, as with --second-user")
    claims = {name: parse_claims(complete_sign_in(deployment, role)["IdToken"]) for name, role in names.items()}
    ids = [each.get("sub") for each in claims.values()]
    addresses = [each.get("email") for name, each in claims.items() if "@" in name]
    for what, values in (("an id of their own", ids), ("an address of their own, by which they sign in", addresses)):
        assertions.equal(f"how many of {len(values)} users have {what}", len(set(values)), len(values))


@property_test("AUTH-03.partner_groups", "AUTH-03.special_groups")
@pytest.mark.parametrize("role", ["partner", "second", "admin"])
def test_each_group_is_a_partner_or_one_of_five_special_ones(deployment: Deployment, role: str) -> None:
    token = complete_sign_in(deployment, role)["IdToken"]
    groups = parse_claims(token).get("cognito:groups", ())
    for group in require_cases(groups, f"a group of the user {role}"):
        known = PARTNER_GROUP.fullmatch(group) or SPECIAL_GROUP.fullmatch(group)
        assertions.is_true("the group is known", bool(known), expected="a partner or a special group", seen=group)


@property_test("AUTH-03.partner_groups")
def test_the_groups_name_the_partner_that_the_user_reads(deployment: Deployment) -> None:
    token = complete_sign_in(deployment)["IdToken"]
    groups = parse_claims(token).get("cognito:groups", ())
    require_case("fd-admin" not in groups, "a user (--user) who is no admin")
    assertions.one_of("the partner that is read", deployment.partner_id, partner_groups(token))


@property_test("AUTH-03.id_token")
def test_the_id_token_names_the_algorithm_that_signed_it(deployment: Deployment) -> None:
    algorithm = parse_header(complete_sign_in(deployment)["IdToken"]).get("alg")
    signed = isinstance(algorithm, str) and algorithm.lower() not in ("", "none")
    assertions.is_true("the token's header names an algorithm", signed, expected="an algorithm", seen=algorithm)


@example("AUTH-03.partner_groups", profile="smoke")
@pytest.mark.parametrize(
    ("role", "groups"),
    [
        pytest.param("partner", [ACME], id="a partner's user"),
        pytest.param("agency", ["external-user", "fd1042", ACME, BETA, "webapp-access-group-7"], id="an agency's"),
        pytest.param("admin", ["fd-admin"], id="an admin"),
    ],
)
def test_the_groups_are_exactly_the_users_own(sandbox: Sandbox, role: str, groups: list[str]) -> None:
    person = sandbox.credentials(role)
    claims = parse_claims(sign_in(sandbox.anonymous, person)["IdToken"])
    assertions.equal(f"groups of {person.username}", sorted(claims.get("cognito:groups", ())), groups)
    assertions.equal(f"address of {person.username}", claims.get("email"), person.username)


@example("AUTH-03.id_token")
def test_a_user_keeps_one_subject_that_nobody_else_has(sandbox: Sandbox) -> None:
    subjects = [
        parse_claims(sign_in(sandbox.anonymous, sandbox.credentials(role))["IdToken"]).get("sub")
        for role in ("partner", "partner", "agency", "admin")
    ]
    assertions.equal("subject of the second sign-in", subjects[1], subjects[0])
    assertions.equal("number of different subjects of three users", len(set(subjects)), 3)


@property_test("AUTH-03.special_groups", "AUTH-03.disabled", profile="smoke")
def test_a_disabled_account_gets_no_token(deployment: Deployment) -> None:
    person = deployment.credentials("disabled")
    answer = try_sign_in(deployment, person.username, person.password)
    assertions.is_true(
        "the sign-in is refused",
        answer.status_code >= 400,
        expected="a refusal",
        seen=answer.status_code,
        part="AUTH-03.special_groups",
    )
    assertions.refusal(answer, 403, "error.auth.account_disabled", part="AUTH-03.disabled")
