"""A reproducer is written to a file of its own, and is the same when it is loaded again."""

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.pytest_plugin.reproducer import Reproducer
from tests.contracts.results.result_builders import HOSTILE_TEXT

REPRODUCER = Reproducer(
    suite="0.1.0",
    contract="events::it",
    case="GET /events/",
    test="test_events.py::test_it",
    rules=("EVT-01",),
    claims=("a claim",),
    reason="why",
    expected="1",
    seen="2",
    target="http://127.0.0.1:1/api/v3",
    profile="smoke",
    seed=7,
    calls=("curl -sS http://127.0.0.1:1/  # -> 200",),
    exchanges=({"method": "GET"},),
    program=({"step": "advance", "seconds": 1},),
)


@pytest.mark.parametrize("reason", ["why", HOSTILE_TEXT, "\ud800 alone"], ids=["plain", "hostile", "a lone surrogate"])
def test_what_is_written_is_read_back(reason: str, tmp_path: Path) -> None:
    reproducer = replace(REPRODUCER, reason=reason, seen=reason)
    assert Reproducer.load(reproducer.write(tmp_path)) == reproducer


def test_reproducers_of_one_contract_have_different_names(tmp_path: Path) -> None:
    names = [REPRODUCER.write(tmp_path).name for _ in range(3)]
    assert names == ["events-it-GET-events-.json", "events-it-GET-events--2.json", "events-it-GET-events--3.json"]


def test_no_case_leads_out_of_the_folder(tmp_path: Path) -> None:
    reproducer = replace(REPRODUCER, case="../../x\x00y" * 50)
    assert reproducer.write(tmp_path / "reproducers").parent == tmp_path / "reproducers"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "wavetank-reproducer-2"}'])
def test_a_file_of_another_format_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(content)
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        Reproducer.load(file)
