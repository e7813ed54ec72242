"""`contracts run --gotcha` runs only the contracts of a gotcha, and reports only its rules."""

from pathlib import Path

import pytest

from contracts.cli import main
from tests.contracts import suite_process


def test_a_run_checks_the_contracts_of_the_gotcha_alone(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        completed = suite_process.run_contracts(tmp_path, origin, "--gotcha", "G-15")
    assert completed.code == 0, completed.out + completed.err
    assert {outcome["contract"] for outcome in completed.result["outcomes"]} == {
        "partners::a_valid_token_with_the_wrong_partner_header_is_403"
    }
    assert {rule for rule, verdict in completed.verdicts.items() if verdict == "pass"} == {"PART-01"}
    assert "1 RULE" in completed.out


def test_gotchas_and_rules_add_up(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        words = ("--gotcha", "G-11", "--gotcha", "G-08", "--rule", "BASE-01", "--control", "none")
        completed = suite_process.run_contracts(
            tmp_path, origin, *words, *suite_process.PERMISSION, *suite_process.EXAMPLES_AND_PROPERTIES
        )
    assert completed.code == 0, completed.out + completed.err
    passed = {rule for rule, verdict in completed.verdicts.items() if verdict == "pass"}
    assert passed == {"AUTH-05", "BASE-01", "DRS-01", "CR-01", "CR-03", "PKG-02"}


@pytest.mark.soak
def test_a_run_shows_that_a_deployment_lacks_the_gotcha(tmp_path: Path) -> None:
    with suite_process.running_defect("an_order_may_call_its_events_as_others_do") as origin:
        completed = suite_process.run_contracts(tmp_path, origin, "--gotcha", "G-08")
    assert (completed.code, completed.verdicts["PKG-02"], completed.verdicts["DRS-01"]) == (1, "fail", "pass")


@pytest.mark.parametrize("requested", ["G-21", "BEV-02", "g-02"])
def test_an_unknown_gotcha_is_usage(requested: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["run", "--base-url", "http://127.0.0.1:1/api/v3", "--gotcha", requested])
    assert ended.value.code == 2
    assert f"--gotcha: {requested} is not in the catalogue" in capsys.readouterr().err


def test_a_gotcha_is_explained_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["explain", "G-02"])
    assert capsys.readouterr().out == (
        "G-02 (gotcha)\n"
        "A read after a PUT is stale until the job ends: drop the cache, poll\n"
        "Rules: BEV-03, BEV-04\n"
        "Documentation: older and newer\n"
        "Checked by: contracts run --gotcha G-02\n"
    )
