"""The trace of the rules is the same after it was written and read, and an invalid file is an error."""

from pathlib import Path

import pytest

from contracts.spec import rules, trace
from contracts.spec.catalogue_entry import CatalogueError
from contracts.spec.trace import Home, RuleLinks, TraceError

LINKS = {
    "BEV-01": RuleLinks(
        {"begin": ("evaluation::it",)}, ("one_defect", "another"), Home("mock_server/domain/a.py", "Job.run")
    ),
    "BEV-02": RuleLinks(),
}


def test_links_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_text(trace.dump(LINKS), encoding="utf-8")
    assert trace.load(file) == LINKS


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< ours",
        "[]",
        '{"BEV-01": []}',
        '{"BEV-01": {"home": null, "contracts": {}}}',
        '{"BEV-01": {"home": "a.py"}}',
    ],
)
def test_an_invalid_file_is_an_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TraceError, match="make trace"):
        trace.load(file)


def test_the_catalogue_reports_a_missing_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace.load, "__defaults__", (tmp_path / "missing.json",))
    monkeypatch.setattr(rules, "_load_own", rules._load_own.__wrapped__)  # It must be read again.
    with pytest.raises(CatalogueError, match="missing"):
        rules.load()


def test_the_rules_of_the_catalogue_have_their_links() -> None:
    links = trace.load()
    for rule in rules.load().rules.values():
        contracts = {part.id.partition(".")[2]: part.contracts for part in rule.parts if part.contracts}
        assert RuleLinks(contracts, rule.defects, rule.home) == links[rule.id]
