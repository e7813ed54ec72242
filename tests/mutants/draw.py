"""Every mutation of the rules, the operations and the API that cosmic-ray knows, and a sample of them by seed."""

import ast
import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.type_regions import TypeRegions

PACKAGE = "mock_server"
MUTATED_PACKAGES = ("domain", "operations", "http", "platform_api")


@dataclass(frozen=True)
class MutationPlace:
    """Where a mutation is possible. `nth` tells it from the same operator's others on lines with the same text.

    The number of its line is no part of what it is: a draw stays the same when code above it changes.
    """

    file: str
    operator: str
    occurrence: int
    line: int
    text: str
    nth: int

    @property
    def id(self) -> str:
        """Its name, the same in every checkout."""
        return _digest(self.file, self.operator, self.text, str(self.nth))[:8]


@dataclass(frozen=True)
class Mutant:
    """A mutation that was made: the lines that it takes away, those that it puts there, the whole source after it."""

    place: MutationPlace
    before: str
    after: str
    source: str


def draw_mutants(root: Path, number: int, seed: int) -> tuple[list[Mutant], int]:
    """That many mutants, or all where there are fewer, and how many places there were to draw from."""
    places = [place for file in mutated_files(root) for place in find_places(root, file)]
    mutants: list[Mutant] = []
    for place in order_by_seed(places, seed):
        if len(mutants) == number:
            break
        mutant = mutate(root, place)
        if mutant is not None:
            mutants.append(mutant)
    return mutants, len(places)


def order_by_seed(places: Iterable[MutationPlace], seed: int) -> list[MutationPlace]:
    """The places in the seed's order; one that is added or goes leaves the others' order as it is."""
    return sorted(places, key=lambda place: _digest(str(seed), place.id))


def mutated_files(root: Path) -> list[str]:
    """The sources that are mutated, by their paths under the checkout."""
    sources = [file for part in MUTATED_PACKAGES for file in (root / PACKAGE / part).rglob("*.py")]
    return sorted(file.relative_to(root).as_posix() for file in sources)


def find_places(root: Path, file: str) -> Iterator[MutationPlace]:
    """Where the source can be mutated in what a client may notice."""
    from cosmic_ray.ast import ast_nodes, get_ast

    source = (root / file).read_text(encoding="utf-8")
    hidden, lines = TypeRegions.from_source(source), source.splitlines()
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in _operators():
        positions = [begin for node in nodes for begin, _ in operator.mutation_positions(node)]
        yield from _number_places(file, name, positions, lines, hidden)


def _number_places(
    file: str, operator: str, positions: list[tuple[int, int]], lines: list[str], hidden: TypeRegions
) -> Iterator[MutationPlace]:
    seen: Counter[str] = Counter()
    for occurrence, (line, column) in enumerate(positions):
        text = lines[line - 1].strip()
        seen[text] += 1
        if not hidden.contains((line, column)):
            yield MutationPlace(file, operator, occurrence, line, text, seen[text])


def mutate(root: Path, place: MutationPlace) -> Mutant | None:
    """The mutant of a place; None where it would be no Python, or the same program."""
    from cosmic_ray.mutating import mutate_code

    source = (root / place.file).read_text(encoding="utf-8")
    changed = mutate_code(source, dict(_operators())[place.operator], place.occurrence)
    if changed is None or not _is_other_program(source, changed):
        return None
    before, after = diff_lines(source, changed)
    return Mutant(place, before, after, changed)


def diff_lines(source: str, changed: str) -> tuple[str, str]:
    """The lines that one text has and the other has not, without their indentation."""
    lines = list(difflib.unified_diff(source.splitlines(), changed.splitlines(), n=0, lineterm=""))[3:]
    removed = (" ".join(line[1:].split()) for line in lines if line.startswith("-"))
    added = (" ".join(line[1:].split()) for line in lines if line.startswith("+"))
    return "\n".join(filter(None, removed)), "\n".join(filter(None, added))


def _operators() -> list[tuple[str, Any]]:
    from cosmic_ray.operators.provider import OperatorProvider

    known = OperatorProvider()
    return [(name, known[name]()) for name in known if not known[name].arguments()]


def _is_other_program(source: str, changed: str) -> bool:
    try:
        return ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))
    except SyntaxError:
        return False


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
