"""The page about faults is right: its commands print what it says, and it names every effect and match."""

from dataclasses import fields

import pytest

from mock_server.domain.faults import Effect, Match
from mock_server.http.fault_injection import ERRORS_BY_STATUS
from tests.docs import pages

PAGE = pages.read_page("faults")


@pytest.mark.parametrize("name", [field.name.partition("_after")[0] for field in fields(Effect)])
def test_the_page_names_every_effect(name: str) -> None:
    assert f'{{"{name}": ' in PAGE


@pytest.mark.parametrize("name", [field.name for field in fields(Match)])
def test_the_page_names_every_match(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_page_names_every_status() -> None:
    *some, last = ERRORS_BY_STATUS
    assert f"{', '.join(map(str, some))} or {last} |" in PAGE
