"""The pages on the journal and on a client's conduct tell the truth, and the quickstart's client behaves."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mock_server import app
from mock_server.domain.conduct.findings import CHARGES
from tests.docs import pages
from tests.docs.pages import Step
from tests.docs.test_quickstart import PAGE as QUICKSTART
from tests.docs.test_quickstart import PLACE, SETTINGS
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
JOURNAL = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
CONDUCT = (ROOT / "docs" / "conduct.md").read_text(encoding="utf-8")
CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")


@pytest.fixture
def address() -> Iterator[str]:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        yield origin.removeprefix("http://")


def at(address: str, step: Step) -> Step:
    commands = step.commands.replace(PLACE, address).replace(".venv/bin/", f"{ROOT}/.venv/bin/")
    return replace(step, commands=commands)


@CURL
@pytest.mark.parametrize("page", [pytest.param(JOURNAL, id="journal"), pytest.param(CONDUCT, id="conduct")])
def test_the_commands_print_what_the_page_says(page: str, address: str, tmp_path: Path) -> None:
    session = [at(address, step) for step in pages.steps(page)]
    assert session
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{printed}"
        for step, printed in zip(session, pages.run(session, tmp_path), strict=True)
        if step.shown is not None and not pages.matches(step.shown.replace(PLACE, address), printed)
    ]
    assert not wrong, "\n\n".join(wrong)


@CURL
def test_the_client_of_the_quickstart_gives_no_finding(address: str, tmp_path: Path) -> None:
    asked = Step(f"curl -s http://{PLACE}/_mock/conduct", None)
    session = [at(address, step) for step in [*pages.steps(QUICKSTART), asked]]
    printed = pages.run(session, tmp_path)
    assert pages.matches('{"judged":…,"forgotten":0,"findings":[]}', printed[-1]), printed[-1]
    assert not pages.matches('{"judged":0,…', printed[-1])


@pytest.mark.parametrize("charge", CHARGES, ids=lambda charge: charge.id)
def test_the_page_explains_every_finding(charge) -> None:
    assert f"| `{charge.id}` |" in CONDUCT
