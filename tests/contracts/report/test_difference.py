"""Two values are shortened around their first difference, in linear time."""

import json

import pytest

from contracts.report.difference import find_difference, shorten_around_difference

ROWS = [{"id": f"cr_{number}", "purchase": number, "revenue": 1.5 * number} for number in range(40)]


def change_row(index: int, **members: object) -> list[dict[str, object]]:
    return [{**row, **members} if position == index else row for position, row in enumerate(ROWS)]


def test_short_values_are_shown_whole() -> None:
    found = find_difference("{'purchase': 1,\n 'revenue': 2}", "[]", 40)
    assert (found.place, found.expected, found.seen) == ("", "{'purchase': 1, 'revenue': 2}", "[]")


@pytest.mark.parametrize("write", [repr, json.dumps], ids=["Python", "JSON"])
def test_the_first_member_that_differs_is_named(write: type[str]) -> None:
    found = find_difference(write(ROWS), write(change_row(31, purchase=99, revenue=0)), 60)
    assert (found.place, found.expected, found.seen) == ("[31].purchase", "31", "99")


def test_the_order_of_members_is_no_difference() -> None:
    other = [dict(reversed(row.items())) for row in change_row(39, id="another")]
    found = find_difference(repr(ROWS), repr(other), 60)
    assert (found.place, found.expected, found.seen) == ("[39].id", "'cr_39'", "'another'")


@pytest.mark.parametrize(
    ("expected", "seen", "sides"),
    [
        (ROWS[:30], ROWS[:29], (repr(ROWS[29]), "(missing)")),
        (ROWS[:29], ROWS[:30], ("(missing)", repr(ROWS[29]))),
        ([*ROWS[:29], True], [*ROWS[:29], 1], ("True", "1")),
        ([*ROWS[:29], {}], [*ROWS[:29], []], ("{}", "[]")),
    ],
    ids=["an item less", "an item more", "a boolean and a number", "an object and a list"],
)
def test_what_one_side_lacks_is_named(expected: object, seen: object, sides: tuple[str, str]) -> None:
    found = find_difference(repr(expected), repr(seen), 60)
    assert found.place == "[29]"
    assert (found.expected, found.seen) == sides


def test_a_member_whose_name_is_no_word_is_quoted() -> None:
    padding = {"padding": "x" * 100}
    found = find_difference(json.dumps({**padding, "a b": {"c": 1}}), json.dumps({**padding, "a b": {"c": 2}}), 60)
    assert found.place == '["a b"].c'


def test_texts_are_cut_around_their_first_difference() -> None:
    expected, seen = (f"{'a' * 200}{middle}{'z' * 200}" for middle in ("EXPECTED", "SEEN"))
    found = find_difference(expected, seen, 60)
    assert found.expected == f"…{'a' * 19}EXPECTED{'z' * 31}…"
    assert found.seen == f"…{'a' * 19}SEEN{'z' * 35}…"


def test_a_difference_at_the_end_is_shown_with_what_is_before() -> None:
    assert shorten_around_difference("a" * 100, "a" * 99, 30) == (f"…{'a' * 10}", f"…{'a' * 9}")


def test_a_difference_at_the_beginning_is_shown_from_there() -> None:
    assert shorten_around_difference("200", f"404 {'x' * 100}", 20) == ("200", f"404 {'x' * 15}…")


@pytest.mark.parametrize("width", [20, 60, 120])
@pytest.mark.parametrize("changed", [0, 1, 20, 39])
def test_no_side_is_wider_than_asked(width: int, changed: int) -> None:
    found = find_difference(repr(ROWS), repr(change_row(changed, id="x" * 300)), width)
    assert max(len(found.expected), len(found.seen)) <= width
    assert found.expected != found.seen


@pytest.mark.parametrize("text", ["[" * 5_000, "{" * 5_000, "9" * 5_000, "'\\ud800" * 900], ids=len)
def test_what_is_no_value_is_compared_as_text(text: str) -> None:
    found = find_difference(text, f"{text}!", 40)
    assert found.place == ""
    assert found.seen.endswith("!")


class Counted(str):
    """A text that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return super().__eq__(other)

    __hash__ = str.__hash__


def test_each_member_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def nest(levels: int, last: str) -> dict[str, object]:
        value: dict[str, object] = {"end": Counted(last)}
        for _ in range(levels):
            value = {"before": Counted("same"), "inner": value}
        return value

    sides = iter([nest(300, "a"), nest(300, "b")])
    monkeypatch.setattr("contracts.report.difference._parse", lambda _text: next(sides))
    found = find_difference("x" * 50, "y" * 50, 40)
    assert found.place.endswith(".inner.end")
    assert Counted.compared <= 301
