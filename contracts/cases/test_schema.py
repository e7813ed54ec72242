"""The document as a whole: schemathesis makes up requests from it, good and bad, and checks every answer against it."""

import pytest

from contracts.deployment import Deployment
from contracts.fuzz import ahead, plans, rules, trial, verdict
from contracts.fuzz.report import Report
from contracts.inspection import Inspection
from contracts.marks import schema
from contracts.sandbox import Sandbox


@pytest.fixture(scope="session")
def reads(inspection: Inspection, request: pytest.FixtureRequest) -> Report:
    """What reading alone finds, in a sandbox or in the target's own world: one run for both contracts."""
    if ahead.READING in request.config.stash:
        return request.config.stash[ahead.READING].report()
    with ahead.reading(inspection) as begun:
        return begun.report()


@schema(*rules.STATED_OF_READS, profile="smoke")
def test_reads_keep_what_is_documented(reads: Report, deployment: Deployment) -> None:
    verdict.judge(verdict.broken(reads, deployment, ruled=False))


@schema(*rules.RULED_OF_READS, ruled=True, profile="smoke")
def test_reads_keep_to_the_document_in_its_details(reads: Report, deployment: Deployment) -> None:
    verdict.judge(verdict.broken(reads, deployment, ruled=True))


@schema(*rules.OF_ALL)
def test_each_kind_of_request_is_answered_as_the_document_says(sandbox: Sandbox, inspection: Inspection) -> None:
    verdict.judge(verdict.broken(trial.tried(plans.covering, sandbox, inspection), sandbox))


@schema(*rules.OF_ALL)
def test_drawn_requests_are_answered_as_the_document_says(sandbox: Sandbox, inspection: Inspection) -> None:
    verdict.judge(verdict.broken(trial.tried(plans.drawing, sandbox, inspection), sandbox))


@schema(*rules.OF_ALL, profile="thorough")
def test_requests_for_any_partner_are_answered_as_the_document_says(sandbox: Sandbox, inspection: Inspection) -> None:
    verdict.judge(verdict.broken(trial.tried(plans.drawing_any_partner, sandbox, inspection), sandbox))


@schema(*rules.OF_LINKS)
def test_what_an_answer_names_is_there_for_the_next_request(sandbox: Sandbox, inspection: Inspection) -> None:
    verdict.judge(verdict.broken(trial.tried(plans.following_links, sandbox, inspection), sandbox))
