"""The command `python -m bench.run`: start the servers, measure them side by side, and write bench/RESULTS.md."""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import client, idle, install, machine, processes, refusals, report, starts, workspaces, wrk
from bench.cases import CASES, DAILY_REVENUE, Case
from bench.client import PREFIX, RequestFailedError
from bench.documents import ResponseByCase
from bench.peers import OUR_SERVER, PEERS, RAW_SERVER, Server
from bench.processes import RunningServer, StartError
from bench.report import Results
from bench.wrk import LoadError, Sample

WARM_UP = 3
"""Seconds of warm-up for each case and server, in which the JVM and V8 compile the code that runs often."""
PEER_START_COUNT = 3


def main() -> None:
    """Run the whole benchmark."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    install.install_wrk()
    install.install_peers()
    processes.use_load_core()
    with tempfile.TemporaryDirectory() as home:
        try:
            results = run_bench(options, Path(home))
        except (StartError, RequestFailedError, LoadError) as failure:
            sys.exit(f"bench: our server cannot be measured: {failure}")
    text = report.render(results)
    options.out.write_text(text)
    print(text)


def run_bench(options: argparse.Namespace, home: Path) -> Results:
    """Measure startup times on an idle machine, then all servers under load. Raises StartError, RequestFailedError."""
    machine_facts = machine.describe()
    log_progress("measuring the cost of a workspace")
    workspace_cost = workspaces.measure_cost(home)
    log_progress("measuring the cost of the journal")
    journal_cost = idle.measure_cost(home, options.rounds, options.seconds)
    log_progress("a refusal's cost")
    refusal_cost = refusals.measure_cost(home)
    results = Results(machine_facts, options.rounds, options.seconds, workspace_cost, journal_cost, refusal_cost)
    log_progress(f"our start and the hello-world's, {options.starts} times alternating")
    results.our_starts, results.hello_starts = starts.compare_with_hello(options.starts, home)
    with ExitStack() as exit_stack:
        running = {OUR_SERVER: start_and_check(OUR_SERVER, home, {}, exit_stack)}
        responses = collect_responses(running[OUR_SERVER])
        results.days = len(responses[DAILY_REVENUE].json["daily"])
        results.sizes = {case: len(response.body) for case, response in responses.items()}
        running[RAW_SERVER] = start_and_check(RAW_SERVER, home, responses, exit_stack)
        for peer in PEERS:
            try:
                results.starts[peer] = measure_peer_starts(peer, home, responses)
                running[peer] = start_and_check(peer, home, responses, exit_stack)
            except (StartError, RequestFailedError) as failure:
                results.starts.pop(peer, None)
                results.absence_reasons[peer] = str(failure)
                log_progress(f"{peer.name} is left out: {failure}")
        results.idle = {server: server_process.memory_mib() for server, server_process in running.items()}
        measure_under_load(running, options, results)
        results.machine["Load average at the end"] = machine.load_average()
        results.loaded = {server: served.memory_mib() for server, served in running.items()}
    results.starts[RAW_SERVER] = starts.measure_starts(RAW_SERVER, PEER_START_COUNT, home, responses)
    return results


def measure_peer_starts(peer: Server, home: Path, responses: ResponseByCase) -> list[float]:
    """Return the times of some starts of another server.

    Raises StartError, for example if the server is not installed.
    """
    reason = peer.missing_reason()
    if reason is not None:
        raise StartError(reason)
    log_progress(f"starts of {peer.name}")
    return starts.measure_starts(peer, PEER_START_COUNT, home, responses)


def start_and_check(server: Server, home: Path, responses: ResponseByCase, exit_stack: ExitStack) -> RunningServer:
    """Start a server and compare its responses with ours. Raises StartError, RequestFailedError."""
    log_progress(f"starting {server.name}")
    port = processes.free_port()
    server_process = processes.start(server.command(port, home, responses), port, server.probe, home)
    exit_stack.callback(processes.stop, server_process.process)
    for case, response in responses.items():
        if client.send_case(port, case, server.prefix, server_process.token).json != response.json:
            raise RequestFailedError(f"its response to {case.title} differs from ours")
    return server_process


def collect_responses(ours: RunningServer) -> ResponseByCase:
    """Return our server's response to each case. Raises RequestFailedError."""
    client.ensure_row_count(ours.port, ours.token)
    return {case: client.send_case(ours.port, case, PREFIX, ours.token) for case in CASES}


def measure_under_load(running: dict[Server, RunningServer], options: argparse.Namespace, results: Results) -> None:
    """Warm up every server with every case, then measure each case. Raises LoadError if raw ASGI or ours fails."""
    for case in CASES:
        log_progress(f"{case.title}: warm-up")
        _measure_round(case, WARM_UP, running, results)
    for case in CASES:
        rounds = []
        for turn in range(options.rounds):
            log_progress(f"{case.title}: round {turn + 1} of {options.rounds}")
            rounds.append(_measure_round(case, options.seconds, running, results))
        raw = [samples[RAW_SERVER] for samples in rounds]
        results.summaries[case] = {
            server: wrk.summarize([samples[server] for samples in rounds], raw) for server in running
        }


def _measure_round(
    case: Case, seconds: int, running: dict[Server, RunningServer], results: Results
) -> dict[Server, Sample]:
    """Take one sample of each server; ours and raw ASGI are next to each other. A server that fails is left out."""
    samples = {}
    for server in list(running):
        try:
            samples[server] = wrk.run_wrk(running[server], case, server.prefix, seconds)
        except LoadError as failure:
            if server in (OUR_SERVER, RAW_SERVER):
                raise
            del running[server]
            results.absence_reasons[server] = f"{case.title}: {failure}"
    return samples


def log_progress(text: str) -> None:
    """Print what the benchmark is doing."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, choices=range(1, 51), metavar="N", help="default: 7")
    parser.add_argument(
        "--seconds", type=int, default=2, choices=range(1, 61), metavar="N", help="per round; default: 2"
    )
    parser.add_argument("--starts", type=int, default=7, choices=range(1, 51), metavar="N", help="default: 7")
    parser.add_argument("--out", type=Path, default=processes.ROOT / "bench" / "RESULTS.md", help="the file to write")
    return parser


if __name__ == "__main__":
    main()
