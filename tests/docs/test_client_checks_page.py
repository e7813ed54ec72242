"""The page about client checks names every finding, and the client of the quickstart leads to none."""

import shutil
from pathlib import Path

import pytest

from mock_server.domain.client_checks.findings import list_checks
from mock_server.domain.client_checks.polling import OLDER_POLL_INTERVAL
from tests.docs import pages
from tests.docs.pages import Step

CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")


@CURL
def test_the_client_of_the_quickstart_gives_no_finding(tmp_path: Path) -> None:
    report_step = Step(f"curl -s http://{pages.DOCUMENTED_ADDRESS}/_mock/conduct", None)
    with pages.documented_server() as address:
        session = [
            pages.localize(address, step) for step in [*pages.parse_steps(pages.read_page("quickstart")), report_step]
        ]
        printed = pages.run_session(session, tmp_path)
    assert pages.output_matches('{"checked":…,"discarded":0,"findings":[]}', printed[-1]), printed[-1]
    assert not pages.output_matches('{"checked":0,…', printed[-1])


@pytest.mark.parametrize("charge", list_checks(OLDER_POLL_INTERVAL), ids=lambda charge: charge.id)
def test_the_page_explains_every_finding(charge) -> None:
    assert f"| `{charge.id}` |" in pages.read_page("conduct")
