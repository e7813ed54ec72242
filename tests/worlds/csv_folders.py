"""A small CSV world, and ways to change it."""

from pathlib import Path

import pytest

from mock_server.worlds import csv_files
from mock_server.worlds.csv_files import WorldError

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
    """Write a small world to a folder. `changes` contains new texts for files by name; None omits a file."""
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
