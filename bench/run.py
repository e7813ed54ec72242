"""The command `python -m bench.run`: stands the servers up, measures them side by side, writes bench/RESULTS.md."""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import client, idle, install, load, machine, processes, report, starts, workspaces
from bench.cases import CASES, DAILY_REVENUE, Case
from bench.client import PREFIX, NotAnswered
from bench.documents import Answers
from bench.load import LoadFailed, Sample
from bench.peers import OUR_SERVER, PEERS, RAW_SERVER, Server
from bench.processes import DidNotStart, Served
from bench.report import Results

WARM_UP = 3
"""Seconds of each case on each server before the first is measured: the JVM and V8 compile what is hot."""
PEER_STARTS = 3


def main() -> None:
    """Run the whole bench."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    install.wrk()
    install.peers()
    processes.use_load_core()
    with tempfile.TemporaryDirectory() as home:
        try:
            results = everything(options, Path(home))
        except (DidNotStart, NotAnswered, LoadFailed) as failure:
            sys.exit(f"bench: our server cannot be measured: {failure}")
    text = report.written(results)
    options.out.write_text(text)
    print(text)


def everything(options: argparse.Namespace, home: Path) -> Results:
    """Start times on an idle machine, then all servers together under load. Raises DidNotStart, NotAnswered."""
    described = machine.described()
    say("a workspace's cost")
    workspace = workspaces.cost(home)
    say("the journal's cost")
    journal = idle.cost(home, options.rounds, options.seconds)
    results = Results(described, options.rounds, options.seconds, workspace, journal)
    say(f"our start and the hello-world's, {options.starts} times in turn")
    results.our_starts, results.hello_starts = starts.against_hello(options.starts, home)
    with ExitStack() as standing:
        running = {OUR_SERVER: stand_up(OUR_SERVER, home, {}, standing)}
        answers = take_answers(running[OUR_SERVER])
        results.days = len(answers[DAILY_REVENUE].content["daily"])
        results.sizes = {case: len(answer.body) for case, answer in answers.items()}
        running[RAW_SERVER] = stand_up(RAW_SERVER, home, answers, standing)
        for peer in PEERS:
            try:
                results.starts[peer] = starts_of(peer, home, answers)
                running[peer] = stand_up(peer, home, answers, standing)
            except (DidNotStart, NotAnswered) as failure:
                results.starts.pop(peer, None)
                results.absent[peer] = str(failure)
                say(f"{peer.name} is left out: {failure}")
        results.idle = {server: served.mib() for server, served in running.items()}
        under_load(running, options, results)
        results.machine["Load average at the end"] = machine.load_average()
        results.loaded = {server: served.mib() for server, served in running.items()}
    results.starts[RAW_SERVER] = starts.several(RAW_SERVER, PEER_STARTS, home, answers)
    return results


def starts_of(peer: Server, home: Path, answers: Answers) -> list[float]:
    """Some starts of a peer. Raises DidNotStart, also where it is not installed."""
    reason = peer.missing()
    if reason is not None:
        raise DidNotStart(reason)
    say(f"starts of {peer.name}")
    return starts.several(peer, PEER_STARTS, home, answers)


def stand_up(server: Server, home: Path, answers: Answers, standing: ExitStack) -> Served:
    """Start a server that stays, and see that it answers each case as ours does. Raises DidNotStart, NotAnswered."""
    say(f"standing up {server.name}")
    port = processes.free_port()
    served = processes.start(server.command(port, home, answers), port, server.probe, home)
    standing.callback(processes.stop, served.process)
    for case, answer in answers.items():
        if client.ask_case(port, case, server.prefix, served.token).content != answer.content:
            raise NotAnswered(f"it answers {case.title} with other content than ours")
    return served


def take_answers(ours: Served) -> Answers:
    """Our server's answer to each case. Raises NotAnswered."""
    client.have_three_rows(ours.port, ours.token)
    return {case: client.ask_case(ours.port, case, PREFIX, ours.token) for case in CASES}


def under_load(running: dict[Server, Served], options: argparse.Namespace, results: Results) -> None:
    """Warm every server up on every case, then measure case by case. Raises LoadFailed for the raw answer or ours."""
    for case in CASES:
        say(f"{case.title}: warm-up")
        _round(case, WARM_UP, running, results)
    for case in CASES:
        rounds = []
        for turn in range(options.rounds):
            say(f"{case.title}: round {turn + 1} of {options.rounds}")
            rounds.append(_round(case, options.seconds, running, results))
        raw = [samples[RAW_SERVER] for samples in rounds]
        results.measured[case] = {
            server: load.measured([samples[server] for samples in rounds], raw) for server in running
        }


def _round(case: Case, seconds: int, running: dict[Server, Served], results: Results) -> dict[Server, Sample]:
    """One sample of each server, the raw answer and ours side by side; a peer that fails is out from then on."""
    samples = {}
    for server in list(running):
        try:
            samples[server] = load.run(running[server], case, server.prefix, seconds)
        except LoadFailed as failure:
            if server in (OUR_SERVER, RAW_SERVER):
                raise
            del running[server]
            results.absent[server] = f"{case.title}: {failure}"
    return samples


def say(what: str) -> None:
    """Tell what goes on."""
    print(f"bench: {what}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, choices=range(1, 51), metavar="N", help="default: 7")
    parser.add_argument("--seconds", type=int, default=2, choices=range(1, 61), metavar="N", help="of each; default: 2")
    parser.add_argument("--starts", type=int, default=7, choices=range(1, 51), metavar="N", help="default: 7")
    parser.add_argument("--out", type=Path, default=processes.ROOT / "bench" / "RESULTS.md", help="what is written")
    return parser


if __name__ == "__main__":
    main()
