"""Each rule has exactly one home in the mock: the code that says `Implements:` with its id."""

from textwrap import dedent

import pytest

from contracts.spec import rules as catalogue
from tests.traceability import rule_homes

SOURCE = '''
    """A module.

    Implements: BASE-01, BASE-02.
    """

    # Implements: BASE-03
    STEPS = (
        "a",
        # Implements: BASE-04 (the first step).
        "b",
    )

    LIMIT = 500
    """The limit. See: BASE-05.

    Implements: BASE-06
    """

    # Implements: BASE-07.
    @final
    class Gateway:
        """Implements: BASE-08."""

        size: int = 1
        """Implements: BASE-09"""

        async def route(self):
            """Route a request. See: BASE-01.

            Implements: BASE-10.
            """
            size = 1  # Implements: BASE-11
            # Implements: BASE-12
            return size
'''


def test_a_statement_names_the_code_that_it_belongs_to() -> None:
    names = {rule_id: name for ids, name in rule_homes.find_statements(dedent(SOURCE)) for rule_id in ids}
    assert names == {
        "BASE-01": "",
        "BASE-02": "",
        "BASE-03": "STEPS",
        "BASE-04": "STEPS",
        "BASE-06": "LIMIT",
        "BASE-07": "Gateway",
        "BASE-08": "Gateway",
        "BASE-09": "Gateway.size",
        "BASE-10": "Gateway.route",
        "BASE-11": "Gateway.route",
        "BASE-12": "Gateway.route",
    }


@pytest.mark.parametrize(
    "line",
    [
        "Implements: nothing",
        "Implements BEV-07: Implements: BEV-07",
        "Implements: BEV-7",
        "It is so. Implements: BEV-07.",
    ],
)
def test_a_malformed_statement_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        rule_homes.find_statements(f"# {line}\n")


def test_no_rule_has_two_homes_and_no_home_is_of_an_unknown_rule() -> None:
    homes = rule_homes.homes_by_rule()
    assert {rule_id: places for rule_id, places in homes.items() if len(places) > 1} == {}
    assert homes.keys() - catalogue.load().rules.keys() == set()


def test_each_rule_that_binds_the_mock_has_a_home() -> None:
    binding = {rule.id for rule in catalogue.load().rules.values() if not rule.binds_the_suite}
    assert binding - rule_homes.homes_by_rule().keys() == set()
