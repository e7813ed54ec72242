"""How worlds are read from CSV files and written to them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from mock_server.domain.models import Prediction
from mock_server.worlds import csv_files
from mock_server.worlds.csv_columns import format_columns_markdown
from mock_server.worlds.sample import build_sample
from tests.worlds.csv_folders import (
    FILE_TEXTS,
    a_world_folder,
    file_contents,
    read_problems,
    replace_in_file,
)

PAGE = Path(__file__).parents[2] / "docs" / "worlds.md"


def test_records_are_read_as_they_stand(tmp_path: Path) -> None:
    world = csv_files.read(a_world_folder(tmp_path))
    assert world.partners["fd7"].status == "inactive"
    assert world.users["bob"].groups == ("partner-id-acme", "fd7")
    assert (world.users["bob"].mfa_token, world.users["bob"].must_change_password) == ("123456", True)
    assert world.events["evt_1"].title == 'Rock "live", again'
    assert (world.events["evt_1"].series, world.events["evt_1"].hall_name) == ("tour", None)
    assert world.customers["cus_1"].cluster == "Rock & Indie"
    assert world.extras.packages == ()


def test_an_events_statuses_and_its_prediction_are_read(tmp_path: Path) -> None:
    marked = "cancelled,CANCELLED,RUNNING,PAUSED,OFF,OFF,,0.82 0.75,"
    event = csv_files.read(
        a_world_folder(tmp_path, **replace_in_file("events", "active,,IGNORED,,OFF,OFF,,,", marked))
    ).events["evt_1"]
    assert (event.status, event.frontend_status) == ("cancelled", "CANCELLED")
    assert (event.campaign_status, event.client_campaign_status) == ("RUNNING", "PAUSED")
    assert (event.special_ad_category, event.benchmark) == ("NONE", Prediction(0.82, 0.75))


def test_what_an_event_leaves_out_has_a_default(tmp_path: Path) -> None:
    event = csv_files.read(a_world_folder(tmp_path, **replace_in_file("events", "concert,NONE,", "concert,,"))).events[
        "evt_1"
    ]
    assert (event.frontend_status, event.client_campaign_status) == ("DEFAULT", None)
    assert (event.special_ad_category, event.benchmark) == (None, None)


def test_purchases_are_ordered_by_instant_then_by_line_and_numbered_event_by_event(tmp_path: Path) -> None:
    purchases = csv_files.read(a_world_folder(tmp_path)).purchases
    assert [(p.number, p.customer_id, p.revenue) for p in purchases] == [
        (1, "cus_1", Decimal("59.00")),
        (3, "cus_7", Decimal("90")),
        (2, "cus_1", Decimal("118.00")),
    ]
    assert all(purchase.revealed_at == purchase.at for purchase in purchases)


def test_an_empty_sub_is_made_from_the_username(tmp_path: Path) -> None:
    first = csv_files.read(a_world_folder(tmp_path)).users
    again = csv_files.read(a_world_folder(tmp_path)).users
    assert first["ann"].sub == again["ann"].sub != ""
    assert first["bob"].sub == "sub-bob"


def test_the_sample_is_read_as_it_was_written(tmp_path: Path) -> None:
    world = build_sample(7, date(2026, 11, 23))
    csv_files.write(world, tmp_path)
    read = csv_files.read(tmp_path)
    assert (read.partners, read.users, read.events) == (world.partners, world.users, world.events)
    assert (read.customers, read.purchases) == (world.customers, world.purchases)


def test_writing_what_was_read_gives_the_same_bytes(tmp_path: Path) -> None:
    csv_files.write(csv_files.read(a_world_folder(tmp_path)), tmp_path / "first")
    csv_files.write(csv_files.read(tmp_path / "first"), tmp_path / "second")
    assert file_contents(tmp_path / "first") == file_contents(tmp_path / "second")
    assert not any(b"\r" in text for text in file_contents(tmp_path / "first").values())


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    plain = csv_files.read(a_world_folder(tmp_path))
    for file, text in FILE_TEXTS.items():
        (tmp_path / file).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert csv_files.read(tmp_path) == plain


def test_columns_stand_in_any_order_and_optional_ones_may_be_left_out(tmp_path: Path) -> None:
    world = csv_files.read(a_world_folder(tmp_path, users="email,password,username\nann@acme.example,secret,ann\n"))
    ann = world.users["ann"]
    assert (ann.email, ann.groups, ann.mfa_token, ann.must_change_password) == ("ann@acme.example", (), None, False)


def test_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    customers = FILE_TEXTS["customers.csv"].replace("cus_7,fd7", "\ncus_7,fd8")
    assert read_problems(a_world_folder(tmp_path, customers=customers)) == [
        "customers.csv:4: partner_id: no such partner in partners.csv ('fd8')"
    ]


def test_the_page_holds_the_columns_as_they_are() -> None:
    assert format_columns_markdown() in PAGE.read_text(encoding="utf-8")
