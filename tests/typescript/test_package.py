"""The npm package in clients/typescript: its own tests, and the examples of docs/typescript.md on the packed file.

jest itself is not installed: its example runs in Node with the `expect` of Playwright, which is that of jest.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs import pages

FOLDER = pages.ROOT / "clients" / "typescript"
TOOLS = ("vitest", "@playwright", "playwright", "playwright-core", "typescript", "@types")
"""What the examples' projects need besides the package itself."""
pytestmark = pytest.mark.skipif(
    shutil.which("npm") is None or not (FOLDER / "node_modules").exists(),
    reason="needs Node and the packages that .ci/run installs (npm ci --prefix clients/typescript)",
)
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("WAVETANK_", "MOCK_SERVER_"))}
ENVIRONMENT |= {"WAVETANK_COMMAND": json.dumps([sys.executable, "-m", "mock_server"]), "NO_COLOR": "1"}
RUNNERS = {"Your first test in jest": "jest", "Your first test in Playwright": "playwright"}
"""The test runner of the examples in a section, if it is not vitest."""
FAILING = {"vitest": "fails", "jest": "failing", "playwright": "fail"}
"""The function of each test runner for a test that must fail."""
MAX_FIRST_LINES = 8
VITEST = ("node", "../node_modules/vitest/vitest.mjs", "run")
PLAYWRIGHT = ("node", "../node_modules/@playwright/test/cli.js", "test")
SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n)*)", re.M)
FILE = re.compile(r"^// (\S+)\n(.*)", re.S)
TSCONFIG = {
    "extends": str(FOLDER / "tsconfig.json"),
    # These are for the package's own files; npm pack fails without the explicit types that the latter needs.
    "compilerOptions": {"verbatimModuleSyntax": False, "isolatedDeclarations": False},
    "include": ["*/*.ts", str(FOLDER / "src"), str(FOLDER / "test")],
}
RUN_JEST_EXAMPLE = """
const setup = require("wavetank/global-setup").default;
const teardown = require("wavetank/global-teardown").default;
globalThis.expect = require("@playwright/test").expect;
console.error = () => {};
const within = async (work) => {
  await setup();
  try { await work(); } finally { await teardown(); }
};
let before = Promise.resolve();
globalThis.test = (name, work) => {
  before = before.then(() => within(work)).then(() => console.log("passed: " + name));
};
globalThis.test.failing = (name, work) => {
  const fail = () => console.log("failed: " + name);
  before = before.then(() => within(work)).then(() => console.log("passed: " + name), fail);
};
require("./campaign-results.test.js");
require("./frozen-campaign-results.test.js");
"""
STAND_IN = """console.log('{"url": "http://127.0.0.1:1"}'); process.stdin.resume();"""
"""A program that stands for the server: it prints an address, and ends with its standard input."""
WITH_FIFO = ("sh", "-c", 'exec 9>"$0"; exec "$@"')
"""Runs a program that keeps a FIFO open for as long as it runs."""
START_SERVER = """
import { startWavetank } from "wavetank";
const { url } = await startWavetank({ command: JSON.parse(process.argv[2]) });
console.log(url);
"""


def run(command: Sequence[str], folder: Path, **variables: str) -> str:
    """Run a command, which must succeed, and return its output on both streams."""
    completed = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout
    return completed.stdout


def read_examples() -> Iterator[tuple[str, str, str]]:
    """Return the files on the page: their test runner, name and text."""
    for title, body in SECTION.findall(pages.read_page("typescript")):
        for block in pages.BLOCK.finditer(body):
            named = FILE.match(block[2])
            if named is not None:
                yield RUNNERS.get(title, "vitest"), named[1], block[2]


def expect_failure(text: str, runner: str) -> str:
    """Return an example without the line that moves the clock, as a test that must fail."""
    kept = [line for line in text.splitlines(keepends=True) if ".clock.advance(" not in line]
    assert len(kept) == len(text.splitlines()) - 1
    return re.sub(r"^test\(", f"test.{FAILING[runner]}(", "".join(kept), flags=re.M)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project with the packed file, and a folder with the examples of each runner."""
    folder = tmp_path_factory.mktemp("project")
    run(["npm", "pack", "--silent", "--pack-destination", str(folder)], FOLDER)
    (packed,) = folder.glob("wavetank-*.tgz")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    run(["npm", "install", "--prefer-offline", "--no-audit", "--no-fund", str(packed)], folder)
    for tool in TOOLS:
        (folder / "node_modules" / tool).symlink_to(FOLDER / "node_modules" / tool)
    for runner, name, text in read_examples():
        (folder / runner).mkdir(exist_ok=True)
        (folder / runner / name).write_text(text, encoding="utf-8")
        if ".clock.advance(" in text:
            (folder / runner / f"frozen-{name}").write_text(expect_failure(text, runner), encoding="utf-8")
    return folder


def test_the_generated_files_are_those_of_both_documents() -> None:
    run(["node", "scripts/generate.mjs", "--check"], FOLDER)


def test_the_packages_own_tests_pass() -> None:
    printed = run(["node", "node_modules/vitest/vitest.mjs", "run"], FOLDER)
    assert re.search(r"Tests +\d+ passed \(\d+\)", printed), printed


def test_the_types_of_the_package_and_of_the_examples_are_right(project: Path) -> None:
    (project / "tsconfig.json").write_text(json.dumps(TSCONFIG), encoding="utf-8")
    run(["node", "node_modules/typescript/bin/tsc"], project)


def test_the_first_test_for_vitest_is_short_and_passes_without_a_configuration(project: Path) -> None:
    name, text = next((name, text) for runner, name, text in read_examples() if runner == "vitest")
    lines = [line for line in text.splitlines()[1:] if line]
    assert len(lines) <= MAX_FIRST_LINES
    folder = project / "first"
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    assert re.search(r"Tests +1 passed \(1\)", run(VITEST, folder))


def test_the_examples_for_vitest_pass_and_need_the_moves_of_the_clock(project: Path) -> None:
    printed = run(VITEST, project / "vitest")
    assert re.search(r"Tests +3 passed \| 1 expected fail \(4\)", printed), printed


def test_the_example_for_playwright_passes_on_a_running_server_with_secrets(project: Path) -> None:
    settings = replace(pages.SETTINGS, control_token="a-token", sample_password="a-password")
    secrets = {"WAVETANK_CONTROL_TOKEN": "a-token", "WAVETANK_PASSWORD": "a-password"}
    with pages.documented_server(settings) as address:
        printed = run(PLAYWRIGHT, project / "playwright", WAVETANK_URL=f"http://{address}/api/v3", **secrets)
    assert "2 passed" in printed


def test_the_example_for_jest_passes_and_needs_the_move_of_the_clock(project: Path) -> None:
    with pages.documented_server() as address:
        printed = run(["node", "--eval", RUN_JEST_EXAMPLE], project / "jest", WAVETANK_URL=f"http://{address}")
    name = "the daily attribution run adds a campaign result"
    assert printed == f"passed: {name}\nfailed: {name}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a FIFO")
@pytest.mark.parametrize("is_killed", [False, True], ids=["ends", "is killed"])
def test_the_server_ends_when_the_process_that_started_it(project: Path, tmp_path: Path, is_killed: bool) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = START_SERVER + ("setInterval(() => {}, 1000);" if is_killed else "")
    (project / "start.mjs").write_text(script, encoding="utf-8")
    command = json.dumps([*WITH_FIFO, str(fifo), "node", "--eval", STAND_IN, "--"])
    with (
        subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE) as reader,
        subprocess.Popen(["node", "start.mjs", command], cwd=project, stdout=subprocess.PIPE, text=True) as starter,
    ):
        assert starter.stdout is not None
        assert starter.stdout.readline() == "http://127.0.0.1:1\n"
        if is_killed:
            starter.kill()
        assert reader.communicate(timeout=60)[0] == b"", "the FIFO ends when the server has ended"
        assert starter.wait(timeout=60) == (-9 if is_killed else 0)
