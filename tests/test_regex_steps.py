"""Every regular expression of the mock takes a number of steps that is linear in the length of what clients send."""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mock_server
from contracts.spec import redactor
from mock_server.domain import redaction
from tests.regex_steps import StepCounter

NOT_FROM_CLIENTS = {
    "CITATION",  # control/document.py: docstrings
    "SENTENCE_END",
    "VARIABLE_PATTERN",  # gotchas/: scenarios, which are data of the package
    "SELECTOR_PART",
}
SIZE = 24
SIZES = (SIZE, 2 * SIZE, 4 * SIZE)
MAX_GROWTH = 2.6
"""How many times as many steps a text of twice the length may take. A quadratic pattern takes almost 4 times as many.

One of two doublings may take more: the one in which a bound such as `{1,128}` is reached.
"""
WORDS = ["eyJ", "a", "A", "0", "-", ".", "%", "=", "&", "/v1", " A/1", "E+1", "a."]


def collect_patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Yield each compiled pattern that is a global of the package, with its name."""
    seen = set()
    for info in pkgutil.walk_packages(mock_server.__path__, "mock_server."):
        if info.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(info.name)).items():
            if isinstance(value, re.Pattern) and name not in NOT_FROM_CLIENTS and value not in seen:
                seen.add(value)
                yield name, value
    yield "WORD", redactor.WORD
    yield "JWT of the contracts", redactor.JWT
    yield "ORDINARY_WORD", redactor.ORDINARY_WORD


PATTERNS = dict(collect_patterns())
SOURCES = [path.read_text() for path in Path(mock_server.__path__[0]).rglob("*.py")]
ANCHORED = {"ORDINARY_WORD": "fullmatch"} | {
    node.func.value.id: node.func.attr
    for source in SOURCES
    for node in ast.walk(ast.parse(source))
    if isinstance(node, ast.Call)
    and isinstance(node.func, ast.Attribute)
    and isinstance(node.func.value, ast.Name)
    and node.func.attr in ("match", "fullmatch")
}
"""The patterns that are matched only at the beginning of a text, and how."""


def count_steps(name: str, pattern: re.Pattern[Any], text: str) -> int:
    counter = StepCounter(pattern)
    content = text.encode() if isinstance(pattern.pattern, bytes) else text
    if name in ANCHORED:
        counter.match(content, whole=ANCHORED[name] == "fullmatch")
    else:
        counter.search_all(content)
    return counter.steps


@pytest.fixture(autouse=True)
def _deep_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_linear_time(name: str) -> None:
    for repeated in WORDS:
        for end in ("", "!"):
            texts = (repeated * count + end for count in SIZES)
            once, twice, four_times = (count_steps(name, PATTERNS[name], text) for text in texts)
            assert min(twice / once, four_times / twice) <= MAX_GROWTH, (repeated, end, once, twice, four_times)


def test_the_count_finds_a_quadratic_pattern() -> None:
    for pattern in (rb"eyJ[\w-]+\.[\w-]+\.[\w-]+", rb"(^|&)([^=&]*(?:token|%)[^=&]*)=[^&]*", rb"a*a*b"):
        steps = [count_steps("", re.compile(pattern), repeated * SIZE) for repeated in ("eyJ", "%", "a")]
        doubled = [count_steps("", re.compile(pattern), repeated * 2 * SIZE) for repeated in ("eyJ", "%", "a")]
        assert any(twice > 3 * once for once, twice in zip(steps, doubled, strict=True)), pattern


@pytest.mark.parametrize("name", PATTERNS)
def test_the_count_is_of_the_matches_that_the_engine_finds(name: str) -> None:
    pattern = PATTERNS[name]
    for text in (
        "eyJ1.2.3 xeyJ1.2.3.eyJ.4",
        "/api/v3/x",
        "GET HTTP/1.1",
        "2026-09-01T12:00:00Z",
        "-1.5E+3",
        "token",
        "",
    ):
        content = text.encode() if isinstance(pattern.pattern, bytes) else text
        assert StepCounter(pattern).search_all(content) == [match.span() for match in pattern.finditer(content)]
        whole = pattern.fullmatch(content)
        assert StepCounter(pattern).match(content, whole=True) == (whole and whole.end())


OLD_JWT = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]+")
OLD_SECRET_IN_QUERY = re.compile(rb"(^|&)([^=&]*(?:" + redaction.SECRET_NAMES + rb"|%)[^=&]*)=[^&]*", re.IGNORECASE)
TOKEN_TEXTS = st.lists(st.sampled_from(["eyJ", "a", ".", "-", " ", "é", "Z9"]), max_size=14).map("".join)
QUERIES = st.lists(st.sampled_from(["token", "%", "=", "&", "q", "eyJ", ".", "Pass"]), max_size=14).map("".join)


@given(TOKEN_TEXTS)
@settings(deadline=None)
def test_a_token_is_what_three_parts_with_dots_are(text: str) -> None:
    """The plain pattern states what is masked, but takes quadratic time."""
    content = text.encode()
    assert redaction.mask_text(content) == OLD_JWT.sub(redaction.MASK.encode(), content)


@given(QUERIES)
@settings(deadline=None)
def test_a_query_is_masked_by_key(query: str) -> None:
    expected = OLD_SECRET_IN_QUERY.sub(rb"\1\2=" + redaction.MASK_IN_QUERY, query.encode())
    assert redaction.mask_query(query.encode()) == OLD_JWT.sub(redaction.MASK_IN_QUERY, expected)


@given(st.integers(0, 60))
@settings(deadline=None)
def test_of_a_token_that_was_cut_off_nothing_is_kept(length: int) -> None:
    token = b"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    masked = redaction.mask_cut_text((b"q=x " + token)[:length])
    assert b"eyJ" not in masked
    assert masked.startswith(b"q=x "[:length])
