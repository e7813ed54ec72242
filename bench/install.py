"""What must be on the machine first: wrk, and the peers from npm in the versions that bench/package.json names."""

import json
import os
import shutil
import subprocess

from bench.processes import ROOT

BENCH = ROOT / "bench"
MODULES = BENCH / "node_modules"
PATIENCE = 300
WANTED: dict[str, str] = json.loads((BENCH / "package.json").read_text())["dependencies"]


def wrk() -> None:
    """Install wrk from the system's packages where it is absent. Raises SystemExit where that cannot be done."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    if not shutil.which("wrk"):
        raise SystemExit("bench: wrk is not installed, and could not be: install it (Debian: apt-get install wrk)")


def peers() -> None:
    """Install the npm packages unless they are there; `missing` says later what could not be."""
    if not shutil.which("npm") or all(installed(package) == version for package, version in WANTED.items()):
        return
    subprocess.run(
        ["npm", "install", "--no-progress"],
        cwd=BENCH,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )


def installed(package: str) -> str | None:
    """The version of an npm package that is here, or None."""
    manifest = MODULES / package / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.is_file() else None


def missing(package: str, program: str) -> str | None:
    """Why a peer cannot be started, or None."""
    if not shutil.which(program):
        return f"{program} is not on this machine"
    if installed(package) != WANTED[package]:
        return f"npm could not install {package} {WANTED[package]}"
    return None
