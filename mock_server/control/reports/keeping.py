"""Where a server keeps reports, and named checkpoints."""

from mock_server.state.reports import MAX_NAMED_CHECKPOINTS, MemoryReports, Reports
from mock_server.storage.database import Database


def parse_number(text: str) -> int | None:
    """Return the number of a report in a path, None if it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def open_reports(database: Database | None) -> Reports:
    """Return what keeps reports: the database, or the memory if there is none."""
    if database is None:
        return MemoryReports()
    from mock_server.storage.reports import StoredReports

    return StoredReports(database)


def open_named_checkpoints(database: Database | None) -> Reports:
    """Return what keeps named checkpoints. Each has a summary and a content, as a report has."""
    if database is None:
        return MemoryReports(MAX_NAMED_CHECKPOINTS)
    from mock_server.storage.reports import StoredReports

    return StoredReports(database, "named-checkpoint", MAX_NAMED_CHECKPOINTS)
