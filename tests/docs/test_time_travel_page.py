"""The page on time travel tells the truth: its commands print what it says, and it names what a snapshot holds."""

import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mock_server import app
from mock_server.runtime.points import MOST
from mock_server.runtime.snapshot import FORMAT, VERSION, Snapshot
from tests.docs import pages
from tests.docs.test_quickstart import PLACE, SETTINGS
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "time-travel.md").read_text(encoding="utf-8")
COMMAND = ".venv/bin/mock-server"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        address = origin.removeprefix("http://")
        here = f"MOCK_SERVER_PORT={address.rpartition(':')[2]} {ROOT}/{COMMAND}"
        session = [
            replace(step, commands=step.commands.replace(PLACE, address).replace(COMMAND, here))
            for step in pages.steps(PAGE)
        ]
        printed = pages.run(session, tmp_path)
    assert len(session) == 10
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{text}"
        for step, text in zip(session, printed, strict=True)
        if step.shown is not None and not pages.matches(step.shown, text)
    ]
    assert not wrong, "\n\n".join(wrong)


def test_the_page_starts_the_server_that_it_is_tested_on() -> None:
    assert "MOCK_SERVER_CLOCK=frozen MOCK_SERVER_NOW=2026-09-01T12:00:00Z make serve" in PAGE


@pytest.mark.parametrize("name", [field.name for field in fields(Snapshot)])
def test_the_page_names_every_member_of_a_snapshot(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_page_names_the_format_its_version_and_the_bound() -> None:
    assert f"`{FORMAT}`, {VERSION}" in PAGE
    assert f"At most {MOST}," in PAGE
