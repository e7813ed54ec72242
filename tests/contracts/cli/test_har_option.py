"""`contracts run --har` records the run, in all of its processes."""

import json
from pathlib import Path

import pytest

from tests.contracts import suite_process
from tests.contracts.har_schema import validate_har

SMALL_RUN = ("--rule", "BEV-07", "--profile", "smoke", "--kind", "example")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_run_is_recorded_without_secrets(workers: str, tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        ended = suite_process.run_contracts(tmp_path, origin, *SMALL_RUN, "--workers", workers, "--har", "new/run.har")
    assert ended.code == 0, ended.err
    document = json.loads((tmp_path / "new" / "run.har").read_text(encoding="utf-8"))
    validate_har(document)
    entries = document["log"]["entries"]
    assert len(entries) > ended.result["run"]["requests"] > 0  # The preflight and the workspaces come on top.
    assert entries[0]["request"]["url"].endswith("/status/")
    assert any(entry["comment"].startswith("test_evaluation") for entry in entries)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["run.har"]
    assert ended.find_leaks() == []


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = suite_process.run_contracts(tmp_path, "http://127.0.0.1:9", *SMALL_RUN, "--har", "file/run.har")
    assert ended.code == 2
    assert "--har: file/run.har cannot be written to" in ended.err
