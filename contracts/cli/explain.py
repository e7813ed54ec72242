"""`contracts list` and `contracts explain`: the rules, or one of them with its checks and its last result."""

import argparse
from pathlib import Path

from contracts.cli import output
from contracts.report import summary
from contracts.spec import rules as catalogue
from contracts.spec.catalogue_entry import CatalogueError


def explain(arguments: argparse.Namespace) -> int:
    """Print the rules, or a description of one. Return 0, or 2 if the catalogue is invalid or lacks the rule."""
    try:
        output.write(_format_output(arguments))
    except CatalogueError as error:
        output.write_error(error)
        return 2
    return 0


def _format_output(arguments: argparse.Namespace) -> str:
    rule_catalogue = catalogue.load()
    if arguments.command == "list":
        return "\n".join(_format_rule_line(rule) for rule in rule_catalogue.rules.values())
    if arguments.rule in rule_catalogue.gotchas:
        return format_gotcha(rule_catalogue.gotchas[arguments.rule])
    return format_rule(rule_catalogue.rule(arguments.rule), Path(arguments.report_dir))


def format_gotcha(gotcha: catalogue.Gotcha) -> str:
    """Return a gotcha's title, the rules behind it, its documentation, and the command that checks it."""
    rules = f"Rules: {', '.join(gotcha.rules)}"
    documentation = f"Documentation: {' and '.join(gotcha.documentation)}"
    command = f"Checked by: contracts run --gotcha {gotcha.id}"
    return "\n".join([f"{gotcha.id} (gotcha)", gotcha.title, rules, documentation, command])


def _format_rule_line(rule: catalogue.PlatformRule) -> str:
    return f"{rule.id}  {rule.level:6}  {rule.basis.label:7}  {rule.area:17}  {len(rule.contracts):2} contracts"


def format_rule(rule: catalogue.PlatformRule, folder: Path) -> str:
    """Return a rule's parts, where it is documented, its home in the mock, its contracts and its last result."""
    operations = rule.operations if isinstance(rule.operations, str) else ", ".join(rule.operations)
    lines = [f"{rule.id} ({rule.level}, {rule.basis.label})"]
    lines += [f"{part.basis.label.capitalize()}: {part.claim}" for part in rule.parts]
    lines += [f"Documented: {rule.documented_in}"]
    lines += [f"Operations: {operations}", f"Implemented in: {rule.home or 'not recorded'}"]
    lines += ["Checked by:", *(f"  {contract}" for contract in rule.contracts)]
    lines += [f"Why {part.id} is not checked: {part.unchecked_reason}" for part in rule.parts if part.unchecked_reason]
    return "\n".join([*lines, f"Last result: {_format_last_verdict(rule, folder)}"])


def _format_last_verdict(rule: catalogue.PlatformRule, folder: Path) -> str:
    from contracts.pytest_plugin import collector

    last_result = collector.load_last_result(folder)
    rule_results = (
        [each for each in last_result.rule_results(catalogue.load()) if each.rule.id == rule.id] if last_result else []
    )
    if last_result is None or not rule_results:
        return f"no report in {folder} covers it"
    run, rule_result = last_result.run, rule_results[0]
    verdict, coverage = summary.format_verdict(rule_result), summary.format_coverage(rule_result)
    text = f"{verdict}, {coverage}, at {run.end}, on {run.target}, profile {run.profile}"
    text = f"{text}: {rule_result.reason}" if rule_result.reason else text
    unchecked = [f"  Not checked in this run: {part.claim}" for part in rule_result.unchecked_parts]
    return "\n".join([text, *unchecked])
