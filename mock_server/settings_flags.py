"""The settings of a server, each as a flag and as an environment variable.

`mock-server serve` reads both. If uvicorn starts the application (`uvicorn --factory mock_server.app:create_app`), only
the environment is read.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mock_server import flags
from mock_server.flags import CommandParser, Flags

if TYPE_CHECKING:
    from mock_server.settings import ConnectionLimits, Settings


def read_environment(environment: Mapping[str, str]) -> "Settings":
    """Read the settings from the MOCK_SERVER_ variables. If one is invalid, print one line and exit with 2."""
    parser = CommandParser("mock_server")
    add_flags(Flags(parser, flags.select_variables(environment)))
    return to_settings(parser.parse_args([]))


def add_flags(options: Flags) -> None:
    """Add a flag for every setting."""
    _add_address_flags(options)
    _add_clock_flags(options)
    _add_world_flags(options)
    add_storage_flags(options)
    _add_state_flags(options)
    _add_capacity_flags(options)
    _add_behaviour_flags(options)
    _add_operating_flags(options)


def _add_address_flags(options: Flags) -> None:
    host_help = "address to listen on; localhost is 127.0.0.1 and ::1 (default: %(default)s)"
    options.add("--host", "127.0.0.1", type=flags.parse_host, help=host_help)
    port_help = "port to listen on; 0 selects a free one (default: %(default)s)"
    options.add("--port", "8080", type=flags.parse_port, help=port_help)
    _add_connection_flags(options)


def _add_connection_flags(options: Flags) -> None:
    count_help = "how many connections may be open at once (default: %(default)s)"
    options.add("--max-connections", "1000", type=flags.parse_connection_count, metavar="N", help=count_help)
    head_help = "maximum size of a request line and its headers together (default: %(default)s)"
    options.add("--max-head", "32", type=flags.parse_head_size, metavar="KIB", help=head_help)
    file_help = "maximum size of an uploaded file, with the form that contains it (default: %(default)s)"
    options.add("--max-file-size", "16", type=flags.parse_file_size, metavar="MIB", help=file_help)
    for flag, default, description in (
        ("--keep-alive", "75", "how long an idle connection stays open"),
        ("--head-timeout", "10", "how long a client may take to send a request line and its headers"),
        ("--body-idle-timeout", "30", "how long a client may pause while it sends a body"),
        ("--body-timeout", "300", "how long a client may take to send a body"),
        ("--shutdown-timeout", "5", "how long requests that have begun may take when the server stops"),
    ):
        options.add(
            flag, default, type=flags.parse_seconds, metavar="SECONDS", help=f"{description} (default: %(default)s)"
        )


def _add_clock_flags(options: Flags) -> None:
    options.add("--clock", "running", choices=("running", "frozen"), help="mode of the clock (default: %(default)s)")
    now_help = "time at which the clock starts (default: the current time)"
    options.add("--now", None, type=flags.parse_start_time, metavar="ISO", help=now_help)
    speed_help = "seconds of the clock for each second of real time (default: %(default)s)"
    options.add("--speed", "1", type=flags.parse_speed, help=speed_help)
    timing_help = "whether jobs take seconds (quick) or minutes (faithful) (default: %(default)s)"
    options.add("--timing", "quick", choices=("quick", "faithful"), help=timing_help)


def _add_world_flags(options: Flags) -> None:
    world_help = "the sample world, or a folder of CSV files (default: %(default)s)"
    options.add("--world", "sample", metavar="sample|DIR", help=world_help)
    seed_help = "seed of the sample world and of ids (default: %(default)s)"
    options.add("--seed", "1", type=flags.parse_seed, metavar="N", help=seed_help)


def add_storage_flags(options: Flags) -> None:
    """Add the flags that name a database."""
    data_help = "keep the state in this SQLite file (default: in memory)"
    options.add("--data", None, type=Path, metavar="FILE", help=data_help)
    url_help = "keep the state in this PostgreSQL database, which several servers can share"
    options.add("--database-url", None, type=flags.parse_database_url, metavar="postgresql://…", help=url_help)
    workers_help = "how many processes serve; more than one need --database-url (default: %(default)s)"
    options.add("--workers", "1", type=flags.parse_worker_count, metavar="N", help=workers_help)


def _add_state_flags(options: Flags) -> None:
    snapshot_help = "snapshot with which the default workspace starts; may be absent if --save-on-exit names it too"
    options.add("--snapshot", None, type=Path, metavar="FILE", help=snapshot_help)
    save_help = "file to which the state of the default workspace is saved when the server stops"
    options.add("--save-on-exit", None, type=Path, metavar="FILE", help=save_help)


def _add_capacity_flags(options: Flags) -> None:
    workspaces_help = "how many workspaces can exist in addition to the default one (default: %(default)s)"
    options.add("--max-workspaces", "256", type=flags.parse_count, metavar="N", help=workspaces_help)
    streams_help = "how many streams of events (GET /_mock/stream) may be open at once (default: %(default)s)"
    options.add("--max-streams", "64", type=flags.parse_count, metavar="N", help=streams_help)
    journal_help = "how many requests the journal of each workspace keeps; 0 disables it (default: %(default)s)"
    options.add("--journal", "1000", type=flags.parse_journal_size, metavar="N", help=journal_help)
    memory_help = "how many MiB the journals of all workspaces hold together (default: %(default)s)"
    options.add("--journal-memory", "64", type=flags.parse_mebibytes, metavar="MIB", help=memory_help)
    options.add(
        "--rate-limits",
        "none",
        type=flags.parse_rate_limits,
        metavar="none|documented|READS,WRITES,SIGN_INS",
        help="requests a minute: reads and writes of each partner, sign-ins from each address (default: %(default)s)",
    )


def _add_documentation_flags(options: Flags) -> None:
    from mock_server.state import documentation, quirks

    documentation_help = "generation of the vendor's documentation to follow (default: %(default)s)"
    options.add(
        "--documentation",
        documentation.DEFAULT_DOCUMENTATION,
        choices=documentation.GENERATIONS,
        help=documentation_help,
    )
    effects = "; ".join(f"{name}: {quirks.QUIRK_DESCRIPTIONS[name]}" for name in quirks.QUIRK_NAMES)
    quirk_help = (
        "enable an alternative documented behaviour, or disable it with =false, regardless of --documentation; can be "
        f"repeated. {effects}"
    )
    options.add_repeatable("--quirk", flags.parse_quirk, "NAME[=false]", quirk_help)


def _add_behaviour_flags(options: Flags) -> None:
    options.add_switch("--cors", "allow requests from browsers (CORS); the platform does not")
    allowed_help = (
        "another name that requests may have in their Host header, without port; can be repeated; * allows all "
        "(default: loopback names only if --host is loopback, otherwise all)"
    )
    options.add_repeatable("--allowed-host", flags.parse_allowed_host, "NAME", allowed_help)
    _add_documentation_flags(options)
    options.add(
        "--control-token",
        None,
        metavar="TOKEN",
        help="token that control requests must send; if there is none, they are refused unless --host is loopback",
    )
    options.add(
        "--sample-password",
        None,
        metavar="TEXT",
        help="password of the sample users (default: wavetank on loopback; on other hosts, there are no sample users)",
    )
    secrets_help = "folder in which a control token and a sample password are made and kept, unless they are set"
    options.add("--secrets-dir", None, type=Path, metavar="DIR", help=secrets_help)


def _add_operating_flags(options: Flags) -> None:
    options.add_switch("--metrics", "report metrics at /_mock/metrics; needs wavetank[metrics]")
    options.add("--log", "text", choices=("text", "json"), help="format of the log (default: %(default)s)")
    options.add_switch("--access-log", "log each request in one line")
    options.add_switch("--json", "print the addresses and the users as one line of JSON instead of the start message")
    options.add_switch("--stop-with-stdin", "stop when standard input ends, as it does when the parent process ends")


def to_settings(arguments: argparse.Namespace) -> "Settings":
    """Convert the parsed flags to settings."""
    from mock_server.settings import Settings

    return Settings(
        host=arguments.host,
        port=arguments.port,
        clock_mode=arguments.clock,
        now=arguments.now,
        speed=arguments.speed,
        timing=arguments.timing,
        world_folder=None if arguments.world == "sample" else Path(arguments.world),
        seed=arguments.seed,
        snapshot_file=arguments.snapshot,
        save_on_exit=arguments.save_on_exit,
        cors=arguments.cors,
        allowed_hosts=tuple(arguments.allowed_host),
        documentation=arguments.documentation,
        quirks=dict(arguments.quirk),
        control_token=arguments.control_token or None,
        sample_password=arguments.sample_password or None,
        secrets_dir=arguments.secrets_dir,
        limits=arguments.rate_limits,
        max_workspaces=arguments.max_workspaces,
        max_streams=arguments.max_streams,
        journal_capacity=arguments.journal,
        journal_bytes=arguments.journal_memory,
        keep_alive=arguments.keep_alive,
        data=arguments.data,
        database_url=arguments.database_url,
        shutdown_timeout=arguments.shutdown_timeout,
        workers=arguments.workers,
        metrics=arguments.metrics,
        log_format=arguments.log,
        access_log=arguments.access_log,
        json_start=arguments.json,
        stop_with_stdin=arguments.stop_with_stdin,
        connection_limits=_to_connection_limits(arguments),
        max_file_bytes=arguments.max_file_size,
    )


def _to_connection_limits(arguments: argparse.Namespace) -> "ConnectionLimits":
    from mock_server.settings import ConnectionLimits

    return ConnectionLimits(
        connections=arguments.max_connections,
        head_bytes=arguments.max_head,
        head_seconds=arguments.head_timeout,
        body_idle_seconds=arguments.body_idle_timeout,
        body_seconds=arguments.body_timeout,
    )
