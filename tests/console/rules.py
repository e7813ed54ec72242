"""Writes the rules of the platform, part by part, as the console's Conformance page shows them.

`python -m tests.console.rules` writes them to `mock_server/console/app/src/types/rules.json`. The page loads them only
when a rule is opened.
"""

import json

from contracts.spec import rules
from tests.console.conftest import APP

FILE = APP / "src" / "types" / "rules.json"


def build() -> str:
    """Return the rules as JSON: one line for each."""
    catalogue = rules.load()
    lines = (json.dumps(_describe(rule), ensure_ascii=False) for rule in catalogue.rules.values())
    return "[\n{}\n]\n".format(",\n".join(lines))


def _describe(rule: rules.PlatformRule) -> dict[str, object]:
    return {
        "id": rule.id,
        "level": rule.level,
        "area": rule.area,
        "documented_in": rule.documented_in,
        "parts": [{"id": part.id, "basis": part.basis, "claim": part.claim} for part in rule.parts],
    }


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
