"""docs/gotchas.md is up to date, and its commands print the output that it shows."""

import shutil
from pathlib import Path

import pytest

from mock_server.gotchas import catalogue
from mock_server.settings import Settings
from tests.docs import gotchas_page, pages

PAGE = gotchas_page.PAGE.read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    """Run `python -m tests.docs.gotchas_page` to update the page."""
    assert gotchas_page.render_page() == PAGE


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    with pages.documented_server(Settings()) as address:
        session = [pages.localize(address, step) for step in pages.parse_steps(PAGE)]
        printed = pages.run_session(session, tmp_path)
    assert len(session) == 4
    for step, text in zip(session, printed, strict=True):
        assert step.expected_output is not None
        assert pages.output_matches(step.expected_output, text), text


@pytest.mark.parametrize("gotcha_id", catalogue.GOTCHAS)
def test_the_page_names_the_command_of_each(gotcha_id: str) -> None:
    assert f"\n## {gotcha_id} " in PAGE
    assert f"Run it: `wavetank gotcha run {gotcha_id}`" in PAGE
