"""On the page for contributors, the worked example, the commands and the make targets exist."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs import pages

PAGE = (pages.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BASH_BLOCKS = [match[2] for match in pages.BLOCK.finditer(PAGE) if match[1] == "bash"]
PROGRAM = pages.PROGRAM_PREFIX + "python"
EXAMPLE_BY_FILE = {
    "contracts/requirements.yaml": "- id: BEV-07",
    "openapi.yaml": "operationId: replaceEvaluationSettings",
    "contracts/cases/test_evaluation.py": "def test_a_window_of_three_days_counts_three_whole_days_of_utc",
    "mock_server/domain/windows.py": "def compute_window",
    "tests/defects/evaluation_windows.py": "def window_end_included",
}


def find_command(module: str) -> list[str]:
    """Return the words of the page's command that runs the module, with the path of this interpreter."""
    (block,) = [block for block in BASH_BLOCKS if module in block]
    return [sys.executable if word == PROGRAM else word for word in block.replace("\\\n", " ").split()]


@contextmanager
def running_defect(command: list[str]) -> Iterator[str]:
    """Run the command that serves a defect, and yield the address of the server."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=pages.ROOT)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


def run_contract(command: list[str], origin: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [word.replace("http://127.0.0.1:PORT", origin) for word in command]
    report = ["--contracts-report-dir", str(folder / "report"), "--contracts-ledger-dir", str(folder / "ledger")]
    return subprocess.run([*words, *report], capture_output=True, text=True, cwd=pages.ROOT, timeout=120, check=False)


@pytest.mark.parametrize("file", EXAMPLE_BY_FILE)
def test_the_worked_example_is_in_all_five_files(file: str) -> None:
    name = EXAMPLE_BY_FILE[file]
    assert name in (pages.ROOT / file).read_text(encoding="utf-8")
    assert f"]({file})" in PAGE
    assert f"`{name.split()[-1]}`" in PAGE


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z-]+)`", PAGE))))
def test_every_make_target_that_the_page_names_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (pages.ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_the_contract_fails_on_the_defect_as_the_page_says(tmp_path: Path) -> None:
    with running_defect(find_command("tests.defects.serve_defect")) as origin:
        completed = run_contract(find_command("contracts.plugin"), origin, tmp_path)
    assert completed.returncode == 1, completed.stdout + completed.stderr
    assert "1 failed, 3 passed" in completed.stdout
    assert "the first second after the last day" in completed.stdout


def test_the_defect_is_killed_as_the_page_says() -> None:
    completed = subprocess.run(
        find_command("tests.defects.run_defects"),
        capture_output=True,
        text=True,
        cwd=pages.ROOT,
        timeout=120,
        check=False,
    )
    (expected,) = [match[2] for match in pages.BLOCK.finditer(PAGE) if match[1] == "text" and "killed" in match[2]]
    assert pages.output_matches(expected, completed.stdout), completed.stdout + completed.stderr
