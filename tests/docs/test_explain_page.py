"""The page on explanations tells the truth: its commands print what it says, and it names every kind and cause."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from mock_server import app, cli
from mock_server.control.explain_schemas import HowSet
from mock_server.runtime.versions import MOST, MOST_DELETED
from tests.docs import pages
from tests.docs.test_quickstart import PLACE, SETTINGS
from tests.served import served

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
COMMAND = ".venv/bin/mock-server"
HOWS = [how for part in get_args(HowSet) for how in (get_args(part) or (part,))]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    with served(app.create_workspace(SETTINGS), SETTINGS) as origin:
        address = origin.removeprefix("http://")
        session = [
            replace(step, commands=step.commands.replace(PLACE, address).replace(COMMAND, str(ROOT / COMMAND)))
            for step in pages.steps(PAGE)
        ]
        printed = pages.run(session, tmp_path)
    assert len(session) == 7
    wrong = [
        f"{step.commands}\n--- the page says\n{step.shown}\n--- it printed\n{text}"
        for step, text in zip(session, printed, strict=True)
        if step.shown is not None and not pages.matches(step.shown, text)
    ]
    assert not wrong, "\n\n".join(wrong)
    assert sum(step.shown is not None for step in session) == 6


@pytest.mark.parametrize("how", HOWS)
def test_the_page_names_every_cause(how: str) -> None:
    assert f"`{how}`" in PAGE


def test_the_page_tells_how_much_is_kept() -> None:
    assert f"the last {MOST} changes are kept, of deleted rows the last {MOST_DELETED}" in PAGE


@pytest.mark.parametrize("flag", ["--cluster", "--reason", "--page", "--limit", "--row"])
def test_every_flag_that_the_page_names_is_there(flag: str) -> None:
    kind = "event" if flag == "--row" else "evaluation"
    assert flag in PAGE
    value = {"--page": "2", "--limit": "9", "--reason": "counted"}.get(flag, "value")
    parsed = cli.parser({}).parse_args(["explain", kind, "some_id", flag, value])
    assert getattr(parsed, flag.removeprefix("--")) == value
