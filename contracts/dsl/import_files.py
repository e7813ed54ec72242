"""Spreadsheets of transaction summaries, and the step that sends them."""

from collections.abc import Sequence
from typing import Any

import httpx2

from contracts.dsl.spreadsheets import XLSX, build_csv, build_xlsx
from contracts.target.client import Client
from contracts.target.forms import CSV, FORM_HEADER, FormFile, encode_form

FILE_PATH = "/ingest/transaction_summary/from_excel"
TICKET_COLUMNS = ("type", "sold", "revenue")
PERIOD_COLUMNS = (*TICKET_COLUMNS, "from", "to")


def tickets_csv(*rows: Sequence[object], columns: Sequence[str] = TICKET_COLUMNS) -> FormFile:
    """Build a CSV file with a transaction summary."""
    return FormFile(build_csv(*rows, columns=columns), CSV, "tickets.csv")


def tickets_xlsx(*rows: Sequence[Any], columns: Sequence[str] = TICKET_COLUMNS) -> FormFile:
    """Build an XLSX file with a transaction summary."""
    return FormFile(build_xlsx(*rows, columns=columns), XLSX, "tickets.xlsx")


def send_import_form(client: Client, event: str, *files: FormFile) -> httpx2.Response:
    """Send a form with these files; return the response, whatever its status."""
    headers = {"content-type": FORM_HEADER}
    return client.send("POST", FILE_PATH, query=f"eid={event}", headers=headers, content=encode_form(*files))
