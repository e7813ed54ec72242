"""`contracts replay` runs a reproducer: it fails again if the rule is still broken, and passes if the rule is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.cli import main
from contracts.pytest_plugin.reproducer import Reproducer
from tests.contracts import suite_process
from tests.contracts.results.result_builders import a_failure
from tests.contracts.suite_process import USER_OPTIONS

KINDS = {
    "a property": ("pages_overlap", "EVT-01", "law", "smoke"),
    "a stateful test": ("default_model_is_not_kept", "PART-05", "machine", "standard"),
}


@pytest.fixture(scope="module")
def correct_mock() -> Iterator[str]:
    with suite_process.running_mock() as origin:
        yield origin


@pytest.mark.parametrize("kind", ["a property", pytest.param("a stateful test", marks=pytest.mark.soak)])
def test_a_reproducer_fails_again_on_its_target_and_passes_on_the_right_one(
    kind: str, correct_mock: str, tmp_path: Path
) -> None:
    defect, rule_id, contract_kind, profile = KINDS[kind]
    with suite_process.running_defect(defect) as origin:
        tried = suite_process.run_contracts(
            tmp_path, origin, "--rule", rule_id, "--kind", contract_kind, "--fail-fast", "--profile", profile
        )
        reproducer = tried.reproducers[0]
        again = suite_process.run_command(tmp_path, "replay", reproducer, *USER_OPTIONS)
        assert again.code == 1, again.out
        assert Reproducer.load(tmp_path / reproducer).contract in again.out.splitlines()[0]
    mended = suite_process.run_command(
        tmp_path, "replay", reproducer, *USER_OPTIONS, "--base-url", f"{correct_mock}/api/v3"
    )
    assert mended.code == 0, mended.out
    assert (tmp_path / reproducer).is_file()
    assert not tried.find_leaks()


def test_an_invalid_reproducer_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "result.json"
    for content in ("", "[]", "{}", '{"format": "wavetank-reproducer-1", "more": 1}'):
        file.write_text(content)
        assert _exit_code(["replay", str(file)]) == 2
    assert _exit_code(["replay", str(tmp_path / "none.json")]) == 2
    error_lines = capsys.readouterr().err.splitlines()
    assert len(error_lines) == 5
    assert all("is not a reproducer" in line for line in error_lines)


def test_a_reproducer_is_never_deleted_by_its_own_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reproducer = _a_reproducer().write(tmp_path / "reproducers")
    assert _exit_code(["replay", str(reproducer), *USER_OPTIONS, "--report-dir", str(tmp_path)]) == 2
    assert "would delete the reproducer" in capsys.readouterr().err
    assert reproducer.is_file()


def _exit_code(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as exit_info:
        main.main(arguments)
    return exit_info.value.code


def _a_reproducer() -> Reproducer:
    failure = a_failure("EVT-01")
    return Reproducer(
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
