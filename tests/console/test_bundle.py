"""The committed bundle is built from the committed sources, from the current documents."""

import gzip
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.console import operations, rules
from tests.console.conftest import APP

DIST = APP.parent / "dist"
SOURCES = (
    "build.mjs",
    "icon.svg",
    "index.html",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
)
MODULES = APP / "node_modules"
HINT = "run make console"
KIB = 1024


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hash_of_sources() -> str:
    """Compute the hash that build.mjs records: of a line with the name and the hash of each source."""
    files = [APP / name for name in SOURCES] + [path for path in (APP / "src").rglob("*") if path.is_file()]
    lines = sorted(f"{path.relative_to(APP).as_posix()} {hash_of(path)}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_manifest() -> dict[str, str]:
    lines = (DIST / "manifest").read_text(encoding="utf-8").splitlines()
    return dict(line.rsplit(" ", 1) for line in lines)


def test_the_bundle_is_built_from_these_sources() -> None:
    assert read_manifest()["sources"] == hash_of_sources(), HINT


def test_the_bundle_has_not_been_edited() -> None:
    built = {path.relative_to(DIST).as_posix(): hash_of(path) for path in DIST.rglob("*") if path.is_file()}
    del built["manifest"]
    recorded = read_manifest()
    del recorded["sources"]
    assert built == recorded, HINT


def test_the_list_of_operations_is_current() -> None:
    assert operations.FILE.read_text(encoding="utf-8") == operations.build(), "run python -m tests.console.operations"


def test_the_rules_are_current() -> None:
    assert rules.FILE.read_text(encoding="utf-8") == rules.build(), "run python -m tests.console.rules"


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((APP / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_the_page_has_no_inline_script_or_style() -> None:
    page = (DIST / "index.html").read_text(encoding="utf-8")
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=")


def test_script_and_styles_have_at_most_150_kib_compressed() -> None:
    sizes = [len(gzip.compress((DIST / name).read_bytes())) for name in ("app.js", "app.css")]
    assert sum(sizes) <= 150 * KIB


@pytest.mark.skipif(
    shutil.which("node") is None or not MODULES.exists(),
    reason="needs Node and the app's packages, which .ci/run installs (npm ci --prefix mock_server/console/app)",
)
class TestWithNode:
    def test_a_build_gives_the_committed_bundle(self, tmp_path: Path) -> None:
        subprocess.run(["node", APP / "build.mjs", tmp_path], check=True, timeout=120)
        built = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
        committed = {path.relative_to(DIST).as_posix(): path.read_bytes() for path in DIST.rglob("*.*")}
        assert built == committed

    def test_the_compiler_finds_no_error(self) -> None:
        done = subprocess.run(
            ["node", MODULES / "typescript-native" / "bin" / "tsc"],
            cwd=APP,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout
