"""The commands of the page on bringing sales in run as they stand, and print what the page says."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mock_server import app
from tests.docs import pages
from tests.docs.test_quickstart import PLACE, SETTINGS
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "sales.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        address = origin.removeprefix("http://")
        session = [replace(step, commands=step.commands.replace(PLACE, address)) for step in pages.steps(PAGE)]
        printed = pages.run(session, tmp_path)
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{text}"
        for step, text in zip(session, printed, strict=True)
        if step.shown is not None and not pages.matches(step.shown, text)
    ]
    assert len(session) > 8
    assert not wrong, "\n\n".join(wrong)


def test_the_page_starts_the_server_that_it_is_tested_on() -> None:
    assert "MOCK_SERVER_CLOCK=frozen MOCK_SERVER_NOW=2026-09-01T12:00:00Z make serve" in PAGE
