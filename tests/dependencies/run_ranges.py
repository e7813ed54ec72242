"""Install the built wheel with the lowest and with the newest versions that its ranges allow, and run it with uvx.

`make ranges` runs this file. Each environment is created anew in a temporary folder. The lowest versions are those of
constraints-lowest.txt; the newest are what pip resolves without constraints.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[2]
CHECKS = Path(__file__).with_name("installed_checks.py")
LOWEST = ROOT / "constraints-lowest.txt"
CONSTRAINTS: dict[str, Sequence[str]] = {"lowest": ("-c", str(LOWEST)), "newest": ()}
NAMES = [*CONSTRAINTS, "uvx"]
BESIDE = ("pytest-asyncio", "pytest-randomly")
"""Plugins of users, in whose presence the checks run: in random order, and some as coroutines."""
SHOWN = ("fastapi", "starlette", "pydantic", "uvicorn", "pytest", "hypothesis", "schemathesis", "httpx2", *BESIDE)


def main() -> None:
    """Check the environments that are named, or all. Exit with 1 if a check fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", nargs="*", metavar="|".join(NAMES), help="default: all")
    names = parser.parse_args().environments or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"unknown: {', '.join(unknown)}")
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        passed = [check(name, wheel, Path(folder) / name) for name in names if name in CONSTRAINTS]
        if "uvx" in names:
            passed.append(check_uvx(wheel, Path(folder) / "uvx"))
    sys.exit(0 if all(passed) else 1)


def build_wheel(folder: Path) -> Path:
    """Build the wheel and return its path."""
    subprocess.run([sys.executable, *PIP, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("wavetank-*.whl")
    return wheel


def check(name: str, wheel: Path, folder: Path) -> bool:
    """Create an environment, install the wheel in it, and return whether the checks pass."""
    started = monotonic()
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = python_of(folder)
    subprocess.run(
        [python, *PIP, "install", *CONSTRAINTS[name], f"{wheel}[completion,contracts,metrics,postgres]", *BESIDE],
        check=True,
    )
    installed = monotonic()
    shutil.copy(CHECKS, folder)
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), CHECKS.name]
    completed = subprocess.run(command, cwd=folder, check=False)
    print(f"{name}: {list_versions(python)}")
    print(f"{name}: installed in {installed - started:.0f} s, checked in {monotonic() - installed:.0f} s", flush=True)
    return completed.returncode == 0


def check_uvx(wheel: Path, folder: Path) -> bool:
    """Return whether the command of the README runs the wheel, in a folder without a checkout."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([python_of(folder), *PIP, "install", "uv"], check=True)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^uvx --from \S+ (wavetank serve)\b", readme, re.M)
    started = monotonic()
    uvx = str(Path(python_of(folder)).with_name("uvx"))
    with subprocess.Popen(
        [uvx, "--system-certs", "--from", str(wheel), *command.split(), "--port", "0", "--json", "--stop-with-stdin"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        line = server.stdout.readline() if server.stdout else ""
    print(f"uvx: started after {monotonic() - started:.0f} s: {line.strip()}", flush=True)
    return '"url"' in line


def python_of(environment: Path) -> str:
    """Return the path of the interpreter of an environment."""
    return str(environment / ("Scripts" if sys.platform == "win32" else "bin") / "python")


def list_versions(python: str) -> str:
    """Return the versions of the packages that matter most."""
    command = [python, "-m", "pip", "--disable-pip-version-check", "list", "--format", "freeze"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return ", ".join(line.replace("==", " ") for line in lines if line.partition("==")[0] in SHOWN)


PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")

if __name__ == "__main__":
    main()
