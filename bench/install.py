"""Install what the benchmark needs: wrk, and the npm packages in the versions of bench/package.json."""

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
    """Install wrk from the system's packages unless it is installed. Raises SystemExit if that fails."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "wrk"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, timeout=INSTALL_TIMEOUT, check=False)
    if not shutil.which("wrk"):
        raise SystemExit("bench: wrk is missing and could not be installed; install it (Debian: apt-get install wrk)")


def install_peers() -> None:
    """Install the npm packages unless they are installed. A failure is reported later, by `missing_reason`."""
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
    """Return the installed version of an npm package, or None."""
    manifest = MODULES / package / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.is_file() else None


def missing_reason(package: str, program: str) -> str | None:
    """Return why a server cannot be started, or None."""
    if not shutil.which(program):
        return f"{program} is not installed"
    if installed_version(package) != WANTED_VERSIONS[package]:
        return f"npm could not install {package} {WANTED_VERSIONS[package]}"
    return None
