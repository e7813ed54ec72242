"""The commands `wavetank fault add`, `list` and `clear`."""

import argparse
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mock_server import flags
from mock_server.cli import output, server_options
from mock_server.flags import CommandError, Commands, Flags

FAULTS_PATH = "/faults"
JOB_EFFECTS = {"evaluation": "all evaluations", "build": "all builds", "attribution_run": "all attribution runs"}
"""The effects on jobs, and what a rule that matches everything applies to. Other effects apply to requests."""


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    add_options = commands.add("add", add, "add a fault rule after the others")
    _add_match_flags(add_options)
    _add_effect_flags(add_options)
    add_options.add("--times", None, type=flags.parse_number, metavar="N", help="how often it is applied at most")
    until_help = "time of the workspace's clock from which it is not applied"
    add_options.add("--until", None, type=flags.parse_start_time, metavar="ISO", help=until_help)
    add_options.add("--id", None, metavar="NAME", help="name of the rule (default: f1, f2, and so on)")
    _add_flags(add_options)
    _add_flags(commands.add("list", list_faults, "list the fault rules, and how often each was applied"))
    _add_flags(commands.add("clear", clear, "remove all fault rules"))


def _add_flags(options: Flags) -> None:
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def _add_match_flags(options: Flags) -> None:
    options.add("--operation", None, metavar="NAME", help="only this operation, for example getEvaluation")
    options.add("--method", None, metavar="METHOD", help="only this method")
    options.add("--path", None, metavar="PATH", help="only this path after /api/v3; * is any text, as in /events/*")
    options.add("--partner", None, metavar="ID", help="only requests of this partner, or jobs of its packages")
    nth_help = "only the Nth of the requests or jobs that match; 2,5 is the second and the fifth"
    options.add("--nth", None, type=flags.parse_numbers, metavar="N[,N]", help=nth_help)
    options.add("--fraction", None, type=flags.parse_fraction, metavar="F", help="only this part of them, 0 to 1")


def _add_effect_flags(options: Flags) -> None:
    """Add the flags of effects. Each adds an effect to `effects`, in the form in which a request contains it."""

    def add_flag(flag: str, metavar: str, parse: Callable[[str], dict[str, Any]], description: str) -> None:
        options.add_to_list(flag, "effects", description, type=parse, metavar=metavar)

    add_flag("--status", "N", lambda text: {"status": flags.parse_number(text)}, "answer with this error")
    latency_help = "delay the response by these milliseconds"
    add_flag("--latency", "MS", lambda text: {"latency": {"fixed": flags.parse_number(text)}}, latency_help)
    reset_help = "close the connection instead of responding"
    options.add_to_list("--reset-connection", "effects", reset_help, const={"reset": True})
    truncate_help = "close the connection after N bytes of the body"
    add_flag("--truncate", "N", lambda text: {"truncate": {"after": flags.parse_count(text)}}, truncate_help)
    malformed_help = "answer with JSON that cannot be parsed"
    options.add_to_list("--malformed", "effects", malformed_help, const={"malformed": True})
    job_help = "let {} fail, or take longer, for example by 1h"
    for kind, jobs in (("evaluation", "evaluations"), ("build", "builds of packages")):
        add_flag(f"--{kind}", "fails|DURATION", partial(_parse_job_fault, kind), job_help.format(jobs))
    run_help = "miss attribution runs, or do them twice"
    add_flag("--attribution-run", "missed|twice", lambda text: {"attribution_run": text}, run_help)
    revoke_help = "refuse the tokens that were issued before now"
    options.add_to_list("--revoke-tokens", "effects", revoke_help, const={"token": "revoked"})
    add_flag("--effect", "JSON", _parse_effect, 'any effect, for example {"latency":{"uniform":{"min":1,"max":9}}}')


def _parse_job_fault(kind: str, text: str) -> dict[str, Any]:
    return {kind: {"fails": True} if text == "fails" else {"extra_seconds": flags.parse_duration(text)}}


def _parse_effect(text: str) -> dict[str, Any]:
    try:
        effect = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(effect, dict):
        raise argparse.ArgumentTypeError("must be a JSON object")
    return effect


def add(arguments: argparse.Namespace) -> None:
    """Add a fault rule, and print it. Raises CommandError."""
    if len(arguments.effects) != 1:
        raise CommandError(
            f"give exactly one effect, for example --status 503; see {flags.program_name()} fault add --help"
        )
    match = {name: getattr(arguments, name) for name in ("operation", "method", "path", "partner", "nth", "fraction")}
    rule = {
        "id": arguments.id,
        "match": {name: value for name, value in match.items() if value is not None},
        "effect": arguments.effects[0],
        "times": arguments.times,
        "until": arguments.until and arguments.until.isoformat(),
    }
    request = {name: value for name, value in rule.items() if value is not None}
    added = server_options.call_control_api(arguments, FAULTS_PATH, "POST", request)["rules"][-1]
    output.print_result(arguments, added, lambda rule: [format_rule(rule)])


def list_faults(arguments: argparse.Namespace) -> None:
    """Print the fault rules. Raises CommandError."""
    faults = server_options.call_control_api(arguments, FAULTS_PATH)
    output.print_result(arguments, faults, format_faults)


def clear(arguments: argparse.Namespace) -> None:
    """Remove all fault rules. Raises CommandError."""
    server_options.call_control_api(arguments, FAULTS_PATH, "DELETE")
    output.print_result(arguments, {}, list)


def format_faults(faults: dict[str, Any]) -> Iterator[str]:
    """Format the rules, one in each line."""
    return map(format_rule, faults["rules"])


def format_rule(rule: dict[str, Any]) -> str:
    """Format a rule in one line: what it does to what, and how often it has."""
    everything = next((JOB_EFFECTS[name] for name in rule["effect"] if name in JOB_EFFECTS), "all requests")
    matched = " ".join(f"{name}={_format_value(value)}" for name, value in rule["match"].items()) or everything
    effect = " ".join(f"{name}={_format_value(value)}" for name, value in rule["effect"].items())
    times = "" if rule["times"] is None else f" of {rule['times']}"
    until = "" if rule["until"] is None else f", until {rule['until']}"
    expired = ", expired" if rule["expired"] else ""
    return f"{rule['id']}: {matched} -> {effect}; applied {rule['applied']}{times}{until}{expired}"


def _format_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
