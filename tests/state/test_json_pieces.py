"""A record that is read in pieces is the record that is read at once, and the pieces are small."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.pieces import PIECE_UNITS, Steps
from mock_server.state import json_codec, json_pieces
from mock_server.state.json_codec import RecordDecodeError
from mock_server.state.json_pieces import BYTES_PER_UNIT, InvalidJsonError, JsonText


@dataclass(frozen=True, slots=True)
class Leaf:
    text: str
    number: int = 0
    amounts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Branch:
    leaves: tuple[Leaf, ...]
    pair: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    leaves: tuple[Leaf, ...] = ()
    branches: tuple[Branch, ...] = ()
    best: Branch | None = None


def run(steps: Steps[Any]) -> tuple[Any, list[int]]:
    """Return the result of the work, and the units of each step."""
    units = []
    while True:
        try:
            units.append(next(steps))
        except StopIteration as end:
            return end.value, units


TEXTS = st.text('ab\\"{}[],: é😀', max_size=6)
LEAVES = st.lists(
    st.builds(Leaf, TEXTS, st.integers(-5, 5), st.dictionaries(TEXTS, st.just(1), max_size=2)), max_size=3
).map(tuple)
BRANCHES = st.builds(Branch, LEAVES, st.none() | st.tuples(st.integers(0, 9), TEXTS))
TREES = st.builds(Tree, TEXTS, LEAVES, st.lists(BRANCHES, max_size=3).map(tuple), st.none() | BRANCHES)


@given(TREES, st.sampled_from([None, 1]), st.integers(1, 60))
@settings(deadline=None)
def test_the_size_of_the_pieces_does_not_matter(tree: Tree, indent: int | None, piece_bytes: int) -> None:
    content = json.dumps(json_codec.to_json(tree), indent=indent, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "PIECE_BYTES", piece_bytes)
        try:
            value, _ = run(json_pieces.read(Tree, JsonText(content)))
        except RecordDecodeError as error:
            assert "is too long" in error.message  # noqa: PT017 - one value is longer than a piece
        else:
            assert value == tree


@pytest.mark.parametrize(
    "content",
    [
        '{"name": "t"',
        '{"name": "t",}',
        '{"name": "t"} x',
        '{"name": "t" "leaves": []}',
        '{"name": "t", "leaves": [{"text": "a"} {"text": "b"}]}',
        '{"name": "t", "leaves": [{"text": "a"},]}',
        '{"name": "t", "leaves": [{"text": "a"}}',
        '{"name": "t", "leaves": [{"text": "a"]}',
        '{"name": "t", "leaves": [,]}',
        '{"name" "t"}',
        '{name: "t"}',
        '{"name": "t',
        '{"name": t}',
        '{1: "t"}',
        "",
        "{",
        '{"name": "t", "leaves": [',
        '{"name": "t", "leaves": ' + "[" * 100_000,
    ],
)
def test_text_that_is_not_json_is_refused_in_pieces_too(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for piece_bytes in (8, 24, 64 * 1024):
        monkeypatch.setattr(json_pieces, "PIECE_BYTES", piece_bytes)
        with pytest.raises((InvalidJsonError, RecordDecodeError)):
            run(json_pieces.read(Tree, JsonText(content.encode())))


@pytest.mark.parametrize(
    ("change", "field_name"),
    [
        ({"leaves": [{"text": "a"}] * 9 + [{"text": 1}]}, "leaves.9.text"),
        ({"leaves": [{"text": "a"}] * 9 + [{}]}, "leaves.9.text"),
        ({"unknown": 1, "leaves": [{"text": "a"}] * 9}, "unknown"),
        ({"name": [], "leaves": [{"text": "a"}] * 9}, "name"),
        ({"branches": [{"leaves": [{"text": "b", "number": "c"}] * 9}] * 9}, "branches.0.leaves.0.number"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, Any], field_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_pieces, "PIECE_BYTES", 40)
    with pytest.raises(RecordDecodeError) as refused:
        run(json_pieces.read(Tree, JsonText(json.dumps({"name": "t", **change}).encode())))
    assert refused.value.field == field_name


def test_the_work_is_told_in_small_steps() -> None:
    content = json.dumps({"name": "t", "leaves": [{"text": "a" * 50}] * 30_000}).encode()
    _, units = run(json_pieces.read(Tree, JsonText(content)))
    assert max(units) <= PIECE_UNITS
    assert sum(units) * BYTES_PER_UNIT >= 0.8 * len(content)


def test_only_small_parts_of_a_large_text_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    parse = json_pieces.from_json
    monkeypatch.setattr(json_pieces, "from_json", lambda content: parsed.append(len(content)) or parse(content))
    content = json.dumps({"name": "t", "leaves": [{"text": "a" * 50}] * 30_000 + [{"text": 1}] * 30_000}).encode()
    with pytest.raises(RecordDecodeError):
        run(json_pieces.read(Tree, JsonText(content)))
    assert max(parsed) < 100
    assert sum(parsed) < len(content) * 0.85
