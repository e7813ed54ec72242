"""Load one server at a time with one case, using wrk on a separate CPU core."""

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
    """wrk failed; the message says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The result of one run of wrk: latencies in milliseconds, and `cpu` in microseconds of CPU time per request.

    `busy` is the fraction of the time in which the server used its core. If it is well below 1, something other than
    the server was the limit, for example the load tool.
    """

    rate: float
    busy: float
    cpu: float
    p50: float
    p99: float
    errors: int


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """The medians of one server and one case over all rounds. Shares are relative to raw ASGI in the same round.

    `share` compares rates. `cpu_share` compares CPU time per request, which the load tool and other processes do not
    distort.
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
    """Load one server with one case for this number of seconds. Raises LoadError."""
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
    """Return the medians of a server's samples, and their shares of the raw application's samples."""
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
