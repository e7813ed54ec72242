"""The built wheel works outside the checkout: its pytest plugin starts a server, and runs the first test of the docs.

The wheel's files are put into an environment whose other packages are those of this one, so nothing is downloaded.
`make ranges` installs the wheel with pip and runs it with uvx.
"""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.dependencies.run_ranges import ROOT, python_of
from tests.docs.test_pytest_page import TESTS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="needs hatchling, which the extra `test` installs"
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment with the wheel's files."""
    built, environment = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("environment")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(built)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    venv.create(environment, symlinks=True)
    interpreter = python_of(environment)
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(
        subprocess.run([interpreter, "-c", query], check=True, capture_output=True, text=True).stdout.strip()
    )
    (wheel,) = built.glob("wavetank-*.whl")
    zipfile.ZipFile(wheel).extractall(packages)
    # A folder that is named in a .pth file is searched after this one, and its own .pth files are not read.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return interpreter


def run(python: str, folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WAVETANK_", "PYTEST_"))}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [python, *arguments]
    completed = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_the_wheel_is_what_is_imported(python: str, tmp_path: Path) -> None:
    program = "import mock_server; from importlib.metadata import distribution; print(mock_server.__file__); "
    program += "print(distribution('wavetank').locate_file(''))"
    assert all(str(ROOT) not in line for line in run(python, tmp_path, "-c", program).splitlines())


def test_the_first_test_of_the_page_passes(python: str, tmp_path: Path) -> None:
    (tmp_path / "test_packages.py").write_text(TESTS[0], encoding="utf-8")
    assert "1 passed" in run(python, tmp_path, "-m", "pytest", "-p", "wavetank", "-W", "error")
