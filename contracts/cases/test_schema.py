"""The whole OpenAPI document: schemathesis generates valid and invalid requests, and checks every response."""

import pytest

from contracts.schemathesis_runner import attempts, background, failures, profiles, rule_mapping
from contracts.schemathesis_runner.findings import RunReport
from contracts.spec import rules
from contracts.spec.markers import schema_test
from contracts.spec.rules import Basis
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import TargetSession

CATALOGUE = rules.load(rules.DEFAULT_PATH)


@pytest.fixture(scope="session")
def reads(target_session: TargetSession, request: pytest.FixtureRequest) -> RunReport:
    """The report of the read-only run, in a sandbox or on the target's own data. Two contracts share it."""
    if background.STARTED_READS in request.config.stash:
        return request.config.stash[background.STARTED_READS].wait_for_report()
    with background.start_reads(target_session) as run:
        return run.wait_for_report()


@schema_test(*CATALOGUE.list_parts(rule_mapping.STATED_RULES_OF_READS), profile="smoke")
def test_reads_keep_what_is_documented(reads: RunReport, deployment: Deployment) -> None:
    failures.raise_broken(failures.find_broken(reads, deployment, assumed=False))


@schema_test(*CATALOGUE.list_parts(rule_mapping.ASSUMED_RULES_OF_READS, [Basis.RULED]), profile="smoke")
def test_reads_keep_to_the_document_in_its_details(reads: RunReport, deployment: Deployment) -> None:
    failures.raise_broken(failures.find_broken(reads, deployment, assumed=True))


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_ALL_OPERATIONS))
def test_each_kind_of_request_is_answered_as_the_document_says(sandbox: Sandbox, target_session: TargetSession) -> None:
    failures.raise_broken(
        failures.find_broken(attempts.run_schemathesis(profiles.coverage_settings, sandbox, target_session), sandbox)
    )


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_ALL_OPERATIONS))
def test_drawn_requests_are_answered_as_the_document_says(sandbox: Sandbox, target_session: TargetSession) -> None:
    failures.raise_broken(
        failures.find_broken(attempts.run_schemathesis(profiles.fuzzing_settings, sandbox, target_session), sandbox)
    )


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_ALL_OPERATIONS), profile="thorough")
def test_requests_for_any_partner_are_answered_as_the_document_says(
    sandbox: Sandbox, target_session: TargetSession
) -> None:
    failures.raise_broken(
        failures.find_broken(attempts.run_schemathesis(profiles.any_partner_settings, sandbox, target_session), sandbox)
    )


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_LINKS))
def test_what_an_answer_names_is_there_for_the_next_request(sandbox: Sandbox, target_session: TargetSession) -> None:
    failures.raise_broken(
        failures.find_broken(attempts.run_schemathesis(profiles.link_settings, sandbox, target_session), sandbox)
    )
