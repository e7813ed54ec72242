"""Draw a random sample, by seed, of all mutations that cosmic-ray can make in the mock."""

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
    """A place where a mutation is possible.

    `nth` distinguishes places with the same operator and the same line text. The line number is not part
    of a place's identity, so a draw stays the same when code above it changes.
    """

    file: str
    operator: str
    occurrence: int
    line: int
    text: str
    nth: int

    @property
    def id(self) -> str:
        """The place's name, which is the same in every checkout."""
        return _digest(self.file, self.operator, self.text, str(self.nth))[:8]


@dataclass(frozen=True)
class Mutant:
    """A mutation that was made: the removed lines, the added lines, and the whole source after it."""

    place: MutationPlace
    before: str
    after: str
    source: str


def draw_mutants(root: Path, number: int, seed: int) -> tuple[list[Mutant], int]:
    """Return this many mutants, or all if there are fewer, and the number of places from which they were drawn."""
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
    """Return the places in the order of the seed. Adding or removing a place does not reorder the others."""
    return sorted(places, key=lambda place: _digest(str(seed), place.id))


def mutated_files(root: Path) -> list[str]:
    """Return the paths of the source files that are mutated, relative to the checkout."""
    sources = [file for part in MUTATED_PACKAGES for file in (root / PACKAGE / part).rglob("*.py")]
    return sorted(file.relative_to(root).as_posix() for file in sources)


def find_places(root: Path, file: str) -> Iterator[MutationPlace]:
    """Yield the places in a source file where a mutation may change what a client sees."""
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
    """Make the mutant of a place. Return None if it would be invalid Python or the same program."""
    from cosmic_ray.mutating import mutate_code

    source = (root / place.file).read_text(encoding="utf-8")
    changed = mutate_code(source, dict(_operators())[place.operator], place.occurrence)
    if changed is None or not _is_other_program(source, changed):
        return None
    before, after = diff_lines(source, changed)
    return Mutant(place, before, after, changed)


def diff_lines(source: str, changed: str) -> tuple[str, str]:
    """Return the lines, without indentation, that are only in the first text, and those that are only in the second."""
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
