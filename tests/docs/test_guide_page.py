"""The page that goes through the attribution guide: each command of its tables prints what the row says."""

import re
import shutil
from pathlib import Path

import pytest

from contracts.spec import rules
from tests.docs import pages
from tests.docs.pages import Step

ROW = re.compile(r"^\| (?P<says>[^|]+) \| (?P<rules>[^|]+) \| `(?P<command>[^`]+)` \| `(?P<prints>[^`]+)` \|$", re.M)


def parse_rows() -> list[re.Match[str]]:
    """Return the rows of the page's tables."""
    return list(ROW.finditer(pages.read_page("guide")))


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
def test_each_command_prints_what_its_row_says(tmp_path: Path) -> None:
    rows = parse_rows()
    steps = pages.parse_steps(pages.read_page("guide")) + [Step(row["command"], row["prints"]) for row in rows]
    with pages.documented_server() as address:
        session = [pages.localize(address, step) for step in steps]
        printed = pages.run_session(session, tmp_path)
    wrong = [
        (step.commands, text)
        for step, text in zip(session, printed, strict=True)
        if step.expected_output is not None and not pages.output_matches(step.expected_output, text)
    ]
    assert wrong == []
    assert len(rows) >= 25


def test_each_row_of_its_tables_is_complete_and_names_known_rules() -> None:
    lines = [line for line in pages.read_page("guide").splitlines() if line.startswith("| ") and "---" not in line]
    assert len(lines) == len(parse_rows()) + len(re.findall(r"^\| the guide says", pages.read_page("guide"), re.M))
    named = {rule_id for row in parse_rows() for rule_id in row["rules"].split(", ")}
    assert named <= rules.load().rules.keys()
