"""Tests of users, which the tests of the plugin run in pytest sessions of their own."""

USE = """
def test_time_passes(wavetank_workspace):
    ws = wavetank_workspace
    before = ws.clock.now
    assert ws.api.get("/events/").status_code == 200
    ws.clock.advance(days=1)
    assert ws.api.get("/events/").status_code == 200
    assert (ws.clock.now - before).days == 1


def test_another_workspace_is_new(wavetank, wavetank_workspace):
    assert wavetank_workspace.journal.read() == []
    assert len(wavetank.list_workspaces()) == 2
"""
MARKERS = """
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.wavetank(now="2026-09-01T12:00:00Z", seed=7)


def test_module(wavetank_workspace):
    assert wavetank_workspace.clock.now == datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.mark.wavetank(documentation="newer", quirks={"numeric_client_id": True}, world="sample", seed=8)
def test_module_and_function(wavetank_workspace):
    status = wavetank_workspace.status()
    assert (status["seed"], status["documentation"]) == (8, "newer")
    assert "numeric_client_id" in status["quirks"]
    assert wavetank_workspace.clock.now == datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.mark.wavetank(documentaton="newer")
def test_wrong_name(wavetank_workspace): ...


@pytest.mark.wavetank("newer")
def test_wrong_position(wavetank_workspace): ...
"""
WORLDS = """
import pytest


@pytest.mark.wavetank(world="our-world")
def test_ours(wavetank_workspace):
    assert wavetank_workspace.snapshot()["world"]["source"] == "csv"


def test_sample(wavetank_workspace):
    assert wavetank_workspace.snapshot()["world"]["source"] == "sample"


@pytest.mark.wavetank(world="no-such-folder")
def test_none(wavetank_workspace): ...
"""
REPORTS = """
import pytest


@pytest.mark.wavetank(now="2026-09-01T12:00:00Z")
@pytest.mark.parametrize("works", [True, False])
def test_journal(wavetank_workspace, works):
    wavetank_workspace.api.get("/events/evt_nobody")
    assert works


def test_without_a_workspace():
    assert False
"""
CLASSES = """
import unittest

import pytest


@pytest.mark.wavetank(seed=7)
class TestUnit(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def open_workspace(self, wavetank_workspace):
        self.ws = wavetank_workspace

    def test_unittest(self):
        self.assertEqual(self.ws.status()["seed"], 7)


@pytest.mark.wavetank(seed=8)
class TestPlain:
    def test_plain(self, wavetank_workspace):
        assert wavetank_workspace.status()["seed"] == 8
"""
COROUTINES = """
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


async def test_awaited(wavetank_workspace):
    async with wavetank_workspace.as_async() as ws:
        await ws.clock.advance(days=1)
        assert (await ws.api.get("/events/")).status_code == 200


async def test_blocking(wavetank_workspace):
    wavetank_workspace.clock.advance(days=1)
    assert wavetank_workspace.api.get("/events/").status_code == 200
"""
UNUSED = """
import sys


def test_modules(request):
    assert request.config.pluginmanager.has_plugin("wavetank")
    loaded = {name for name in sys.modules if name.partition(".")[0] in ("mock_server", "contracts", "httpx2")}
    assert loaded == {"mock_server", "mock_server.pytest_plugin"}
"""
