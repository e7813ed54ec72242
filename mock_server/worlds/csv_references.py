"""Checks the references between the files of a CSV world: ids must exist and belong to the same partner."""

import re
from dataclasses import dataclass

from mock_server.worlds.csv_table import CsvTable

SPECIAL_GROUP = re.compile(r"fd-admin|back-office-admin|account-disabled|external-user|webapp-access-group-[0-9]+")


@dataclass(frozen=True, slots=True)
class WorldTables:
    """The five files of a world as tables."""

    partners: CsvTable
    users: CsvTable
    events: CsvTable
    customers: CsvTable
    purchases: CsvTable

    def all(self) -> tuple[CsvTable, ...]:
        """Return the tables in the order in which problems are reported."""
        return (self.partners, self.users, self.events, self.customers, self.purchases)


def check_references(tables: WorldTables) -> None:
    """For each invalid reference, add a problem to the table that contains it."""
    for table in (tables.partners, tables.users):
        if table.has_valid_keys and not table.lines:
            table.has_valid_keys = False
            table.add_problem(0, None, f"contains no {table.schema.row_name}")
    _check_groups(tables.users, tables.partners)
    _check_ids(tables.events, "partner_id", tables.partners)
    _check_ids(tables.customers, "partner_id", tables.partners)
    _check_ids(tables.purchases, "customer_id", tables.customers)
    _check_ids(tables.purchases, "event_id", tables.events)
    _check_series(tables.events)
    _check_same_partner(tables)


def _check_ids(table: CsvTable, column: str, referenced: CsvTable) -> None:
    if not referenced.has_valid_keys:
        return
    known = set(referenced.columns["id"])
    for line, value in zip(table.lines, table.columns[column], strict=True):
        if value is not None and value not in known:
            table.add_problem(line, column, f"no such {referenced.schema.row_name} in {referenced.schema.file}", value)


def _check_groups(users: CsvTable, partners: CsvTable) -> None:
    """Check that groups are partners or special groups. See: AUTH-03."""
    if not partners.has_valid_keys:
        return
    known = set(partners.columns["id"])
    for line, groups in zip(users.lines, users.columns["groups"], strict=True):
        for group in groups or ():
            if group not in known and not SPECIAL_GROUP.fullmatch(group):
                users.add_problem(
                    line, "groups", f"neither a partner in {partners.schema.file} nor a special group", group
                )


def _check_series(events: CsvTable) -> None:
    """Check that all events of a series belong to the same partner. See: EVT-04, ERR-04."""
    owners: dict[str, str] = {}
    columns = events.columns
    for line, series, partner_id in zip(events.lines, columns["series"], columns["partner_id"], strict=True):
        if series is not None and partner_id is not None and owners.setdefault(series, partner_id) != partner_id:
            events.add_problem(line, "series", "the series belongs to another partner", series)


def _check_same_partner(tables: WorldTables) -> None:
    if not (tables.partners.has_valid_keys and tables.events.has_valid_keys and tables.customers.has_valid_keys):
        return
    known = set(tables.partners.columns["id"])
    sellers, owners = _partner_by_id(tables.events), _partner_by_id(tables.customers)
    columns = tables.purchases.columns
    rows = zip(tables.purchases.lines, columns["event_id"], columns["customer_id"], strict=True)
    for line, event_id, customer_id in rows:
        seller, owner = sellers.get(event_id), owners.get(customer_id)
        if seller != owner and seller in known and owner in known:
            tables.purchases.add_problem(
                line, "event_id", "the event and the customer belong to different partners", event_id
            )


def _partner_by_id(table: CsvTable) -> dict[str, str | None]:
    return dict(zip(table.columns["id"], table.columns["partner_id"], strict=True))
