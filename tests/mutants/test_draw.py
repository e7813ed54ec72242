"""Mutants are drawn from places that clients can notice, in an order that the seed decides."""

from pathlib import Path

import pytest

from tests.mutants import cited_rules, draw
from tests.mutants.draw import MutationPlace
from tests.mutants.type_regions import TypeRegions

SOURCE = """from typing import Annotated, TypeAlias

Amount: TypeAlias = int | float


def read(text: str | None, limit: Annotated[int, Field(ge=1)] = 2 | 4) -> int | None:
    if TYPE_CHECKING:
        import decimal | fractions
    return 7 | 8
"""


def a_place(text: str, nth: int = 1) -> MutationPlace:
    return MutationPlace("domain/windows.py", "NumberReplacer", occurrence=0, line=1, text=text, nth=nth)


@pytest.mark.parametrize(
    ("line", "part", "hidden"),
    [
        pytest.param(3, "|", True, id="a type alias"),
        pytest.param(6, "| None,", True, id="the type of a parameter"),
        pytest.param(6, "| None:", True, id="the type of a return value"),
        pytest.param(6, "1", False, id="a bound in a type"),
        pytest.param(6, "| 4", False, id="a default"),
        pytest.param(9, "|", False, id="executed code"),
    ],
)
def test_only_types_are_left_alone(line: int, part: str, hidden: bool) -> None:
    source = SOURCE.replace("import decimal | fractions", "import decimal")
    column = source.splitlines()[line - 1].index(part)
    assert TypeRegions.from_source(source).contains((line, column)) is hidden


def test_what_only_a_type_checker_reads_is_left_alone() -> None:
    source = "if TYPE_CHECKING:\n    limit = 1\nlimit = 2\n"
    hidden = TypeRegions.from_source(source)
    assert hidden.contains((2, 12))
    assert not hidden.contains((3, 8))


def test_a_column_counts_characters() -> None:
    source = 'names: "Übergröße | None" = 1 | 2; größe: int | None = 3\n'
    hidden = TypeRegions.from_source(source)
    assert hidden.contains((1, source.index("int |") + 4))
    assert not hidden.contains((1, source.rindex("3")))


def test_the_seed_decides_the_order() -> None:
    places = [a_place(str(number)) for number in range(50)]
    first = draw.order_by_seed(places, seed=1)
    assert draw.order_by_seed(reversed(places), seed=1) == first
    assert draw.order_by_seed(places, seed=2) != first


def test_a_place_that_goes_leaves_the_others_in_their_order() -> None:
    places = [a_place(str(number)) for number in range(50)]
    fewer = [place for place in draw.order_by_seed(places, seed=1) if place != places[7]]
    assert draw.order_by_seed([place for place in places if place != places[7]], seed=1) == fewer


def test_a_place_keeps_its_name_when_its_line_moves() -> None:
    here = a_place("limit = 50")
    assert MutationPlace(here.file, here.operator, occurrence=9, line=40, text=here.text, nth=1).id == here.id
    assert a_place("limit = 50", nth=2).id != here.id


def test_a_difference_is_told_without_indentation() -> None:
    source = "def f(x):\n    return x + 1\n"
    assert draw.diff_lines(source, "def f(x):\n    return x +  2\n") == ("return x + 1", "return x + 2")
    assert draw.diff_lines("@closed\nclass A:\n    a: int\n", "class A:\n    a: int\n") == ("@closed", "")


def test_every_part_that_is_mutated_is_there() -> None:
    paths = draw.mutated_files(Path(draw.__file__).parents[2])
    assert {file.split("/")[1] for file in paths} == set(draw.MUTATED_PACKAGES)


RULED_SOURCE = '''"""Rule: EVT-01."""


class Page:
    """Rule: EVT-02."""

    def cut(self):
        """Rules: BASE-05, EVT-03, BASE-05."""
        return 1

    def count(self):
        return 2


LIMIT = 3
'''


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        pytest.param(9, ["BASE-05", "EVT-03"], id="its function"),
        pytest.param(12, ["EVT-02"], id="its class, if the function cites none"),
        pytest.param(15, ["EVT-01", "EVT-02", "BASE-05", "EVT-03"], id="all rules, outside any definition"),
    ],
)
def test_a_place_speaks_of_the_rules_that_are_cited_around_it(line: int, rules: list[str]) -> None:
    assert cited_rules.cited_rules(RULED_SOURCE, line) == rules
