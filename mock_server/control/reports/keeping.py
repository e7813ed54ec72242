"""Where a server keeps reports."""

from mock_server.state.reports import MemoryReports, Reports
from mock_server.storage.database import Database


def open_reports(database: Database | None) -> Reports:
    """Return what keeps reports: the database, or the memory if there is none."""
    if database is None:
        return MemoryReports()
    from mock_server.storage.reports import StoredReports

    return StoredReports(database)
