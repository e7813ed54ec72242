"""The page on typed clients: its commands generate clients without a warning, and its programs compile and run."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.docs import pages
from tests.ending_process import EndingProcess

NODE_FOLDER = pages.ROOT / "tests" / "node"
SPREADSHEET_TYPES = {"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
DOCUMENTS = ("openapi.json", "_mock/openapi.json")
SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n)*)", re.M)
TSCONFIG = {
    "compilerOptions": {
        "strict": True,
        "target": "es2022",
        "module": "commonjs",
        "lib": ["es2022", "dom", "dom.iterable"],
        "types": [],
        "skipLibCheck": True,
        "outDir": "compiled",
    },
    "files": ["main.ts"],
}
ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "NODE_NO_WARNINGS": "1",  # warnings about Node's own deprecations, which depend on its version
}


def read_section(generator: str) -> dict[str, str]:
    """Return the code blocks of the section on a generator, by their kind."""
    body = dict(SECTION.findall(pages.read_page("clients")))[generator]
    return {match[1]: match[2] for match in pages.BLOCK.finditer(body)}


@contextmanager
def served_mock() -> Iterator[str]:
    """Run `mock-server serve` on a free port, with the clock of the page; yield host and port."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    command += ["--clock", "frozen", "--now", "2026-09-01T12:00:00Z"]
    with EndingProcess(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield re.findall(r"http://([^/]+)/", server.stdout.readline())[0]
        finally:
            server.terminate()


def run(command: list[str], folder: Path, **variables: str) -> str:
    """Run a command, which must succeed, and return its output on both streams."""
    completed = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout
    return completed.stdout


def operations(address: str) -> Iterator[dict[str, Any]]:
    """Return the operations of both documents."""
    for document in DOCUMENTS:
        for item in httpx2.get(f"http://{address}/{document}").json()["paths"].values():
            yield from (operation for operation in item.values() if "operationId" in operation)


def read_generated(folder: Path) -> str:
    """Return the text of the generated files in TypeScript."""
    files = [path for pattern in ("*.ts", "platform/*.ts", "control/*.ts") for path in folder.glob(pattern)]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.stem != "main")


@pytest.mark.parametrize("generator", ["openapi-typescript", "@hey-api/openapi-ts", "orval"])
def test_a_client_in_typescript_compiles_and_runs(generator: str, tmp_path: Path) -> None:
    if shutil.which("npx") is None or not (NODE_FOLDER / "node_modules" / generator).exists():
        pytest.skip(f"needs Node and {generator}, which .ci/run installs (npm install --prefix tests/node)")
    section = read_section(generator)
    (tmp_path / "node_modules").symlink_to(NODE_FOLDER / "node_modules")
    (tmp_path / "tsconfig.json").write_text(json.dumps(TSCONFIG), encoding="utf-8")
    with served_mock() as address:
        printed = run(["bash", "-ec", section["sh"].replace(pages.DOCUMENTED_ADDRESS, address)], tmp_path)
        assert not re.search("warn|deprecat|error", printed, re.I), printed
        program = section["ts"].replace(pages.DOCUMENTED_ADDRESS, address)
        (tmp_path / "main.ts").write_text(program, encoding="utf-8")
        run(["npx", "tsc"], tmp_path)
        assert run(["node", "compiled/main.js"], tmp_path) == section["text"]
        operation_ids = {operation["operationId"] for operation in operations(address)}
        assert operation_ids - set(re.findall(r"\w+", read_generated(tmp_path))) == set()


@pytest.mark.skipif(
    importlib.util.find_spec("openapi_python_client") is None,
    reason="needs openapi-python-client, which the extra `test` installs",
)
def test_a_client_in_python_runs_and_leaves_out_nothing_but_spreadsheets(tmp_path: Path) -> None:
    section = read_section("openapi-python-client")
    with served_mock() as address:
        printed = run(["bash", "-ec", section["sh"].replace(pages.DOCUMENTED_ADDRESS, address)], tmp_path)
        unsupported = re.findall(r"^Unsupported content type (\S+)$", printed, re.M)
        assert set(unsupported) <= SPREADSHEET_TYPES
        assert printed.count("WARNING") <= len(unsupported), printed
        program = section["python"].replace(pages.DOCUMENTED_ADDRESS, address)
        packages = os.pathsep.join(str(folder) for folder in tmp_path.iterdir())
        assert run([sys.executable, "-c", program], tmp_path, PYTHONPATH=packages) == section["text"]
        generated = {path.stem for path in tmp_path.glob("*/*/api/*/*.py")}
        for operation in operations(address):
            bodies = set(operation.get("requestBody", {}).get("content", {}))
            name = re.sub("([A-Z])", r"_\1", operation["operationId"]).lower()
            assert name in generated or (bodies and bodies <= SPREADSHEET_TYPES), name
