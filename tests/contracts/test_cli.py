"""The command `contracts` tells the rules."""

import pytest

from contracts import cli


def test_the_list_has_a_line_for_each_rule(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["list"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["BASE-01", "MUST", "stated", "base"]
    assert len(lines) == 79


def test_a_rule_is_explained_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["explain", "BEV-04"])
    said = capsys.readouterr().out
    assert said.startswith("BEV-04 (MUST, ruled)\n")
    assert "Operations: " in said


def test_an_unknown_rule_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", "BEV-99"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
