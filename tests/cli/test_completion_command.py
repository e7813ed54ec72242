"""`wavetank completion` prints a script that completes commands and flags."""

import importlib.util
import shutil
import subprocess
import sys

import pytest

from mock_server.cli import completion, main

needs_shtab = pytest.mark.skipif(
    importlib.util.find_spec("shtab") is None, reason="needs shtab, which the extra `completion` installs"
)


@needs_shtab
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mock-server clock adv", {"advance"}),
        ("mock-server jobs --state pend", {"pending"}),
        ("mock-server fault add --op", {"--operation"}),
        ("mock-server gotcha set-up G-02", {"G-02"}),
        ("mock-server contracts clean", {"cleanup"}),
        ("mock-server contracts run --prof", {"--profile"}),
        ("mock-server contracts run --profile smo", {"smoke"}),
        ("mock-server contracts gate --upd", {"--update"}),
    ],
)
def test_bash_completes_commands_flags_and_values(
    words: str, expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main.main(["completion", "bash"])
    script = capsys.readouterr().out
    complete = f"COMP_WORDS=({words}); COMP_CWORD={len(words.split()) - 1}; _shtab_mock_server; echo ${{COMPREPLY[@]}}"
    completed = subprocess.run(["bash"], input=f"{script}\n{complete}", capture_output=True, text=True, check=True)
    assert set(completed.stdout.split()) == expected, completed.stderr


@needs_shtab
def test_bash_completes_the_command_under_both_names(capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["completion", "bash"])
    completed = {line.split()[-1] for line in capsys.readouterr().out.splitlines() if line.startswith("complete -o")}
    assert completed == {"wavetank", "mock-server"}


@needs_shtab
@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["completion", shell])
    assert "until-idle" in capsys.readouterr().out


@needs_shtab
def test_a_command_that_is_not_installed_is_completed_without_its_flags(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **selected: [])
    main.main(["completion", "bash"])
    printed = capsys.readouterr().out
    assert "contracts" in printed
    assert "--profile" not in printed


def test_without_the_package_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(SystemExit) as ended:
        main.main(["completion", "bash"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith("completion needs the package shtab: python -m pip install shtab\n")
