"""The package installs beside other projects: its requirements are ranges, whose floors constraints-lowest.txt pins."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.dependencies.run_ranges import LOWEST, ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
PACKAGES = ("mock_server", "contracts")
REQUIREMENTS = {
    extra: {canonicalize_name(each.name): each for each in map(Requirement, lines)}
    for extra, lines in {
        "": PROJECT["dependencies"],
        "contracts": PROJECT["optional-dependencies"]["contracts"],
        "completion": PROJECT["optional-dependencies"]["completion"],
        "metrics": PROJECT["optional-dependencies"]["metrics"],
        "postgres": PROJECT["optional-dependencies"]["postgres"],
    }.items()
}
ALL = {name: requirement for group in REQUIREMENTS.values() for name, requirement in group.items()}
PLUGGED_INTO = {"mock_server": {"pytest"}, "contracts": set[str]()}
"""Packages that import a package's plugin, which only they need."""
PARTS_OF_OTHERS = {"pydantic-core": "pydantic"}
"""Packages that are imported, and installed by exactly one version of another package."""


def read_pins(file: Path) -> dict[str, Version]:
    requirements = map(Requirement, re.findall(r"^\w.*", file.read_text(encoding="utf-8"), re.M))
    return {canonicalize_name(each.name): Version(str(each.specifier).removeprefix("==")) for each in requirements}


def floor_of(name: str) -> Version:
    (floor,) = [Version(each.version) for each in ALL[name].specifier if each.operator == ">="]
    return floor


def find_imports(package: str) -> set[str]:
    """Return the distributions that the package imports. A module of none is the standard library's or ours."""
    distributions = metadata.packages_distributions()
    imported: set[str] = set()
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    modules = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names - set(PACKAGES)
    return {canonicalize_name(distributions[module][0]) for module in modules}


@pytest.mark.parametrize("name", ALL)
def test_a_requirement_has_a_floor_that_the_lowest_versions_pin(name: str) -> None:
    assert read_pins(LOWEST)[name] == floor_of(name)


@pytest.mark.parametrize("name", ALL)
def test_the_versions_of_this_repository_are_in_the_range(name: str) -> None:
    assert read_pins(ROOT / "constraints.txt")[name] in ALL[name].specifier


@pytest.mark.parametrize("name", ALL)
def test_only_a_bound_with_a_reason_excludes_newer_versions(name: str) -> None:
    if [each for each in ALL[name].specifier if each.operator != ">="]:
        assert re.search(rf'^  "{name}\b.*",  # \w', PYPROJECT, re.M)


def test_the_wheels_metadata_has_the_same_ranges() -> None:
    installed = list(map(Requirement, metadata.requires("wavetank") or []))
    for extra, requirements in REQUIREMENTS.items():
        own = [each for each in installed if f'extra == "{extra}"' in str(each.marker)] if extra else installed
        for name, requirement in requirements.items():
            assert requirement.specifier in [each.specifier for each in own if canonicalize_name(each.name) == name]


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("pytest", ["8.4.0", "8.4.2", "9.0.0", "9.1.1", "9.2.0", "9.9"]),
        ("schemathesis", ["4.28.0", "4.30.0", "4.32.5", "4.99"]),
        ("pydantic", ["2.10.0", "2.11.10", "2.12.0", "2.99"]),
        ("fastapi", ["0.115.3", "0.140.0", "0.165.0", "0.999", "1.0"]),
    ],
)
def test_the_range_contains_many_minor_versions(name: str, versions: list[str]) -> None:
    assert [version for version in versions if version not in ALL[name].specifier] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_imports_is_required(package: str) -> None:
    required = {
        *REQUIREMENTS[""],
        *REQUIREMENTS["completion"],
        *REQUIREMENTS["metrics"],
        *REQUIREMENTS["postgres"],
        *(REQUIREMENTS["contracts"] if package == "contracts" else ()),
        *PLUGGED_INTO[package],
    }
    assert {PARTS_OF_OTHERS.get(name, name) for name in find_imports(package)} <= required


def test_the_page_about_installing_has_these_ranges() -> None:
    page = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([a-z0-9-]+)(?: \(`wavetank\[(?:contracts|metrics|postgres)\]`\))? \| `([^`]+)` \| ([\d.]+), ", page, re.M
    )
    assert len(rows) >= 10
    for name, specifiers, lowest in rows:
        assert SpecifierSet(specifiers) == ALL[name].specifier
        assert Version(lowest) == floor_of(name)
