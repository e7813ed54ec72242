"""Write the trace of the rules to `contracts/spec/trace.json`: `python -m tests.traceability.write_trace`."""

from contracts.spec import rules, trace
from contracts.spec.trace import RuleLinks
from tests.traceability import rule_homes, rule_references


def render_trace() -> str:
    """Return the text of the trace, from the contracts' marks, the registered defects and the mock's sources."""
    contracts, defects = rule_references.contracts_by_part(), rule_references.defects_by_rule()
    homes = rule_homes.homes_by_rule()
    links = {}
    for rule in rules.load(rules.DEFAULT_PATH).rules.values():
        checked = {part.id.partition(".")[2]: tuple(contracts[part.id]) for part in rule.parts if part.id in contracts}
        home = next(iter(homes.get(rule.id, ())), None)
        links[rule.id] = RuleLinks(checked, tuple(defects.get(rule.id, ())), home)
    return trace.dump(links)


if __name__ == "__main__":
    trace.FILE.write_text(render_trace(), encoding="utf-8")
