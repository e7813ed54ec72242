"""The packages that the suite needs and the mock does not, and how to install those that are missing.

`make serve` and a wheel without its extra `contracts` do not install them.
"""

import json
import sys
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

PACKAGES: Mapping[str, str] = {
    "hypothesis": "hypothesis",
    "jsonschema-rs": "jsonschema_rs",
    "pytest": "pytest",
    "pytest-xdist": "xdist",
    "schemathesis": "schemathesis",
}
"""The packages of the extra `contracts`, each with the module that it contains."""
ROOT = Path(__file__).parents[2]
"""The folder that contains the suite: of the checkout, or of all installed packages."""


def find_missing() -> list[str]:
    """Return the names of the packages that are not installed."""
    return [name for name, module in PACKAGES.items() if find_spec(module) is None]


def format_missing(names: list[str]) -> str:
    """Return which packages are missing, and the command that installs them."""
    noun = "a package that is" if len(names) == 1 else "packages that are"
    return f"the suite needs {noun} not installed ({', '.join(names)}): {_install_command()}"


def _install_command() -> str:
    """Return a command that works without a version on a package index: it installs from where this was installed."""
    if (ROOT / "pyproject.toml").is_file():
        return f"{sys.executable} -m pip install -c {ROOT}/constraints.txt -e '{ROOT}[contracts]'"
    requirement = f"'wavetank[contracts]{_read_origin()}'"
    if find_spec("pip") is None:  # uvx makes such environments, one for each command
        return f"uvx --from {requirement} wavetank contracts"
    return f"{sys.executable} -m pip install {requirement}"


def _read_origin() -> str:
    """Return from where the package was installed, as a requirement names it. It is empty for a package index."""
    try:
        recorded = json.loads(metadata.distribution("wavetank").read_text("direct_url.json") or "null")
    except metadata.PackageNotFoundError:
        return ""
    if recorded is None:
        return ""
    version = recorded.get("vcs_info")
    return f" @ {version['vcs']}+{recorded['url']}@{version['commit_id']}" if version else f" @ {recorded['url']}"
