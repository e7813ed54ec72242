"""The links of each rule to its contracts, its defects and its home in the mock, from the generated `trace.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from contracts.errors import ContractsError

FILE = Path(str(resources.files("contracts"))) / "spec" / "trace.json"


class TraceError(ContractsError):
    """`trace.json` is missing or is not a valid trace."""


@dataclass(frozen=True, slots=True)
class Home:
    """The place in `mock_server` that implements a rule: a file, and the qualified name of the code in this file.

    The name is empty if the whole module implements the rule.
    """

    file: str
    name: str

    def __str__(self) -> str:
        return f"{self.file}, {self.name}" if self.name else self.file


@dataclass(frozen=True, slots=True)
class RuleLinks:
    """The ids of the contracts that check each part of a rule, the names of the defects that break it, and its home."""

    contracts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defects: tuple[str, ...] = ()
    home: Home | None = None


def load(file: Path = FILE) -> dict[str, RuleLinks]:
    """Return the links of each rule by its id. Raise TraceError if the file cannot be read."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return {rule_id: _parse_links(links) for rule_id, links in document.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise TraceError(f"{file.name} is missing or invalid; run `make trace`: {error}") from error


def dump(links: Mapping[str, RuleLinks]) -> str:
    """Return the text of a trace file, with one line for each member of a rule."""
    return "{\n" + ",\n".join(_format_links(rule_id, links[rule_id]) for rule_id in links) + "\n}\n"


def _parse_links(links: Mapping[str, Any]) -> RuleLinks:
    home = links["home"]
    contracts = {part: tuple(contract_ids) for part, contract_ids in links["contracts"].items()}
    return RuleLinks(contracts, tuple(links["defects"]), None if home is None else Home(home["file"], home["name"]))


def _format_links(rule_id: str, links: RuleLinks) -> str:
    home = None if links.home is None else {"file": links.home.file, "name": links.home.name}
    members = {"home": home, "contracts": links.contracts, "defects": list(links.defects)}
    lines = [f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in members.items()]
    return f"  {json.dumps(rule_id)}: {{\n" + ",\n".join(lines) + "\n  }"
