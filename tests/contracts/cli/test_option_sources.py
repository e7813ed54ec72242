"""Options come from the command line, then from variables, then from the nearest pyproject.toml with the table."""

from pathlib import Path

import pytest

from contracts.cli import configuration, main
from contracts.cli.configuration import OPTIONS_BY_COMMAND, complete_command
from contracts.cli.option_sources import PATH_OPTIONS, PERMISSION_OPTIONS, variable_of
from contracts.target.options import CONTROL_TOKEN_VARIABLE, PASSWORD_VARIABLES, Option, OptionError

RUN_OPTIONS = OPTIONS_BY_COMMAND["run"]
VALUES = {"profile": "smoke", "area": "events", "documentation": "newer", "job-timeout": "build=9", "kind": "law"}
"""Values of the options that do not take every text."""
ID = pytest.mark.parametrize("option", RUN_OPTIONS, ids=lambda option: option.name)


def write_table(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text("\n".join(["[tool.wavetank.contracts]", *lines, ""]), encoding="utf-8")
    return folder


def example_value(option: Option) -> str:
    return "7" if "type" in option.parser_arguments and option.name not in VALUES else VALUES.get(option.name, "x")


def added(folder: Path, *words: str, command: str = "run", **environment: str) -> list[str]:
    completed = complete_command([command, *words], environment, folder)
    assert completed[0] == command
    assert completed[len(completed) - len(words) :] == list(words)
    return completed[1 : len(completed) - len(words)]


@ID
def test_every_option_has_a_variable(option: Option, tmp_path: Path) -> None:
    switch = option.parser_arguments.get("action") == "store_true"
    value = "true" if switch else example_value(option)
    expected = f"--{option.name}" if switch else f"--{option.name}={value}"
    assert added(tmp_path, **{variable_of(option): value}) == [expected]


@ID
def test_every_option_but_a_permission_can_stand_in_the_file(option: Option, tmp_path: Path) -> None:
    switch, text = option.parser_arguments.get("action") == "store_true", example_value(option)
    write_table(tmp_path, f"{option.name} = {'true' if switch else repr(text)}")
    if option.name in PERMISSION_OPTIONS:
        with pytest.raises(OptionError, match="would hold for every target"):
            added(tmp_path)
        return
    value = str(tmp_path / text) if option.name in PATH_OPTIONS else text
    assert added(tmp_path) == [f"--{option.name}" if switch else f"--{option.name}={value}"]


def test_no_variable_of_an_option_is_one_of_a_secret() -> None:
    variables = {variable_of(option) for options in OPTIONS_BY_COMMAND.values() for option in options}
    assert not variables & {*PASSWORD_VARIABLES.values(), CONTROL_TOKEN_VARIABLE}


@pytest.mark.parametrize("words", [["--rule", "BEV-07"], ["--rule=BEV-07"]])
def test_the_command_line_replaces_a_variable_also_where_it_could_be_repeated(words: list[str], tmp_path: Path) -> None:
    assert added(tmp_path, *words, CONTRACTS_RULE="BEV-01,BEV-02") == []


def test_a_variable_replaces_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(tmp_path, 'rule = ["BEV-01"]', "seed = 3")
    assert added(tmp_path, CONTRACTS_RULE="BEV-02, BEV-03") == ["--rule=BEV-02", "--rule=BEV-03", "--seed=3"]
    assert f"options from CONTRACTS_RULE, {tmp_path}/pyproject.toml (seed)" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "false", "0", "no"])
def test_a_switch_that_is_off_adds_nothing(value: str, tmp_path: Path) -> None:
    write_table(tmp_path, "strict = false")
    assert added(tmp_path, CONTRACTS_STRICT=value) == []


def test_the_nearest_file_with_the_table_counts(tmp_path: Path) -> None:
    write_table(tmp_path, "seed = 1")
    inner = write_table(tmp_path / "a" / "b", "seed = 2", 'report-dir = "out"')
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.other]\nname = "x"\n', encoding="utf-8")
    assert added(tmp_path / "a") == ["--seed=1"]
    assert added(inner) == [f"--report-dir={inner}/out", "--seed=2"] or added(inner) == [
        "--seed=2",
        f"--report-dir={inner}/out",
    ]


def test_without_the_table_nothing_is_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert added(tmp_path) == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['base_url = "x"'], "did you mean base-url?"),
        (['password = "x"'], "secrets are read from variables only: CONTRACTS_PASSWORD"),
        (['control-token = "x"'], "secrets are read from variables only"),
        (["seed = -1"], "seed must be an integer from 0"),
        (["seed = true"], "seed must be a text or a number"),
        (['strict = "yes"'], "strict must be true or false"),
        (['profile = "quick"'], "profile must be one of smoke, standard, thorough, but is 'quick'"),
        (["rule = [1.5]"], "rule must be an array of texts"),
        (['allow-writes = ["partner-id-acme"]'], "use --allow-writes or CONTRACTS_ALLOW_WRITES"),
        (['disposable-event = ["evt_1"]'], "use --disposable-event or CONTRACTS_DISPOSABLE_EVENT"),
        (["= 1"], "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_invalid_file_is_a_usage_error_of_one_line(
    lines: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_table(tmp_path, *lines))
    with pytest.raises(SystemExit) as ended:
        main.main(["run"])
    error = capsys.readouterr().err
    assert (ended.value.code, error.count("\n")) == (2, 1)
    assert expected in error
    assert f"{tmp_path}/pyproject.toml" in error


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CONTRACTS_SEED", "x", "CONTRACTS_SEED must be an integer"),
        ("CONTRACTS_PROFILE", "quick", "CONTRACTS_PROFILE must be one of"),
        ("CONTRACTS_PLAN", "maybe", "CONTRACTS_PLAN must be 'true' or 'false'"),
        ("CONTRACTS_KIND", "law,x", "CONTRACTS_KIND must be one of"),
    ],
)
def test_an_invalid_variable_is_named(variable: str, value: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=expected):
        added(tmp_path, **{variable: value})


def test_a_replay_keeps_what_its_reproducer_says(tmp_path: Path) -> None:
    environment = {"CONTRACTS_BASE_URL": "http://other/api/v3", "CONTRACTS_SEED": "2", "CONTRACTS_USER": "ana"}
    assert added(tmp_path, "file.json", command="replay", **environment) == ["--user=ana"]


@pytest.mark.parametrize(
    ("command", "option"), [("list", "report-dir"), ("cleanup", "ledger-dir"), ("gate", "baseline")]
)
def test_other_commands_take_the_options_that_they_have(command: str, option: str, tmp_path: Path) -> None:
    write_table(tmp_path, f'{option} = "x"', "seed = 1")
    assert added(tmp_path, command=command) == [f"--{option}={tmp_path}/x"]


def test_compare_takes_none(tmp_path: Path) -> None:
    words = ["compare", "a", "b"]
    assert configuration.complete_command(words, {"CONTRACTS_REPORT_DIR": "x"}, tmp_path) == words
