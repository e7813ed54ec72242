"""Snapshots and checkpoints: the state of a workspace can be kept and brought back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]


def read_time(console: Console) -> str:
    time: str = console.control("GET", "/clock")["now"]
    return time


def test_a_snapshot_is_taken_restored_and_the_restore_undone(console: Console, axe: Axe) -> None:
    before = read_time(console)
    page = console.page_at("snapshots", user=None)
    page.get_by_role("button", name="Take a snapshot", exact=True).click()
    page.get_by_role("link", name="Snapshot 1").wait_for()
    console.control("POST", "/clock/advance", {"days": 2})
    later = read_time(console)
    page.get_by_role("link", name="Snapshot 1").click()
    page.get_by_role("complementary").get_by_text("now", exact=True).first.wait_for()
    assert axe(page) == []
    page.get_by_role("complementary").get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    page.get_by_text("Restored the state of").wait_for()
    assert read_time(console) == before
    page.get_by_role("status", name="Messages").get_by_role("button", name="Undo").click()
    page.get_by_text("The workspace is as it was before.").wait_for()
    assert read_time(console) == later


def test_a_file_that_is_no_snapshot_is_refused(console: Console, axe: Axe, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"format": "other"}), encoding="utf-8")
    page = console.page_at("snapshots", 390, "dark", user=None)
    page.get_by_label("Read a snapshot from a file").set_input_files(file)
    page.get_by_text("other.json is not a snapshot of a workspace.").wait_for()
    assert axe(page) == []


def test_the_workspace_goes_back_to_a_checkpoint(console: Console) -> None:
    before = read_time(console)
    console.control("POST", "/clock/advance", {"days": 1})
    page = console.page_at("snapshots", user=None)
    page.get_by_role("button", name=f"Rewind to {before}", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Rewind").click()
    page.get_by_text("The workspace is as it was at").wait_for()
    assert read_time(console) == before
