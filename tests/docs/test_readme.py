"""On the first screen of the README, the call gets the response that is shown below it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mock_server.settings import Settings
from tests.docs import pages

PAGE = (pages.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_first_call_gets_the_answer_that_the_page_shows(tmp_path: Path) -> None:
    settings = Settings(now=datetime(2026, 9, 1, 12, tzinfo=UTC))
    with pages.documented_server(settings) as address:
        session = [pages.localize(address, step) for step in pages.parse_steps(PAGE)]
        printed = pages.run_session(session, tmp_path)
    assert session
    for step, text in zip(session, printed, strict=True):
        assert step.expected_output is not None
        assert pages.output_matches(step.expected_output, text), text


def test_the_command_has_one_name_on_the_pages_for_users() -> None:
    pages_of_users = [PAGE, *map(pages.read_page, ("pytest", "typescript", "recipes/front-end"))]
    assert [page.count("mock-server") for page in pages_of_users] == [1, 0, 0, 0]
    assert "`mock-server` is an older name of the same command" in PAGE


def test_the_second_block_runs_the_wheel_without_an_environment() -> None:
    kind, body = pages.BLOCK.findall(PAGE)[1][:2]
    assert kind == "bash"
    assert "uvx --from ./dist/wavetank-" in body
    assert [line for line in PAGE.splitlines() if "uvx wavetank" in line and "once published" not in line] == []


@pytest.mark.parametrize(
    "page",
    [
        *("pytest", "typescript", "clients", "commands", "containers", "contracts"),
        *("recipes", *(f"recipes/{each.stem}" for each in (pages.ROOT / "docs" / "recipes").glob("*.md"))),
    ],
)
def test_the_features_by_reader_lead_to_the_page_in_one_click(page: str) -> None:
    assert f"(docs/{page}.md" in PAGE.partition("\n## Features\n")[2]


def test_the_page_names_what_it_does_not_do() -> None:
    assert "## What it does not do" in PAGE
