"""What must be on the machine first: wrk, and the peers from npm in the versions that bench/package.json names."""

import json
import os
import shutil
import subprocess

from bench.processes import ROOT

BENCH = ROOT / "bench"
MODULES = BENCH / "node_modules"
INSTALL_TIMEOUT = 300
WANTED_VERSIONS: dict[str, str] = json.loads((BENCH / "package.json").read_text())["dependencies"]


def install_wrk() -> None:
    """Install wrk from the system's packages where it is absent. Raises SystemExit where that cannot be done."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, timeout=INSTALL_TIMEOUT, check=False)
    if not shutil.which("wrk"):
        raise SystemExit("bench: wrk is not installed, and could not be: install it (Debian: apt-get install wrk)")


def install_peers() -> None:
    """Install the npm packages unless they are there; `missing` says later what could not be."""
    if not shutil.which("npm") or all(
        installed_version(package) == version for package, version in WANTED_VERSIONS.items()
    ):
        return
    subprocess.run(
        ["npm", "install", "--no-progress"],
        cwd=BENCH,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=INSTALL_TIMEOUT,
        check=False,
    )


def installed_version(package: str) -> str | None:
    """The version of an npm package that is here, or None."""
    manifest = MODULES / package / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.is_file() else None


def missing_reason(package: str, program: str) -> str | None:
    """Why a peer cannot be started, or None."""
    if not shutil.which(program):
        return f"{program} is not on this machine"
    if installed_version(package) != WANTED_VERSIONS[package]:
        return f"npm could not install {package} {WANTED_VERSIONS[package]}"
    return None
