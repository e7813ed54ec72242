"""Choose the first tier of defects.

`python -m tests.defects.tiers` writes `first_tier.txt` from the measured matrix. There may be forty defects of one
rule. The first tier contains at most three defects of each rule: the defects that the fewest contracts catch. No two of
them are caught by exactly the same contracts. The first tier takes minutes and runs on each change; `make matrix` runs
all defects. Run the command again when defects have been added and the matrix has been measured.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from tests.defects import registry

MATRIX = Path(__file__).resolve().parents[2] / "docs" / "measured" / "defects.jsonl"
MAX_PER_RULE = 3


def choose_first_tier(
    rules_by_defect: Mapping[str, Iterable[str]], killers_by_defect: Mapping[str, Collection[str]]
) -> list[str]:
    """Return the names of the first tier's defects, in the order of `rules_by_defect`.

    `rules_by_defect` contains the rules that each defect breaks, and `killers_by_defect` the contracts that catch it. A
    defect without a measurement is chosen only for a rule that has no other defect.
    """
    defects_by_rule: dict[str, list[str]] = {}
    for name, rules in rules_by_defect.items():
        for rule in rules:
            defects_by_rule.setdefault(rule, []).append(name)
    chosen = {name for names in defects_by_rule.values() for name in _choose_of_rule(names, killers_by_defect)}
    return [name for name in rules_by_defect if name in chosen]


def _choose_of_rule(names: list[str], killers_by_defect: Mapping[str, Collection[str]]) -> list[str]:
    measured = sorted((name for name in names if name in killers_by_defect), key=lambda n: len(killers_by_defect[n]))
    first_by_killers: dict[frozenset[str], str] = {}
    for name in measured:
        first_by_killers.setdefault(frozenset(killers_by_defect[name]), name)
    return list(first_by_killers.values())[:MAX_PER_RULE] or names[:1]


def main() -> None:
    """Write the names of the first tier's defects, one per line."""
    rows = [json.loads(line) for line in MATRIX.read_text(encoding="utf-8").splitlines()]
    runs = {row["defect"]: row["runs"].get("matrix", {}).get("1", {}) for row in rows}
    killers = {name: run["by"] for name, run in runs.items() if "by" in run}
    rules = {defect.name: defect.rules for defect in registry.all_defects().values()}
    registry.FIRST_TIER_FILE.write_text("\n".join([*choose_first_tier(rules, killers), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
