"""The line of each rule in `requirements.yaml`, for reports that name a place in a file."""

import re

from contracts.spec.rules import DEFAULT_PATH

FILE_IN_REPOSITORY = "contracts/requirements.yaml"
"""The path of the file in the repository, and in the installed package."""
RULE_LINE = re.compile(r"^ *- id: (?P<id>[A-Z]+-[0-9]{2})$")


def find_rule_lines() -> dict[str, int]:
    """Return the number of the line on which each rule begins, by its id. The first line is 1."""
    lines = DEFAULT_PATH.read_text(encoding="utf-8").splitlines()
    matches = ((number, RULE_LINE.match(line)) for number, line in enumerate(lines, start=1))
    return {match["id"]: number for number, match in matches if match}
