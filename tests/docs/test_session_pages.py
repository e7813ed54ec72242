"""On a new server, the commands of each page in `SESSIONS` print the output that the page shows."""

import shutil
from pathlib import Path

import pytest

from tests.docs import pages

SESSIONS = {
    "quickstart": 21,
    "sales": 9,
    "meta": 5,
    "regenerate": 5,
    "time-travel": 10,
    "faults": 9,
    "journal": 5,
    "conduct": 2,
    "explain": 7,
    "recipes": 2,
    "commands": 5,
    "recipes/team": 2,
    "recipes/bug-report": 3,
    "recipes/front-end": 1,
}
"""The minimum number of `sh` blocks on each page."""


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
@pytest.mark.parametrize("name", SESSIONS)
def test_the_commands_print_what_the_page_says(name: str, tmp_path: Path) -> None:
    with pages.documented_server() as address:
        session = [pages.localize(address, step) for step in pages.parse_steps(pages.read_page(name))]
        printed = pages.run_session(session, tmp_path)
    assert len(session) >= SESSIONS[name]
    wrong = [
        f"{step.commands}\n--- the page says\n{step.expected_output}\n--- it printed\n{text}"
        for step, text in zip(session, printed, strict=True)
        if step.expected_output is not None and not pages.output_matches(step.expected_output, text)
    ]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_page_that_starts_a_server_starts_the_one_that_it_is_tested_on(name: str) -> None:
    started = [line for line in pages.read_page(name).splitlines() if line.endswith("make serve")]
    assert all(line == "MOCK_SERVER_CLOCK=frozen MOCK_SERVER_NOW=2026-09-01T12:00:00Z make serve" for line in started)


def test_a_page_that_lies_is_noticed() -> None:
    assert pages.output_matches('{"a": …, "b": 2}', '{"a":1,"b":2}')
    assert not pages.output_matches('{"a": …, "b": 3}', '{"a":1,"b":2}')
