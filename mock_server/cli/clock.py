"""The commands `wavetank clock …`: show a workspace's clock, move it, stop it and let it run."""

import argparse
from collections.abc import Iterable, Iterator
from typing import Any

from mock_server import flags
from mock_server.cli import output, server_options
from mock_server.flags import Commands, Flags

UNPERFORMED = ("missed", "failed", "delayed")
"""The states of jobs that a fault has kept from being performed when they were due."""


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    _add_flags(commands.add("show", show, "print the time, the mode and the speed"))
    advance_options = commands.add("advance", advance, "advance the clock, and print the jobs that ran")
    advance_options.add_positional("duration", "for example 14d, 90s or 1h30m", type=flags.parse_duration)
    _add_flags(advance_options)
    _add_flags(commands.add("next", advance_to_next_job, "advance to the next due job"))
    idle_options = commands.add("until-idle", run_until_idle, "advance until only scheduled runs and expiries are left")
    within_help = "the longest duration, for example 12h (default: 1d)"
    idle_options.add("--within", None, type=flags.parse_duration, metavar="DURATION", help=within_help)
    _add_flags(idle_options)
    _add_flags(commands.add("freeze", freeze, "stop the clock"))
    run_options = commands.add("run", run, "let the clock run")
    speed_help = "seconds of the clock for each second of real time (default: as before)"
    run_options.add("--speed", None, type=flags.parse_speed, help=speed_help)
    _add_flags(run_options)
    set_options = commands.add("set", set_time, "set the clock to a later time, and print it")
    set_options.add_positional("time", "for example 2026-11-23T09:00:00Z", type=flags.parse_start_time)
    _add_flags(set_options)


def _add_flags(options: Flags) -> None:
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def show(arguments: argparse.Namespace) -> None:
    """Print the clock. Raises CommandError."""
    output.print_result(arguments, server_options.call_control_api(arguments, "/clock"), format_clock)


def advance(arguments: argparse.Namespace) -> None:
    """Advance the clock by a duration. Raises CommandError."""
    _move(arguments, "/clock/advance", {"seconds": arguments.duration})


def advance_to_next_job(arguments: argparse.Namespace) -> None:
    """Advance the clock to the next due job. Raises CommandError."""
    _move(arguments, "/clock/next")


def run_until_idle(arguments: argparse.Namespace) -> None:
    """Advance the clock until the workspace is idle. Raises CommandError."""
    _move(arguments, "/clock/run-until-idle", {"seconds": arguments.within} if arguments.within is not None else {})


def freeze(arguments: argparse.Namespace) -> None:
    """Stop the clock. Raises CommandError."""
    _set(arguments, {"mode": "frozen"})


def run(arguments: argparse.Namespace) -> None:
    """Let the clock run. Raises CommandError."""
    _set(arguments, {"mode": "running"} | ({"speed": arguments.speed} if arguments.speed is not None else {}))


def set_time(arguments: argparse.Namespace) -> None:
    """Set the clock to a later time. Raises CommandError."""
    _set(arguments, {"now": arguments.time.isoformat()})


def format_clock(clock: dict[str, Any]) -> Iterator[str]:
    """Format the clock in one line."""
    running = f"running at speed {clock['speed']:g}" if clock["speed"] != 1 else "running"
    yield f"{clock['now']} {'frozen' if clock['mode'] == 'frozen' else running}"


def format_move(move: dict[str, Any], unperformed: Iterable[dict[str, Any]] = ()) -> Iterator[str]:
    """Format the jobs that fell due during a move of the clock, then the new time."""
    yield from map(format_job, sorted([*move["fired"], *unperformed], key=lambda job: str(job["due"])))
    is_busy = move.get("idle") is False
    yield f"now {move['now']}{': not idle yet' if is_busy else ''}"


def format_job(job: dict[str, Any]) -> str:
    """Format a job in one line."""
    revision = f" of revision {job['generation']}" if job["generation"] else ""
    return f"{job['due']} {job['state']} {job['kind']} {job['subject']}{revision}".rstrip()


def _move(arguments: argparse.Namespace, path: str, body: object = None) -> None:
    if arguments.json:
        output.print_result(arguments, server_options.call_control_api(arguments, path, "POST", body), format_move)
        return
    before = server_options.call_control_api(arguments, "/clock")["now"]
    move = server_options.call_control_api(arguments, path, "POST", body)
    output.print_lines(format_move(move, _list_unperformed(arguments, before, move)))


def _list_unperformed(arguments: argparse.Namespace, before: str, move: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the jobs that fell due during a move of the clock but were not performed, because of a fault."""
    jobs = server_options.call_control_api(arguments, "/jobs")
    passed = [job for job in jobs if before < job["due"] <= move["now"] and job not in move["fired"]]
    return [job for job in passed if job["state"] in UNPERFORMED]


def _set(arguments: argparse.Namespace, changes: dict[str, object]) -> None:
    output.print_result(arguments, server_options.call_control_api(arguments, "/clock", "PUT", changes), format_clock)
