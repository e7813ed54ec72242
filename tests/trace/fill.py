"""Write each rule's contracts and defects into the catalogue: `python -m tests.trace.fill`."""

import re

from contracts.spec import rules
from tests.trace import evidence


def filled(text: str) -> str:
    """The catalogue's text, with the lists as the marks and the registry have them today."""
    contracts, defects = evidence.contracts_by_rule(), evidence.defects_by_rule()
    parts = re.split(r"(?m)^(?=  - id: )", text)
    return "".join(_rule(_rule(part, "contracts", contracts), "defects", defects) for part in parts)


def _rule(part: str, key: str, found: dict[str, list[str]]) -> str:
    named = re.match(r"  - id: (\S+)\n", part)
    if named is None:
        return part
    listed = found.get(named[1], [])
    lines = "".join(f"\n      - {name}" for name in listed) or " []"
    return re.sub(rf"(?m)^    {key}:(?: \[\]|(?:\n      - .*)+)$", lambda _: f"    {key}:{lines}", part, count=1)


if __name__ == "__main__":
    rules.BESIDE.write_text(filled(rules.BESIDE.read_text(encoding="utf-8")), encoding="utf-8")
