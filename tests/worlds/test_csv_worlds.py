"""How worlds are read from CSV files and written to them, and how an invalid file is rejected."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mock_server.domain.models import Prediction
from mock_server.worlds import csv_files
from mock_server.worlds.csv_columns import CSV_SCHEMAS, CsvSchema, format_columns_markdown
from mock_server.worlds.csv_files import WorldError
from mock_server.worlds.sample import build_sample

PAGE = Path(__file__).parents[2] / "docs" / "worlds.md"

EVENT_COLUMNS = "München,Olympiahalle,,,concert,NONE,,active,,IGNORED,,OFF,OFF,,,"
FILE_TEXTS = {
    "partners.csv": """\
id,name,domain,currency,vertical,demand_prediction,campaign_recommendations,status,pricing_tier,\
campaign_pricing_model,ner_active,attribution_model_default
partner-id-acme,Acme,acme.example,EUR,theatre,true,true,active,PRO,CPA,false,FD
fd7,Seven,seven.example,USD,theatre,true,true,inactive,PRO,CPA,false,META
""",
    "users.csv": """\
username,password,email,sub,groups,mfa_token,must_change_password
ann,secret,ann@acme.example,,partner-id-acme webapp-access-group-3,,false
bob,secret,bob@acme.example,sub-bob,partner-id-acme fd7,123456,true
""",
    "events.csv": f"""\
id,partner_id,title,start_date_time,city,venue_name,hall_name,capacity,category,special_ad_category,\
predicted_sales_share,status,frontend_status,campaign_status,client_campaign_status,campaign_optimisation_status,\
ad_campaign_optimisation_status,campaign_stop_time,benchmark,series,attribution_model
evt_1,partner-id-acme,"Rock ""live"", again",2026-12-01T19:00:00Z,{EVENT_COLUMNS}tour,FD
evt_7,fd7,Seven,2026-12-02T19:00:00Z,{EVENT_COLUMNS},META
""",
    "customers.csv": """\
id,partner_id,cluster
cus_1,partner-id-acme,Rock & Indie
cus_7,fd7,Jazz
""",
    "purchases.csv": """\
customer_id,event_id,at,tickets,revenue,fd,meta,external
cus_1,evt_1,2026-11-02T10:00:00Z,2,118.00,campaign,organic,external
cus_1,evt_1,2026-11-01T10:00:00Z,1,59.00,organic,campaign,external
cus_7,evt_7,2026-11-01T10:00:00Z,3,90,external,external,organic
""",
}


def a_world_folder(folder: Path, **changes: str | None) -> Path:
    """Write a small world to a folder. `changes` has new texts for files by name; None leaves a file out."""
    for file, text in FILE_TEXTS.items():
        changed = changes.get(file.removesuffix(".csv"), text)
        if changed is not None:
            (folder / file).write_text(changed, encoding="utf-8", newline="")
    return folder


def replace_in_file(file: str, old: str, new: str) -> dict[str, str | None]:
    """Return a change that replaces the first `old` in a file with `new`."""
    assert old in FILE_TEXTS[f"{file}.csv"]
    return {file: FILE_TEXTS[f"{file}.csv"].replace(old, new, 1)}


def read_problems(folder: Path) -> list[str]:
    """Return the problems that reading an invalid folder reports."""
    with pytest.raises(WorldError) as error_info:
        csv_files.read(folder)
    return str(error_info.value).split("\n")


def file_contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


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


def test_the_page_holds_the_columns_as_they_are() -> None:
    assert format_columns_markdown() in PAGE.read_text(encoding="utf-8")
