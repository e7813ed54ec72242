"""The load: wrk on its own core, one case against one server at a time, in rounds over all servers."""

import json
import os
import subprocess
from dataclasses import dataclass
from statistics import median

from bench.cases import Case
from bench.processes import LOAD_CORE, ROOT, RunningServer

CONNECTIONS = 32
GRACE_SECONDS = 30


class LoadError(Exception):
    """The load tool could not finish; the message says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run of wrk has seen: latencies in milliseconds, `cpu` in the server's microseconds a request.

    `busy` is the part of the time that the server ran: well under 1, something else was the limit, such as the
    load tool.
    """

    rate: float
    busy: float
    cpu: float
    p50: float
    p99: float
    errors: int


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One server on one case: medians over the rounds; shares are of the raw answer's rate in the same round.

    `cpu_share` is the share by CPU time a request: what it would be if neither the load tool nor anything else on the
    machine held a server up.
    """

    rate: float
    busy: float
    cpu: float
    p50: float
    p99: float
    errors: int
    share: float
    lowest_share: float
    highest_share: float
    cpu_share: float


def run_wrk(served: RunningServer, case: Case, prefix: str, seconds: int) -> Sample:
    """Load one server with one case. Raises LoadError."""
    tool = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command = [*tool, "-s", f"bench/lua/{case.script}", f"http://127.0.0.1:{served.port}{prefix}{case.target}"]
    environment = os.environ | {"BENCH_TOKEN": served.token}
    before = served.cpu_seconds()
    try:
        completed = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds + GRACE_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        raise LoadError(f"wrk: {failure.stderr or failure.stdout or type(failure).__name__}") from failure
    figures = json.loads(completed.stdout.splitlines()[-1])
    cpu_microseconds = (served.cpu_seconds() - before) * 1e6
    rate = figures["requests"] * 1e6 / figures["duration"]
    return Sample(
        rate,
        cpu_microseconds / figures["duration"],
        cpu_microseconds / max(figures["requests"], 1),
        figures["p50"] / 1000,
        figures["p99"] / 1000,
        figures["errors"],
    )


def summarize(samples: list[Sample], raw: list[Sample]) -> CaseSummary:
    """A server's rounds, beside the raw answer's."""
    shares = [sample.rate / raw_sample.rate for sample, raw_sample in zip(samples, raw, strict=True)]
    return CaseSummary(
        rate=median(sample.rate for sample in samples),
        busy=median(sample.busy for sample in samples),
        cpu=median(sample.cpu for sample in samples),
        p50=median(sample.p50 for sample in samples),
        p99=median(sample.p99 for sample in samples),
        errors=sum(sample.errors for sample in samples),
        share=median(shares),
        lowest_share=min(shares),
        highest_share=max(shares),
        cpu_share=median(limit.cpu / sample.cpu for sample, limit in zip(samples, raw, strict=True)),
    )
