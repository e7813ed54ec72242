"""The page on faults tells the truth: its commands print what it says, and it names every effect and match."""

import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from mock_server import app
from mock_server.api.faults import REFUSALS
from mock_server.domain.faults import Effect, Match
from tests.docs import pages
from tests.docs.test_quickstart import PLACE, SETTINGS
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        address = origin.removeprefix("http://")
        session = [replace(step, commands=step.commands.replace(PLACE, address)) for step in pages.steps(PAGE)]
        printed = pages.run(session, tmp_path)
    assert len(session) == 9
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{text}"
        for step, text in zip(session, printed, strict=True)
        if step.shown is not None and not pages.matches(step.shown, text)
    ]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("name", [field.name.partition("_after")[0] for field in fields(Effect)])
def test_the_page_names_every_effect(name: str) -> None:
    assert f'{{"{name}": ' in PAGE


@pytest.mark.parametrize("name", [field.name for field in fields(Match)])
def test_the_page_names_every_match(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_page_names_every_status() -> None:
    *some, last = REFUSALS
    assert f"{', '.join(map(str, some))} or {last} |" in PAGE
