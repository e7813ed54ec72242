"""Options are parsed into a target once; invalid ones are refused with a message of one line."""

import argparse
from typing import Any

import pytest

from contracts.cli import main, run
from contracts.target import options
from contracts.target.target import DEFAULT_JOB_TIMEOUTS, SAMPLE_CODE, SAMPLE_PASSWORD, TargetOptions

URL = "http://127.0.0.1:8080/api/v3"


def parse_target(*arguments: str, environment: dict[str, str] | None = None) -> TargetOptions:
    parser = argparse.ArgumentParser()
    run.add_options(parser)
    namespace = parser.parse_args(arguments)

    def option_value(name: str) -> Any:
        return getattr(namespace, name.replace("-", "_"))

    return options.build_target(option_value, "run-1", environment or {})


def test_most_options_have_defaults() -> None:
    parsed = parse_target("--base-url", f"{URL}/", "--user", "partner@acme.example")
    assert parsed.base_url == URL
    assert parsed.user is not None
    assert (parsed.user.password, parsed.user.partner_id) == (SAMPLE_PASSWORD, None)
    assert (parsed.profile, parsed.seed, parsed.strict, parsed.control, parsed.run_id) == (
        "standard",
        1,
        False,
        "auto",
        "run-1",
    )
    assert (parsed.allow_writes, parsed.is_writable, parsed.unpaced) == ((), False, False)


def test_each_user_has_a_password_and_a_partner_of_their_own() -> None:
    words = ("--user", "a", "--second-user", "b", "--admin-user", "c", "--partner", "one", "--second-partner", "two")
    passwords = {"CONTRACTS_PASSWORD": "1", "CONTRACTS_SECOND_PASSWORD": "2", "CONTRACTS_ADMIN_PASSWORD": "3"}
    people = parse_target("--base-url", URL, *words, environment=passwords).users
    credentials = {role: (person.username, person.password, person.partner_id) for role, person in people.items()}
    assert credentials == {"partner": ("a", "1", "one"), "second": ("b", "2", "two"), "admin": ("c", "3", "one")}


def test_users_with_a_challenge_have_passwords_and_a_code_of_their_own() -> None:
    words: tuple[str, ...] = ("--second-factor-user", "a", "--disabled-user", "d", "--external-user", "e")
    words += ("--new-password-user", "b", "--new-password-user", "c")
    secrets = {"CONTRACTS_SECOND_FACTOR_PASSWORD": "1", "CONTRACTS_SECOND_FACTOR_CODE": "654321"}
    secrets |= {"CONTRACTS_INITIAL_PASSWORD": "2", "CONTRACTS_DISABLED_PASSWORD": "3"}
    secrets |= {"CONTRACTS_EXTERNAL_PASSWORD": "4"}
    parsed = parse_target("--base-url", URL, *words, environment=secrets)
    people = (parsed.second_factor_user, *parsed.new_password_users, parsed.disabled_user, parsed.external_user)
    seen = [(person.username, person.password) for person in people if person is not None]
    assert seen == [("a", "1"), ("b", "2"), ("c", "2"), ("d", "3"), ("e", "4")]
    assert (parsed.second_factor_code, parsed.users, parsed.roles) == (
        "654321",
        {},
        {"mfa", "new", "disabled", "external"},
    )
    assert options.list_secrets(parsed) == secrets


def test_the_code_of_the_second_factor_may_be_unknown_unless_the_user_is_the_samples() -> None:
    words = ("--base-url", URL, "--second-factor-user")
    password = {"CONTRACTS_SECOND_FACTOR_PASSWORD": "1"}
    assert parse_target(*words, "ana@shop.test", environment=password).second_factor_code is None
    assert parse_target(*words, "mfa@acme.example").second_factor_code == SAMPLE_CODE


def test_a_missing_password_is_prompted_for_on_a_terminal() -> None:
    prompts: list[str] = []

    def prompt(text: str) -> str:
        prompts.append(text)
        return "typed"

    assert options.resolve_password("ana@shop.test", "CONTRACTS_PASSWORD", {}, prompt) == "typed"
    assert prompts == ["Password of ana@shop.test: "]
    with pytest.raises(options.OptionError, match="set CONTRACTS_PASSWORD"):
        options.resolve_password("ana@shop.test", "CONTRACTS_PASSWORD", {}, None)


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    empty = dict.fromkeys((*options.PASSWORD_VARIABLES.values(), options.CONTROL_TOKEN_VARIABLE), "")
    users = ("--base-url", URL, "--user", "partner@acme.example", "--admin-user", "admin@platform.example")
    assert parse_target(*users, environment=empty) == parse_target(*users)


def test_a_job_timeout_is_set_for_each_kind_of_job() -> None:
    parsed = parse_target("--base-url", URL, "--job-timeout", "evaluation=5")
    assert parsed.job_timeouts == {**DEFAULT_JOB_TIMEOUTS, "evaluation": 5.0}


@pytest.mark.parametrize("address", [URL, "https://staging.test/api/v3"])
def test_budgets_rate_limits_and_the_permission_to_write_are_the_same_on_every_host(address: str) -> None:
    parsed = parse_target("--base-url", address)
    assert (parsed.requests, parsed.writes, parsed.unpaced, parsed.is_writable) == (5_000, 300, False, False)
    assert parse_target("--base-url", address, "--writes", "0").writes == 0
    assert parse_target("--base-url", address, "--no-rate-limits").unpaced
    allowed = parse_target("--base-url", address, "--allow-writes", "one", "--allow-writes", "two")
    assert (allowed.allow_writes, allowed.is_writable) == (("one", "two"), True)


def test_no_event_is_disposable_unless_it_is_named() -> None:
    assert parse_target("--base-url", URL).disposable_events == ()
    words = ("--disposable-event", "evt_1", "--disposable-event=evt_2", "--disposable-event", "evt_1")
    assert parse_target("--base-url", URL, *words).disposable_events == ("evt_1", "evt_2")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "--base-url is required"),
        (["--base-url", "ftp://a"], "not an HTTP URL"),
        (["--base-url", "http://"], "not an HTTP URL"),
        (["--base-url", "http://a:b@c/api/v3"], "must not contain a password"),
        (["--base-url", URL, "--control", "off"], "--control must be 'auto', 'none' or an HTTP URL"),
        (["--base-url", URL, "--user", "ana@shop.test"], "no password for ana@shop.test"),
        (["--base-url", URL, "--rule", "BEV-99"], "--rule: BEV-99 is not in the catalogue"),
        (["--base-url", URL, "--rule", "bev-4"], "bev-4 is not in the catalogue; did you mean BEV-04?"),
        (["--base-url", URL, "--gotcha", "G-2"], "G-2 is not in the catalogue; did you mean G-02?"),
        (
            ["--base-url", URL, "--profil=smoke"],
            "contracts run: error: unrecognized arguments: --profil=smoke; did you mean --profile?",
        ),
        (["--base-url", URL, "--profile", "smok"], "; did you mean smoke?"),
        (["--base-url", URL, "--area", "event"], "; did you mean events?"),
        (["--base-url", URL, "--expectations", "no.yaml"], "no.yaml cannot be read"),
        (["--base-url", URL, "--report-dir", "/dev/null/x"], "--report-dir: /dev/null/x cannot be written to"),
        (["--base-url", URL, "--no-such-flag"], "unrecognized arguments: --no-such-flag"),
        (["--base-url", URL, "--area", "x"], "invalid choice: 'x'"),
        (["--base-url", URL, "--profile", "quick"], "invalid choice: 'quick'"),
        (["--base-url", URL, "--seed", "-1"], "must be an integer from 0"),
        (["--base-url", URL, "--seed", "1.5"], "must be an integer from 0"),
        (["--base-url", URL, "--workers", "0"], "must be an integer from 1"),
        (["--base-url", URL, "--job-timeout", "lunch=3"], "must be build=SECONDS or evaluation=SECONDS"),
        (["--base-url", URL, "--job-timeout", "build=nan"], "must be build=SECONDS or evaluation=SECONDS"),
        (["--base", URL], "unrecognized arguments"),
    ],
    ids=lambda value: None if isinstance(value, list) else value,
)
def test_invalid_options_are_usage_errors(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONTRACTS_PASSWORD", raising=False)
    with pytest.raises(SystemExit) as ended:
        main.main(["run", *words])
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err


def test_no_option_takes_a_password() -> None:
    secret_names = ("password", "token", "code")
    assert not [option.name for option in options.OPTIONS if option.name.endswith(secret_names)]
