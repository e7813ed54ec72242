"""Describe the machine and the tools of a run."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import fastapi
import httptools
import pydantic
import uvloop


def describe() -> dict[str, str]:
    """Return the facts that a reader needs to judge the numbers, but nothing that identifies the machine."""
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "CPU": f"{_cpu_model()}, {os.cpu_count()} cores",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "System": f"{platform.system()} {platform.release()} {platform.machine()}, {_distribution()}",
        "Load average at the start": load_average(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Libraries": (
            f"fastapi {fastapi.__version__}, pydantic {pydantic.VERSION}, uvloop {uvloop.__version__}, "
            f"httptools {httptools.__version__}"
        ),
        "Node · Java": f"{_version_line('node', '--version')} · {_version_line('java', '-version')}",
        "Load tool": _version_line("wrk", "-v").split(" Copyright")[0],
    }


def load_average() -> str:
    """Return the mean number of running or waiting processes in the last minute. The benchmark itself adds up to 2."""
    return f"{os.getloadavg()[0]:.2f}"


def _version_line(*command: str) -> str:
    """Return the first line that a command prints, to stdout or stderr."""
    try:
        completed = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return "absent"
    return next(iter((completed.stdout + completed.stderr).splitlines()), "silent")


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _distribution() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
