"""`contracts replay`: a capsule fails again where the rule is broken, and passes where it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.cli import main
from contracts.pytest_plugin.reproducer import Capsule
from tests.contracts import trying
from tests.contracts.results import a_failure
from tests.contracts.trying import USER

KINDS = {
    "a law": ("pages_overlap", "EVT-01", "law", "smoke"),
    "a walk": ("default_model_is_not_kept", "PART-05", "machine", "standard"),
}


@pytest.fixture(scope="module")
def right() -> Iterator[str]:
    with trying.mock() as origin:
        yield origin


@pytest.mark.parametrize("kind", KINDS)
def test_a_capsule_fails_again_on_its_target_and_passes_on_the_right_one(kind: str, right: str, tmp_path: Path) -> None:
    defect, rule_id, asked, profile = KINDS[kind]
    with trying.broken(defect) as origin:
        tried = trying.run(tmp_path, origin, "--rule", rule_id, "--kind", asked, "--fail-fast", "--profile", profile)
        capsule = tried.capsules[0]
        again = trying.tried(tmp_path, "replay", capsule, *USER)
        assert again.code == 1, again.out
        assert Capsule.read(tmp_path / capsule).contract in again.out.splitlines()[0]
    mended = trying.tried(tmp_path, "replay", capsule, *USER, "--base-url", f"{right}/api/v3")
    assert mended.code == 0, mended.out
    assert (tmp_path / capsule).is_file()
    assert not tried.leaks()


def test_what_is_no_capsule_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "result.json"
    for content in ("", "[]", "{}", '{"format": "wavetank-capsule-1", "more": 1}'):
        file.write_text(content)
        assert _code(["replay", str(file)]) == 2
    assert _code(["replay", str(tmp_path / "none.json")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 5
    assert all("is no capsule" in line for line in told)


def test_a_capsule_is_never_cleared_by_its_own_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsule = _capsule().write(tmp_path / "capsules")
    assert _code(["replay", str(capsule), *USER, "--report-dir", str(tmp_path)]) == 2
    assert "which would be cleared" in capsys.readouterr().err
    assert capsule.is_file()


def _code(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main.main(arguments)
    return ended.value.code


def _capsule() -> Capsule:
    failure = a_failure("EVT-01")
    return Capsule(
        suite="0.1.0",
        contract=failure.contract,
        case="",
        test="test_events.py::test_it",
        rules=failure.rules,
        claims=("a claim",),
        reason=failure.reason,
        expected=failure.expected,
        seen=failure.seen,
        target="http://127.0.0.1:1/api/v3",
        profile="smoke",
        seed=1,
        calls=failure.calls,
        exchanges=(),
    )
