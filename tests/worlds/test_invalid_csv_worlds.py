"""How an invalid CSV world is rejected."""

from pathlib import Path

import pytest

from mock_server.worlds import csv_files
from mock_server.worlds.csv_columns import CSV_SCHEMAS, CsvSchema
from tests.worlds.csv_folders import (
    FILE_TEXTS,
    a_world_folder,
    read_problems,
    replace_in_file,
)


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param("users", "email,sub", "sub", "users.csv:1: email: the column is missing", id="missing column"),
        pytest.param(
            "customers",
            "cluster",
            "cluster,colour",
            "customers.csv:1: 'colour': unknown column; the columns are id, partner_id, cluster",
            id="unknown column",
        ),
        pytest.param(
            "customers",
            "cluster",
            "cluster,id",
            "customers.csv:1: id: the column occurs more than once",
            id="column twice",
        ),
        pytest.param(
            "customers",
            "cus_7,fd7,Jazz",
            "cus_7,fd7",
            "customers.csv:3: has 2 cells; the header has 3",
            id="too few cells",
        ),
        pytest.param(
            "customers",
            "cus_7,fd7,Jazz",
            "cus_7,fd7,Jazz,Soul",
            "customers.csv:3: has 4 cells; the header has 3",
            id="too many cells",
        ),
        pytest.param("customers", "Jazz", "", "customers.csv:3: cluster: must not be empty", id="empty cell"),
        pytest.param(
            "purchases",
            "campaign",
            "Campaign",
            "purchases.csv:2: fd: must be one of campaign, organic, external ('Campaign')",
            id="not one of the values",
        ),
        pytest.param(
            "purchases",
            "11-02T10:00:00Z",
            "11-31T10:00:00Z",
            "purchases.csv:2: at: must be a timestamp such as 2026-11-23T09:00:00Z ('2026-11-31T10:00:00Z')",
            id="a day that does not exist",
        ),
        pytest.param(
            "purchases",
            "10:00:00Z",
            "10:00:00+01:00",
            "purchases.csv:2: at: must be a timestamp such as 2026-11-23T09:00:00Z ('2026-11-02T10:00:00+01:00')",
            id="instant without Z",
        ),
        pytest.param(
            "purchases",
            "Z,2,",
            "Z,0,",
            "purchases.csv:2: tickets: must be a whole number from 1 to 999999999 ('0')",
            id="no tickets",
        ),
        pytest.param(
            "purchases",
            "118.00",
            "1000000000000",
            "purchases.csv:2: revenue: must be a plain decimal below 10^12 such as 59.00 ('1000000000000')",
            id="an amount that is too large",
        ),
        pytest.param(
            "purchases",
            "118.00",
            "NaN",
            "purchases.csv:2: revenue: must be a plain decimal below 10^12 such as 59.00 ('NaN')",
            id="an amount that is not a number",
        ),
        pytest.param(
            "events",
            "Olympiahalle,,,",
            "Olympiahalle,,-1,",
            "events.csv:2: capacity: must be a whole number from 0 to 999999999 ('-1')",
            id="negative capacity",
        ),
        pytest.param(
            "events",
            "NONE,,active",
            "NONE,1.5,active",
            "events.csv:2: predicted_sales_share: must be a number from 0 to 1 ('1.5')",
            id="share above 1",
        ),
        pytest.param(
            "events",
            "OFF,,,",
            "OFF,,1 1e999,",
            "events.csv:2: benchmark: must be two numbers separated by a space such as 0.82 0.75 ('1 1e999')",
            id="infinite number",
        ),
        pytest.param(
            "events",
            "OFF,,,",
            "OFF,,0.82,",
            "events.csv:2: benchmark: must be two numbers separated by a space such as 0.82 0.75 ('0.82')",
            id="one number of two",
        ),
        pytest.param(
            "events",
            "active",
            "ACTIVE",
            "events.csv:2: status: must be a word in lower case such as active ('ACTIVE')",
            id="status in capitals",
        ),
        pytest.param(
            "events",
            "active,,",
            "active,PAST,",
            "events.csv:2: frontend_status: must be one of DEFAULT, FLAGGED, HIDDEN, CANCELLED ('PAST')",
            id="unknown frontend_status",
        ),
        pytest.param(
            "events",
            "IGNORED,,",
            "ACTIVE,,",
            "events.csv:2: campaign_status: must be one of RUNNING, OPEN, CLOSED, IGNORED ('ACTIVE')",
            id="unknown campaign_status",
        ),
        pytest.param(
            "events",
            "IGNORED,,",
            "IGNORED,OPEN,",
            "events.csv:2: client_campaign_status: must be one of RUNNING, PAUSED ('OPEN')",
            id="unknown client_campaign_status",
        ),
        pytest.param(
            "events",
            "evt_1,",
            "venues,",
            "events.csv:2: id: must be text without control characters, but not flagged, statistics, venues ('venues')",
            id="reserved id",
        ),
        pytest.param(
            "partners",
            "inactive",
            "Inactive",
            "partners.csv:3: status: must be a word in lower case such as active ('Inactive')",
            id="partner's status",
        ),
        pytest.param(
            "partners",
            "true",
            "TRUE",
            "partners.csv:2: demand_prediction: must be true or false ('TRUE')",
            id="boolean",
        ),
        pytest.param(
            "partners",
            "EUR",
            "Euro",
            "partners.csv:2: currency: must be 3 capital letters such as EUR ('Euro')",
            id="currency",
        ),
        pytest.param(
            "partners",
            "fd7",
            "seven",
            "partners.csv:3: id: must be partner-id- and a name, or fd and digits ('seven')",
            id="partner id",
        ),
        pytest.param(
            "customers",
            "Jazz",
            '"Jazz\nSoul"',
            "customers.csv:3: cluster: must be text without control characters ('Jazz\\nSoul')",
            id="control character",
        ),
        pytest.param(
            "users", "bob,", "ann,", "users.csv:3: username: already used on line 2 ('ann')", id="username twice"
        ),
        pytest.param("events", "evt_7", "evt_1", "events.csv:3: id: already used on line 2 ('evt_1')", id="id twice"),
        pytest.param(
            "events",
            "evt_7,fd7",
            "evt_7,fd8",
            "events.csv:3: partner_id: no such partner in partners.csv ('fd8')",
            id="unknown partner of an event",
        ),
        pytest.param(
            "customers",
            "cus_7,fd7",
            "cus_7,fd8",
            "customers.csv:3: partner_id: no such partner in partners.csv ('fd8')",
            id="unknown partner of a customer",
        ),
        pytest.param(
            "purchases",
            "cus_7",
            "cus_8",
            "purchases.csv:4: customer_id: no such customer in customers.csv ('cus_8')",
            id="unknown customer",
        ),
        pytest.param(
            "purchases",
            "evt_7",
            "evt_8",
            "purchases.csv:4: event_id: no such event in events.csv ('evt_8')",
            id="unknown event",
        ),
        pytest.param(
            "purchases",
            "cus_7,evt_7",
            "cus_7,evt_1",
            "purchases.csv:4: event_id: the event and the customer belong to different partners ('evt_1')",
            id="customer and event of two partners",
        ),
        pytest.param(
            "events",
            ",,META",
            ",tour,META",
            "events.csv:3: series: the series belongs to another partner ('tour')",
            id="series over two partners",
        ),
        pytest.param(
            "users",
            "fd7",
            "fd8",
            "users.csv:3: groups: neither a partner in partners.csv nor a special group ('fd8')",
            id="group of an unknown partner",
        ),
        pytest.param(
            "users",
            "webapp-access-group-3",
            "admin",
            "users.csv:2: groups: neither a partner in partners.csv nor a special group ('admin')",
            id="not a special group",
        ),
        pytest.param(
            "customers", "Jazz", '"Jazz" Soul', "customers.csv:3: is not CSV: ',' expected after '\"'", id="not CSV"
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_place(tmp_path: Path, file: str, old: str, new: str, problem: str) -> None:
    assert read_problems(a_world_folder(tmp_path, **replace_in_file(file, old, new))) == [problem]


@pytest.mark.parametrize("sheet", CSV_SCHEMAS, ids=lambda sheet: sheet.file)
def test_a_missing_file_is_the_only_problem_even_where_others_refer_to_it(tmp_path: Path, sheet: CsvSchema) -> None:
    a_world_folder(tmp_path)
    (tmp_path / sheet.file).unlink()
    assert read_problems(tmp_path) == [f"{sheet.file}: the file is missing"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert read_problems(tmp_path / "nowhere") == ["the folder does not exist"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path, mark: bytes) -> None:
    a_world_folder(tmp_path)
    (tmp_path / "events.csv").write_bytes(mark + FILE_TEXTS["events.csv"].encode("latin-1"))
    (problem,) = read_problems(tmp_path)
    assert problem.startswith("events.csv:2: is not UTF-8: ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_unicode_encoding_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    a_world_folder(tmp_path)
    (tmp_path / "events.csv").write_bytes(FILE_TEXTS["events.csv"].encode(encoding))
    assert read_problems(tmp_path) == [f"events.csv:1: is in {encoding[:6].upper()}; save it as UTF-8"]


@pytest.mark.parametrize("file", ["partners", "users"])
def test_a_world_without_partners_or_users_is_refused(tmp_path: Path, file: str) -> None:
    header = FILE_TEXTS[f"{file}.csv"].split("\n")[0]
    assert read_problems(a_world_folder(tmp_path, **{file: header + "\n"})) == [f"{file}.csv: contains no {file[:-1]}"]


def test_events_customers_and_purchases_may_be_none(tmp_path: Path) -> None:
    headers = {file: FILE_TEXTS[f"{file}.csv"].split("\n")[0] for file in ("events", "customers", "purchases")}
    world = csv_files.read(a_world_folder(tmp_path, **headers))
    assert (world.events, world.customers, world.purchases) == ({}, {}, ())


def test_all_problems_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    folder = a_world_folder(
        tmp_path,
        partners=FILE_TEXTS["partners.csv"].replace("EUR", "eur"),
        customers=FILE_TEXTS["customers.csv"].replace("fd7", "fd8"),
        purchases=FILE_TEXTS["purchases.csv"].replace("cus_1,evt_1", "cus_2,evt_1", 1).replace(",3,90,", ",x,y,"),
    )
    assert [problem.rsplit(": ", 1)[0] for problem in read_problems(folder)] == [
        "partners.csv:2: currency",
        "customers.csv:3: partner_id",
        "purchases.csv:2: customer_id",
        "purchases.csv:4: tickets",
        "purchases.csv:4: revenue",
    ]


def test_twenty_problems_of_a_file_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    rows = "".join(f"cus_{place},fd7,\n" for place in range(100, 125))
    shown = read_problems(a_world_folder(tmp_path, customers=FILE_TEXTS["customers.csv"] + rows))
    assert shown[0] == "customers.csv:4: cluster: must not be empty"
    assert len(shown) == 21
    assert shown[-1] == "customers.csv: and 5 more problems"


def test_a_long_value_is_shown_cut(tmp_path: Path) -> None:
    (problem,) = read_problems(a_world_folder(tmp_path, **replace_in_file("purchases", "118.00", "9" * 5000)))
    assert len(problem) < 200
