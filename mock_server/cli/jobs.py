"""The commands `wavetank jobs`, `wavetank reset` and `wavetank rewind`."""

import argparse
from collections.abc import Iterator
from typing import Any

from mock_server import flags
from mock_server.cli import clock, output, server_options
from mock_server.flags import Commands, Flags

STATES = ("pending", "done", "superseded", "failed", "missed", "delayed")


def declare(commands: Commands) -> None:
    """Add the commands with their flags."""
    jobs_options = commands.add("jobs", list_jobs, "list the jobs of a workspace: past ones, then pending ones")
    jobs_options.add("--state", None, choices=STATES, help="only the jobs in this state")
    _add_flags(jobs_options)
    reset_options = commands.add("reset", reset, "reset a workspace to its initial state; its tokens become invalid")
    _add_reset_flags(reset_options)
    _add_flags(reset_options)
    rewind_options = commands.add("rewind", rewind, "return to a checkpoint of a workspace, and keep its tokens")
    rewind_help = "the last checkpoint at or before this time is taken; see checkpoint list"
    rewind_options.add_positional("time", rewind_help, type=flags.parse_start_time)
    _add_flags(rewind_options)


def _add_reset_flags(options: Flags) -> None:
    from mock_server.state import documentation

    options.add("--seed", None, type=flags.parse_seed, metavar="N", help="seed of the world (default: as before)")
    now_help = "time at which the clock starts (default: as before)"
    options.add("--now", None, type=flags.parse_start_time, metavar="ISO", help=now_help)
    options.add("--mode", None, choices=("running", "frozen"), help="mode of the clock (default: the initial one)")
    documentation_help = "generation of the vendor's documentation to follow (default: the initial one)"
    options.add("--documentation", None, choices=documentation.GENERATIONS, help=documentation_help)


def _add_flags(options: Flags) -> None:
    server_options.add_workspace_flags(options)
    server_options.add_json_switch(options)


def list_jobs(arguments: argparse.Namespace) -> None:
    """Print the jobs. Raises CommandError."""
    jobs = server_options.call_control_api(arguments, "/jobs")
    selected = [job for job in jobs if arguments.state in (None, job["state"])]
    output.print_result(arguments, selected, lambda listed: map(clock.format_job, listed))


def reset(arguments: argparse.Namespace) -> None:
    """Reset a workspace, and print its status. Raises CommandError."""
    request = {
        "seed": arguments.seed,
        "now": arguments.now and arguments.now.isoformat(),
        "mode": arguments.mode,
        "documentation": arguments.documentation,
    }
    changes = {name: value for name, value in request.items() if value is not None}
    output.print_result(arguments, server_options.call_control_api(arguments, "/reset", "POST", changes), format_status)


def format_status(status: dict[str, Any]) -> Iterator[str]:
    """Format the status of a workspace that was reset."""
    time = next(clock.format_clock(status["clock"]))
    yield f"reset to {time}, with the world of seed {status['seed']}"


def rewind(arguments: argparse.Namespace) -> None:
    """Return to a checkpoint, and print its time. Raises CommandError."""
    body = {"to": arguments.time.isoformat()}
    output.print_result(arguments, server_options.call_control_api(arguments, "/rewind", "POST", body), format_rewind)


def format_rewind(rewound: dict[str, Any]) -> Iterator[str]:
    """Format the time after a rewind."""
    yield f"now {rewound['now']}"
