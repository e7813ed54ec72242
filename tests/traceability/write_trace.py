"""Write the trace of the rules to `contracts/spec/trace.json`: `python -m tests.traceability.write_trace`."""

from contracts.spec import rules, trace
from contracts.spec.trace import RuleLinks
from tests.traceability import rule_homes, rule_references


def render_trace() -> str:
    """Return the text of the trace, made from the contracts' marks, the defects and the mock's sources."""
    contracts, defects = rule_references.contracts_by_rule(), rule_references.defects_by_rule()
    homes = rule_homes.homes_by_rule()
    links = {
        rule_id: RuleLinks(
            tuple(contracts.get(rule_id, ())), tuple(defects.get(rule_id, ())), next(iter(homes.get(rule_id, ())), None)
        )
        for rule_id in rules.load(rules.DEFAULT_PATH).rules
    }
    return trace.dump(links)


if __name__ == "__main__":
    trace.FILE.write_text(render_trace(), encoding="utf-8")
