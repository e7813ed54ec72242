"""The report: bench/RESULTS.md from what a run has seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import idle, starts
from bench.cases import (
    CASES,
    DAILY_REVENUE,
    IDLE_SHARE,
    MOST_KIB,
    MOST_MIB,
    SLOWEST_START,
    SLOWEST_WORKSPACE,
    Case,
)
from bench.load import CONNECTIONS, Measured
from bench.peers import HELLO, MUST_BE_BEATEN, OUR_SERVER, PEERS, RAW_SERVER, Server
from bench.workspaces import MADE, MANY, STATUS, STEPS, Cost

SAME_RANGE = "Each request asks for the same range: our server works its days out once and keeps them."
NAME = {OUR_SERVER: f"**{OUR_SERVER.name}**"}


@dataclass(slots=True)
class Results:
    """What a run has seen; `absent` says why a peer could not take part."""

    machine: dict[str, str]
    rounds: int
    seconds: int
    workspace: Cost
    journal: idle.Cost
    days: int = 0
    sizes: dict[Case, int] = field(default_factory=dict)
    our_starts: list[float] = field(default_factory=list)
    hello_starts: list[float] = field(default_factory=list)
    starts: dict[Server, list[float]] = field(default_factory=dict)
    idle: dict[Server, float] = field(default_factory=dict)
    loaded: dict[Server, float] = field(default_factory=dict)
    measured: dict[Case, dict[Server, Measured]] = field(default_factory=dict)
    absent: dict[Server, str] = field(default_factory=dict)


def written(results: Results) -> str:
    """The whole report."""
    sections = [
        "# Side by side: speed, start and memory",
        "Written by `make bench` (`.venv/bin/python -m bench.run`); run it again for numbers of your own machine.",
        _method(results),
        "## Targets",
        _table(["target", "measured", "met"], _targets(results)),
        *(part for case in CASES for part in _case(results, case)),
        "## Start and memory",
        _start_and_memory(results),
        "## A workspace",
        _workspace(results),
        "## Journal and faults, idle",
        _journal(results),
        "## The machine",
        _table(["what", "which"], results.machine.items()),
        "## The servers",
        _table(["server", "version", "how it is started"], _servers(results)),
    ]
    if results.absent:
        reasons = ((peer.name, reason) for peer, reason in results.absent.items())
        sections += ["## Left out", _table(["server", "why"], reasons)]
    return "\n\n".join(sections) + "\n"


def _method(results: Results) -> str:
    return (
        f"All servers stand at once, each on core 0; wrk on core 1 loads one at a time, {CONNECTIONS} connections, "
        f"{results.rounds} rounds of {results.seconds} s over all servers after a warm-up. Medians of the rounds; "
        "*of raw* is the median of the ratios to the raw answer in the same round (lowest to highest beside it). "
        "*Busy* is the part of the time that the server ran: well under 100, the load tool or the machine's other work "
        "was the limit, and *of raw* flatters whoever is slower than the raw answer. *By CPU* is the same ratio, of "
        "CPU time a request in place of the rate, and has neither fault. The raw answer is the limit: the very bytes "
        "that our server answered, kept, on the same uvicorn with the same options. Each server was seen to answer "
        "each case with our content before it was measured. Latencies are those under full load. "
        "Read ratios, not absolutes."
    )


def _targets(results: Results) -> Iterable[Sequence[str]]:
    for case in CASES:
        yield _share_of_raw(results, case)
    for peer in PEERS:
        if peer.name in MUST_BE_BEATEN:
            yield _ahead_of(results, peer)
    ratio = starts.ratio(results.our_starts, results.hello_starts)
    title = f"start to the first data GET: at most {SLOWEST_START} × {HELLO}'s first 200"
    yield title, f"{ratio:.2f} ×", _met(ratio <= SLOWEST_START)
    mib = results.loaded[OUR_SERVER]
    yield f"resident after load: under {MOST_MIB:.0f} MiB", f"{mib:.0f} MiB", _met(mib < MOST_MIB)
    made, kib = results.workspace.median(MADE), results.workspace.kib
    yield f"making a workspace: under {SLOWEST_WORKSPACE:.0f} ms", f"{made:.2f} ms", _met(made < SLOWEST_WORKSPACE)
    yield _journal_target(results)
    yield f"an unchanged workspace: under {MOST_KIB:.0f} KiB", f"{kib:.0f} KiB", _met(kib < MOST_KIB)
    errors = sum(results.measured[case][OUR_SERVER].errors for case in CASES)
    yield "no failed request under load", f"{errors} failed", _met(errors == 0)


def _journal_target(results: Results) -> tuple[str, str, str]:
    shares = [results.journal.cpu_share(case) for case in CASES]
    title = f"journal and faults, idle: at least {IDLE_SHARE:.2f} of the rate without, by CPU"
    return title, " · ".join(f"{share:.3f}" for share in shares), _met(min(shares) >= IDLE_SHARE)


def _share_of_raw(results: Results, case: Case) -> tuple[str, str, str]:
    ours, raw = results.measured[case][OUR_SERVER], results.measured[case][RAW_SERVER]
    title = f"{case.title}: at least {case.share:.2f} of raw's rate"
    seen = f"{ours.share:.3f}; by CPU {ours.cpu_share:.3f} (raw was {100 * raw.busy:.0f} % busy)"
    if ours.share >= case.share > ours.cpu_share:
        return title, seen, "yes by rate, **no** by CPU"
    return title, seen, _met(ours.share >= case.share)


def _ahead_of(results: Results, peer: Server) -> tuple[str, str, str]:
    title = f"ahead of {peer.name} on all three"
    if peer in results.absent:
        return title, "not measured", "not known"
    times = [seen[OUR_SERVER].rate / seen[peer].rate for seen in results.measured.values()]
    return title, " · ".join(f"{time:.1f} ×" for time in times), _met(min(times) > 1)


def _met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def _case(results: Results, case: Case) -> tuple[str, str, str]:
    note = f"The answer has {results.sizes[case]:,} bytes"
    note += f", {results.days} days. {SAME_RANGE}" if case is DAILY_REVENUE else "."
    heads = [
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
            NAME.get(server, server.name),
            f"{seen.rate:,.0f}",
            f"{seen.share:.3f}",
            f"{seen.lowest_share:.3f} to {seen.highest_share:.3f}",
            f"{100 * seen.busy:.0f}",
            f"{seen.cpu:.0f}",
            f"{seen.cpu_share:.3f}",
            f"{seen.p50:.2f}",
            f"{seen.p99:.2f}",
            str(seen.errors),
        )
        for server, seen in sorted(results.measured[case].items(), key=lambda pair: -pair[1].rate)
    ]
    return f"## {case.title}", note, _table(heads, rows)


def _start_and_memory(results: Results) -> str:
    seconds = {OUR_SERVER: results.our_starts} | results.starts
    rows = [
        (
            NAME.get(server, server.name),
            f"{median(seconds[server]):.2f}",
            f"{results.idle[server]:.0f}",
            f"{results.loaded[server]:.0f}",
        )
        for server in results.loaded
    ]
    rows.append((HELLO, f"{median(results.hello_starts):.2f}", "–", "–"))
    return _table(["server", "spawn to first data, s", "MiB idle", "MiB after load"], rows) + (
        f"\n\nOurs: spawn, `POST /auth`, the first campaign results, {len(results.our_starts)} starts in turn with the "
        f"hello-world's, bytecode caches warm. The others: spawn to the first 200."
    )


def _workspace(results: Results) -> str:
    seen = results.workspace
    rows = [
        (
            step,
            f"{seen.median(step):.2f}",
            f"{seen.p99(step):.2f}",
            "1.0" if step == STATUS else f"{seen.of_status(step):.1f}",
        )
        for step in STEPS
    ]
    starts_each = median(results.our_starts) * 1000 / seen.median(MADE)
    return _table(["step", "p50, ms", "p99, ms", f"of {STATUS}"], rows) + (
        f"\n\n{MANY} workspaces in turn on one connection, after a first one that has the world loaded; each weighs "
        f"{seen.kib:.0f} KiB of resident memory while unchanged, of {MANY} at once. The ratio is to {STATUS} in the "
        f"same turn. Making one is {starts_each:,.0f} × as fast as starting a server to the first data."
    )


def _journal(results: Results) -> str:
    seen = results.journal
    rows = [
        (
            case.title,
            f"{median(pair.journal.rate for pair in seen.rounds[case]):,.0f}",
            f"{median(pair.without.rate for pair in seen.rounds[case]):,.0f}",
            f"{seen.share(case):.3f}",
            f"{seen.cpu_share(case):.3f}",
        )
        for case in CASES
    ]
    heads = ["case", "requests/s as it starts", "without a journal", "of that", "of that by CPU"]
    return _table(heads, rows) + (
        "\n\nTwo of our servers stand at once, one started with `--journal 0`, and are loaded right after each other "
        "in each round. Neither has a fault set: what asking for them costs is in both."
    )


def _servers(results: Results) -> Iterable[Sequence[str]]:
    for server in (OUR_SERVER, RAW_SERVER, *PEERS):
        yield server.name, server.version(), server.how


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
