"""The quickstart's commands run as they stand, and print what the page says."""

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

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
SETTINGS = Settings(clock="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))
PLACE = "127.0.0.1:8080"


@pytest.fixture
def address() -> Iterator[str]:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        yield origin.removeprefix("http://")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_walk_prints_what_the_page_says(address: str, tmp_path: Path) -> None:
    session = [replace(step, commands=step.commands.replace(PLACE, address)) for step in pages.steps(PAGE)]
    assert len(session) > 20
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{printed}"
        for step, printed in zip(session, pages.run(session, tmp_path), strict=True)
        if step.shown is not None and not pages.matches(step.shown.replace(PLACE, address), printed)
    ]
    assert not wrong, "\n\n".join(wrong)


def test_the_page_starts_the_server_that_the_walk_is_tested_on() -> None:
    assert "MOCK_SERVER_CLOCK=frozen MOCK_SERVER_NOW=2026-09-01T12:00:00Z make serve" in PAGE


def test_a_page_that_lies_is_noticed() -> None:
    assert pages.matches('{"a": …, "b": 2}', '{"a":1,"b":2}')
    assert not pages.matches('{"a": …, "b": 3}', '{"a":1,"b":2}')
