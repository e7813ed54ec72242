"""The document as a whole: schemathesis makes up requests from it, good and bad, and checks every answer against it."""

import pytest

from contracts.schemathesis_runner import attempts, background, failures, profiles, rule_mapping
from contracts.schemathesis_runner.findings import Report
from contracts.spec.markers import schema
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import Inspection


@pytest.fixture(scope="session")
def reads(inspection: Inspection, request: pytest.FixtureRequest) -> Report:
    """What reading alone finds, in a sandbox or in the target's own world: one run for both contracts."""
    if background.READING in request.config.stash:
        return request.config.stash[background.READING].report()
    with background.reading(inspection) as begun:
        return begun.report()


@schema(*rule_mapping.STATED_OF_READS, profile="smoke")
def test_reads_keep_what_is_documented(reads: Report, deployment: Deployment) -> None:
    failures.judge(failures.broken(reads, deployment, ruled=False))


@schema(*rule_mapping.RULED_OF_READS, ruled=True, profile="smoke")
def test_reads_keep_to_the_document_in_its_details(reads: Report, deployment: Deployment) -> None:
    failures.judge(failures.broken(reads, deployment, ruled=True))


@schema(*rule_mapping.OF_ALL)
def test_each_kind_of_request_is_answered_as_the_document_says(sandbox: Sandbox, inspection: Inspection) -> None:
    failures.judge(failures.broken(attempts.tried(profiles.covering, sandbox, inspection), sandbox))


@schema(*rule_mapping.OF_ALL)
def test_drawn_requests_are_answered_as_the_document_says(sandbox: Sandbox, inspection: Inspection) -> None:
    failures.judge(failures.broken(attempts.tried(profiles.drawing, sandbox, inspection), sandbox))


@schema(*rule_mapping.OF_ALL, profile="thorough")
def test_requests_for_any_partner_are_answered_as_the_document_says(sandbox: Sandbox, inspection: Inspection) -> None:
    failures.judge(failures.broken(attempts.tried(profiles.drawing_any_partner, sandbox, inspection), sandbox))


@schema(*rule_mapping.OF_LINKS)
def test_what_an_answer_names_is_there_for_the_next_request(sandbox: Sandbox, inspection: Inspection) -> None:
    failures.judge(failures.broken(attempts.tried(profiles.following_links, sandbox, inspection), sandbox))
