"""The whole OpenAPI document: schemathesis generates valid and invalid requests, and checks every response."""

import pytest

from contracts.schemathesis_runner import background, failures, rule_mapping
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
    return _wait_for_report(target_session, request)


@pytest.fixture(scope="session")
def coverage(target_session: TargetSession, request: pytest.FixtureRequest) -> RunReport:
    """The report of a run without random data."""
    return _wait_for_report(target_session, request)


@pytest.fixture(scope="session")
def fuzzing(target_session: TargetSession, request: pytest.FixtureRequest) -> RunReport:
    """The report of a run with random data."""
    return _wait_for_report(target_session, request)


@pytest.fixture(scope="session")
def any_partner(target_session: TargetSession, request: pytest.FixtureRequest) -> RunReport:
    """The report of a run whose partner header names known and unknown partners."""
    return _wait_for_report(target_session, request)


@pytest.fixture(scope="session")
def links(target_session: TargetSession, request: pytest.FixtureRequest) -> RunReport:
    """The report of a run that follows the document's links."""
    return _wait_for_report(target_session, request)


def _wait_for_report(target_session: TargetSession, request: pytest.FixtureRequest) -> RunReport:
    """Return the report of the run that has the fixture's name: of the one that was started early, or of a new one."""
    name = str(request.fixturename)
    started = request.config.stash.get(background.STARTED_RUNS, {})
    if name in started:
        return started[name].wait_for_report()
    with background.start_run(name, target_session) as run:
        return run.wait_for_report()


@schema_test(*CATALOGUE.list_parts(rule_mapping.STATED_RULES_OF_READS), profile="smoke")
def test_reads_keep_what_is_documented(reads: RunReport, deployment: Deployment) -> None:
    failures.raise_broken(failures.find_broken(reads, deployment, assumed=False))


@schema_test(*CATALOGUE.list_parts(rule_mapping.ASSUMED_RULES_OF_READS, [Basis.RULED]), profile="smoke")
def test_reads_keep_to_the_document_in_its_details(reads: RunReport, deployment: Deployment) -> None:
    failures.raise_broken(failures.find_broken(reads, deployment, assumed=True))


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_ALL_OPERATIONS))
def test_each_kind_of_request_is_answered_as_the_document_says(coverage: RunReport, sandbox: Sandbox) -> None:
    failures.raise_broken(failures.find_broken(coverage, sandbox))


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_ALL_OPERATIONS))
def test_drawn_requests_are_answered_as_the_document_says(fuzzing: RunReport, sandbox: Sandbox) -> None:
    failures.raise_broken(failures.find_broken(fuzzing, sandbox))


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_ALL_OPERATIONS), profile="thorough")
def test_requests_for_any_partner_are_answered_as_the_document_says(any_partner: RunReport, sandbox: Sandbox) -> None:
    failures.raise_broken(failures.find_broken(any_partner, sandbox))


@schema_test(*CATALOGUE.list_parts(rule_mapping.RULES_OF_LINKS))
def test_what_an_answer_names_is_there_for_the_next_request(links: RunReport, sandbox: Sandbox) -> None:
    failures.raise_broken(failures.find_broken(links, sandbox))
