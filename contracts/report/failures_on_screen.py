"""The rules that differ from the target, on the screen: what they claim, both sides of the difference, and the call."""

import shlex
from collections.abc import Sequence

from contracts.report.broken_groups import first_outcome, group_broken_rules
from contracts.report.calls import format_call, select_calls
from contracts.report.difference import find_difference
from contracts.report.sanitizer import to_single_line
from contracts.report.screen import COLOURS, Screen
from contracts.report.summary import format_count, format_reason, title
from contracts.results.result import RESPONSE_KIND, Outcome, RuleResult
from contracts.spec.verdicts import Verdict

MAX_NAMES_SHOWN = 3
"""The maximum number of failed contracts that are named for a rule. The HTML report names all of them."""
LABEL_WIDTH = 12
DETAIL_INDENT = 4
ASSUMED_NOTE = "The documentation leaves these points open. A difference is no failure, unless you pass --strict."
NEXT_STEPS = (
    "Begin with the first rule: the rules are in the order of how firmly the documentation supports them.",
    "Run the Replay command of a rule to see it fail again; it exits with 0 when the rule is kept.",
    "`contracts explain RULE` prints the whole rule and where it is documented.",
    "List a rule that stays broken for now in a file of known failures: --expectations FILE.",
)


def format_broken_rules(broken: Sequence[RuleResult], screen: Screen) -> list[str]:
    """Format the broken rules with their evidence, and what to do next."""
    if not broken:
        return []
    lines = screen.heading(f"broken: {format_count(len(broken), 'rule')}", Verdict.FAIL)
    for number, (rule_result, *others) in enumerate(group_broken_rules(broken)):
        lines += [""] if number else []
        lines += _format_broken_rule(rule_result, screen)
        lines += _format_row("Also breaks", f"{_list_ids(others)} (same status and response)", screen) if others else []
    lines += screen.heading("what to do next")
    return lines + [row for step in NEXT_STEPS for row in screen.item("- ", step)]


def format_observations(observed: Sequence[RuleResult], screen: Screen) -> list[str]:
    """Format the observations: what was compared, and both sides."""
    if not observed:
        return []
    lines = screen.heading("observations", Verdict.OBSERVATION) + screen.block(ASSUMED_NOTE)
    for rule_result in observed:
        lines += screen.item(f"{rule_result.rule.id:8}  ", format_reason(rule_result))
        lines += _format_sides(first_outcome(rule_result), screen, ("Assumed", "Seen"), 12)
    return lines


def _format_broken_rule(rule_result: RuleResult, screen: Screen) -> list[str]:
    shown = first_outcome(rule_result)
    lines = [screen.paint(f"  {rule_result.rule.id}  {rule_result.rule.level}", COLOURS[Verdict.FAIL])]
    for part in rule_result.broken_parts:
        lines += _format_row(part.basis.label.capitalize(), part.claim, screen)
    lines += _format_row("Why", format_reason(rule_result), screen)
    lines += _format_sides(shown, screen, ("Expected", "Seen"), DETAIL_INDENT)
    for number, command in enumerate(select_calls(shown)):
        lines += _format_row("" if number else "Calls", format_call(command), screen)
    return [*lines, *_format_contracts(rule_result, screen)]


def _format_contracts(rule_result: RuleResult, screen: Screen) -> list[str]:
    """Format which contracts failed, of those that ran, and how to run the first of them again."""
    failed = [outcome for outcome in rule_result.outcomes if outcome.verdict is Verdict.FAIL]
    contracts = {outcome.contract for outcome in rule_result.outcomes}
    noun = "check" if any(outcome.kind == RESPONSE_KIND for outcome in failed) else "contract"
    count = f"{len({outcome.contract for outcome in failed})} of {format_count(len(contracts), noun)}"
    lines = _format_row("Failed", f"{count}: {_format_names(failed)}", screen)
    reproducer = next((outcome.capsule for outcome in failed if outcome.capsule), "")
    if reproducer:
        lines.append(f"    Reproducer  {to_single_line(reproducer)}")
        lines.append(f"    Replay      contracts replay {shlex.quote(to_single_line(reproducer))}")
    return lines


def _format_sides(outcome: Outcome, screen: Screen, labels: tuple[str, str], indent: int) -> list[str]:
    """Format both sides of a comparison around their first difference. Nothing if no values were compared."""
    if not (outcome.expected or outcome.seen):
        return []
    difference = find_difference(outcome.expected, outcome.seen, 2 * (screen.width - indent - LABEL_WIDTH))
    lines = _format_row("At", difference.place, screen, indent) if difference.place else []
    lines += _format_row(labels[0], difference.expected or "(nothing)", screen, indent)
    return lines + _format_row(labels[1], difference.seen or "(nothing)", screen, indent)


def _format_row(label: str, text: str, screen: Screen, indent: int = DETAIL_INDENT) -> list[str]:
    return screen.item(f"{label:{LABEL_WIDTH}}", text, indent)


def _list_ids(rules: Sequence[RuleResult]) -> str:
    return " ".join(rule_result.rule.id for rule_result in rules)


def _format_names(failed: Sequence[Outcome]) -> str:
    names = list(dict.fromkeys(title(outcome) for outcome in failed))
    more = len(names) - MAX_NAMES_SHOWN
    return ", ".join(names[:MAX_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
