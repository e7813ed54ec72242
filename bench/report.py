"""Write the results of a run as bench/RESULTS.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import idle, refusals, starts
from bench.cases import (
    CASES,
    DAILY_REVENUE,
    MAX_MEMORY_MIB,
    MAX_REFUSAL_RATIO,
    MAX_START_RATIO,
    MAX_WORKSPACE_KIB,
    MAX_WORKSPACE_MILLISECONDS,
    MIN_JOURNAL_SHARE,
    Case,
)
from bench.peers import HELLO_NAME, OUR_SERVER, PEERS, PEERS_TO_BEAT, RAW_SERVER, Server
from bench.workspaces import MAKE, STATUS, STEPS, WORKSPACE_COUNT, WorkspaceCost
from bench.wrk import CONNECTIONS, CaseSummary

SAME_RANGE_NOTE = "Each request asks for the same range, so our server computes the days once and caches them."
BOLD_NAMES = {OUR_SERVER: f"**{OUR_SERVER.name}**"}


@dataclass(slots=True)
class Results:
    """The results of a run. `absence_reasons` says why a server could not be measured."""

    machine: dict[str, str]
    rounds: int
    seconds: int
    workspace: WorkspaceCost
    journal: idle.JournalCost
    refusal: refusals.RefusalCost
    days: int = 0
    sizes: dict[Case, int] = field(default_factory=dict)
    our_starts: list[float] = field(default_factory=list)
    hello_starts: list[float] = field(default_factory=list)
    starts: dict[Server, list[float]] = field(default_factory=dict)
    idle: dict[Server, float] = field(default_factory=dict)
    loaded: dict[Server, float] = field(default_factory=dict)
    summaries: dict[Case, dict[Server, CaseSummary]] = field(default_factory=dict)
    absence_reasons: dict[Server, str] = field(default_factory=dict)


def render(results: Results) -> str:
    """Return the whole report."""
    sections = [
        "# Benchmarks: speed, start and memory",
        "Written by `make bench` (`.venv/bin/python -m bench.run`). Run it for the numbers of your own machine.",
        _method(results),
        "## Targets",
        format_table(["target", "measured", "met"], _targets(results)),
        *(part for case in CASES for part in _case_section(results, case)),
        "## Start and memory",
        _start_and_memory(results),
        "## A workspace",
        _workspace(results),
        "## The cost of the journal",
        _journal(results),
        "## The machine",
        format_table(["part", "value"], results.machine.items()),
        "## The servers",
        format_table(["server", "version", "how it is started"], _servers(results)),
    ]
    if results.absence_reasons:
        reasons = ((peer.name, reason) for peer, reason in results.absence_reasons.items())
        sections += ["## Not measured", format_table(["server", "reason"], reasons)]
    return "\n\n".join(sections) + "\n"


def _method(results: Results) -> str:
    return (
        f"All servers run at the same time on core 0. wrk on core 1 loads one of them at a time, with {CONNECTIONS} "
        f"connections, in {results.rounds} rounds of {results.seconds} s over all servers after a warm-up. Numbers are "
        "medians of the rounds. *Raw ASGI* is the upper limit: it sends stored copies of our responses, on the same "
        "uvicorn with the same options. *Of raw* is the rate divided by that of raw ASGI in the same round, with the "
        "lowest and the highest value. *Busy* is the fraction of the time in which the server used its core. "
        "If it is well below 100 %, something else was the limit, such as the load tool, and *of raw* is too high for "
        "a server slower than raw ASGI. *By CPU* compares CPU time per request instead of rates, which avoids both "
        "problems. Before the measurement, each server was checked to return the same content as ours for each case. "
        "Latencies are measured under full load. Compare ratios, not absolute numbers."
    )


def _targets(results: Results) -> Iterable[Sequence[str]]:
    for case in CASES:
        yield _share_row(results, case)
    for peer in PEERS:
        if peer.name in PEERS_TO_BEAT:
            yield _peer_row(results, peer)
    ratio = starts.median_ratio(results.our_starts, results.hello_starts)
    title = f"start until the first data: at most {MAX_START_RATIO} × the start of {HELLO_NAME}"
    yield title, f"{ratio:.2f} ×", _yes_or_no(ratio <= MAX_START_RATIO)
    mib = results.loaded[OUR_SERVER]
    yield f"memory after load: under {MAX_MEMORY_MIB:.0f} MiB", f"{mib:.0f} MiB", _yes_or_no(mib < MAX_MEMORY_MIB)
    make_milliseconds, kib = results.workspace.median(MAKE), results.workspace.kib
    yield (
        f"creating a workspace: under {MAX_WORKSPACE_MILLISECONDS:.0f} ms",
        f"{make_milliseconds:.2f} ms",
        _yes_or_no(make_milliseconds < MAX_WORKSPACE_MILLISECONDS),
    )
    yield _journal_row(results)
    yield (
        f"refusing 1 MiB of unknown members: at most {MAX_REFUSAL_RATIO:.0f} × the CPU of reading it",
        f"{results.refusal.ratio:.2f} × ({results.refusal.refusal:.0f} ms and {results.refusal.reading:.0f} ms)",
        _yes_or_no(results.refusal.ratio <= MAX_REFUSAL_RATIO),
    )
    yield (
        f"an unchanged workspace: under {MAX_WORKSPACE_KIB:.0f} KiB",
        f"{kib:.0f} KiB",
        _yes_or_no(kib < MAX_WORKSPACE_KIB),
    )
    errors = sum(results.summaries[case][OUR_SERVER].errors for case in CASES)
    yield "no request fails under load", f"{errors} failed", _yes_or_no(errors == 0)


def _journal_row(results: Results) -> tuple[str, str, str]:
    shares = [results.journal.cpu_share(case) for case in CASES]
    title = f"with a journal: at least {MIN_JOURNAL_SHARE:.2f} of the rate without one, by CPU time"
    return title, " · ".join(f"{share:.3f}" for share in shares), _yes_or_no(min(shares) >= MIN_JOURNAL_SHARE)


def _share_row(results: Results, case: Case) -> tuple[str, str, str]:
    ours, raw = results.summaries[case][OUR_SERVER], results.summaries[case][RAW_SERVER]
    title = f"{case.title}: at least {case.min_share:.2f} of the rate of raw ASGI"
    measured = f"{ours.share:.3f}; by CPU {ours.cpu_share:.3f} (raw ASGI was {100 * raw.busy:.0f} % busy)"
    if ours.share >= case.min_share > ours.cpu_share:
        return title, measured, "yes by rate, **no** by CPU"
    return title, measured, _yes_or_no(ours.share >= case.min_share)


def _peer_row(results: Results, peer: Server) -> tuple[str, str, str]:
    title = f"faster than {peer.name} in all three cases"
    if peer in results.absence_reasons:
        return title, "not measured", "not known"
    ratios = [summaries[OUR_SERVER].rate / summaries[peer].rate for summaries in results.summaries.values()]
    return title, " · ".join(f"{ratio:.1f} ×" for ratio in ratios), _yes_or_no(min(ratios) > 1)


def _yes_or_no(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def _case_section(results: Results, case: Case) -> tuple[str, str, str]:
    note = f"The size of the response is {results.sizes[case]:,} bytes"
    note += f", {results.days} days. {SAME_RANGE_NOTE}" if case is DAILY_REVENUE else "."
    headings = [
        "server",
        "requests/s",
        "of raw",
        "lowest to highest",
        "busy, %",
        "CPU µs/request",
        "of raw by CPU",
        "p50, ms",
        "p99, ms",
        "failed",
    ]
    rows = [
        (
            BOLD_NAMES.get(server, server.name),
            f"{summary.rate:,.0f}",
            f"{summary.share:.3f}",
            f"{summary.lowest_share:.3f} to {summary.highest_share:.3f}",
            f"{100 * summary.busy:.0f}",
            f"{summary.cpu:.0f}",
            f"{summary.cpu_share:.3f}",
            f"{summary.p50:.2f}",
            f"{summary.p99:.2f}",
            str(summary.errors),
        )
        for server, summary in sorted(results.summaries[case].items(), key=lambda pair: -pair[1].rate)
    ]
    return f"## {case.title}", note, format_table(headings, rows)


def _start_and_memory(results: Results) -> str:
    seconds = {OUR_SERVER: results.our_starts} | results.starts
    rows = [
        (
            BOLD_NAMES.get(server, server.name),
            f"{median(seconds[server]):.2f}",
            f"{results.idle[server]:.0f}",
            f"{results.loaded[server]:.0f}",
        )
        for server in results.loaded
    ]
    rows.append((HELLO_NAME, f"{median(results.hello_starts):.2f}", "–", "–"))
    return format_table(["server", "start to first data, s", "MiB idle", "MiB after load"], rows) + (
        "\n\nOurs: the time from its start until it has answered `POST /auth` and the first request for campaign "
        f"results, with warm bytecode caches; {len(results.our_starts)} starts, alternating with "
        "starts of the hello-world. The others: the time until the first 200."
    )


def _workspace(results: Results) -> str:
    cost = results.workspace
    rows = [
        (
            step,
            f"{cost.median(step):.2f}",
            f"{cost.p99(step):.2f}",
            "1.0" if step == STATUS else f"{cost.status_ratio(step):.1f}",
        )
        for step in STEPS
    ]
    starts_each = median(results.our_starts) * 1000 / cost.median(MAKE)
    return format_table(["step", "p50, ms", "p99, ms", f"of {STATUS}"], rows) + (
        f"\n\n{WORKSPACE_COUNT} workspaces were created, used and deleted one after another on one connection, after a "
        f"first one that loaded the world. The ratio is relative to {STATUS} in the same cycle. Creating a workspace "
        f"is {starts_each:,.0f} × as fast as starting a server and reading data. Of {WORKSPACE_COUNT} unchanged "
        f"workspaces at the same time, each takes {cost.kib:.0f} KiB of resident memory."
    )


def _journal(results: Results) -> str:
    cost = results.journal
    rows = [
        (
            case.title,
            f"{median(pair.journal.rate for pair in cost.rounds[case]):,.0f}",
            f"{median(pair.without.rate for pair in cost.rounds[case]):,.0f}",
            f"{cost.share(case):.3f}",
            f"{cost.cpu_share(case):.3f}",
        )
        for case in CASES
    ]
    headings = ["case", "requests/s with a journal", "without a journal", "ratio", "ratio by CPU time"]
    return format_table(headings, rows) + (
        "\n\nTwo of our servers run at the same time, one of them with `--journal 0`. They are loaded right after each "
        "other in each round. Neither has a fault rule; the cost of looking for one is in both rates."
    )


def _servers(results: Results) -> Iterable[Sequence[str]]:
    for server in (OUR_SERVER, RAW_SERVER, *PEERS):
        yield server.name, server.version(), server.how_started


def format_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
