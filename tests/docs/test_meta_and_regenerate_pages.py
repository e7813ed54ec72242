"""The commands of the pages about Meta's integration, permissions and regenerating print what the pages say."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.docs import pages
from tests.served import served

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
SETTINGS = Settings(clock="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))
PLACE = "127.0.0.1:8080"


@pytest.fixture
def address() -> Iterator[str]:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        yield origin.removeprefix("http://")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
@pytest.mark.parametrize(("name", "least"), [("meta", 5), ("regenerate", 3)])
def test_the_page_prints_what_it_says(name: str, least: int, address: str, tmp_path: Path) -> None:
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    session = [replace(step, commands=step.commands.replace(PLACE, address)) for step in pages.steps(page)]
    assert len(session) >= least
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{printed}"
        for step, printed in zip(session, pages.run(session, tmp_path), strict=True)
        if step.shown is not None and not pages.matches(step.shown, printed)
    ]
    assert not wrong, "\n\n".join(wrong)
