"""Write each rule's contracts and defects into the catalogue: `python -m tests.traceability.fill_catalogue`."""

import re

from contracts.spec import rules
from tests.traceability import rule_references


def fill_catalogue(text: str) -> str:
    """The catalogue's text, with the lists as the marks and the registry have them today."""
    contracts, defects = rule_references.contracts_by_rule(), rule_references.defects_by_rule()
    parts = re.split(r"(?m)^(?=  - id: )", text)
    return "".join(_fill_rule(_fill_rule(part, "contracts", contracts), "defects", defects) for part in parts)


def _fill_rule(part: str, key: str, ids_by_rule: dict[str, list[str]]) -> str:
    match = re.match(r"  - id: (\S+)\n", part)
    if match is None:
        return part
    ids = ids_by_rule.get(match[1], [])
    lines = "".join(f"\n      - {name}" for name in ids) or " []"
    return re.sub(rf"(?m)^    {key}:(?: \[\]|(?:\n      - .*)+)$", lambda _: f"    {key}:{lines}", part, count=1)


if __name__ == "__main__":
    rules.DEFAULT_PATH.write_text(fill_catalogue(rules.DEFAULT_PATH.read_text(encoding="utf-8")), encoding="utf-8")
