"""Generate docs/reliability.md from the figures of the attacks: `python -m tests.docs.reliability_page`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.attack import figures
from tests.docs import reliability_of_replicas, reliability_of_store
from tests.example_requests import WITH_TOKEN
from tests.http import test_opened_files, test_origins, test_tenant_isolation, test_token_battery
from tests.measured import Row, read_rows
from tests.storage.stores import Stores

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
PAGE_HEAD = """# Reliability: the mock under attack

<!-- Generated from docs/measured by `python -m tests.docs.reliability_page`; do not edit. -->

A mock that a team shares meets broken clients, load tests, and pages that somebody has open in a browser. This page
shows what was tried against it and what happened. What is promised, and what is not, is in
[SECURITY.md](../SECURITY.md); the limits and the flags that change them are in [running.md](running.md).

## Measured

Each of these attacks was run in full; its command prints the figures again and records them. An attack passes if no
response has a status of 500 or more, no exception is raised, and the log contains no traceback.

| attack | count | result | command |
| --- | --- | --- | --- |
"""
CHECKS_HEAD = """
## On each change

These attacks are generated from the two OpenAPI documents, so they cover a new operation without being changed.
`make test` runs them all.

| attack | count | required result | command |
| --- | --- | --- | --- |
"""


def render_page() -> str:
    """Return the page's text."""
    measured = "".join(f"| {' | '.join(_cells(row))} |\n" for row in read_rows(figures.FILE))
    checks = "".join(f"| {' | '.join(cells)} |\n" for cells in _list_checks())
    return (
        PAGE_HEAD + measured + CHECKS_HEAD + checks + reliability_of_store.render() + reliability_of_replicas.render()
    )


def _cells(row: Row) -> Iterator[str]:
    if row.get("run") == "sockets":
        row = _describe_socket_run(row)
    yield row["what"]
    yield f"{row['count']:,}"
    yield _format_result(row["result"]).replace("|", "\\|")
    yield f"`{row['command']}`" if row.get("command") else ""


def _describe_socket_run(row: Row) -> Row:
    """Return the row of a run of `make fuzz` in the form of the other rows."""
    memory, silent = row["memory_mib"], row["without_answer"]
    result = (
        f"{row['failures']:,} of 5xx, answers without an id and hangs; answers: {_format_result(row['answers'])}; "
        f"{silent:,} unfinished and closed; the journal was read {row.get('journal_reads', 0):,} times meanwhile; "
        f"{memory['start']} MiB at the start, {memory['end']} at the end"
    )
    stores = Stores(row.get("store", "memory"), Path(), None)
    what = f"broken and unfinished requests over sockets, read by {row['parser']}{stores.suffix}"
    return {"what": what, "count": row["inputs"], "result": result, "command": stores.command("make fuzz")}


def _format_result(result: Any) -> str:
    if isinstance(result, dict):
        return ", ".join(f"{name} {_format_result(value)}" for name, value in result.items())
    return f"{result:,}" if isinstance(result, int) else result if isinstance(result, str) else json.dumps(result)


def _list_checks() -> Iterator[tuple[str, str, str, str]]:
    paths, operations = len(list(test_origins.every_request())), test_origins.CONTROL_OPERATIONS
    writes = sum(operation.method != "GET" for operation in operations)
    foreign = len(operations) * len(test_origins.FOREIGN_HEADERS) + writes * len(test_origins.FORM_TYPES)
    yield _check(
        "requests with the name of another server (DNS rebinding)", paths * 6, "421, nothing changes", "origins"
    )
    yield _check("control requests from a page of another origin", foreign, "403, nothing changes", "origins")
    battery = 2 * len(test_token_battery.BATTERY)
    yield _check("forged tokens, as access and as refresh token", battery, "401, 400 for a refresh", "token_battery")
    ids = len(test_tenant_isolation.REPLACED)
    result = "403 or 404, the same bytes, nothing changes"
    yield _check("ids of another partner, and ids that nobody has", ids * 2, result, "tenant_isolation")
    yield _check("operations with the token of another workspace", len(WITH_TOKEN) * 4, "401", "tenant_isolation")
    texts = (len(WITH_TOKEN) + len(operations)) * len(test_opened_files.NAMES)
    yield _check("texts that look like file names, in each place", texts, "no file is opened", "opened_files")


def _check(attack: str, count: int, result: str, module: str) -> tuple[str, str, str, str]:
    return attack, f"{count:,}", result, f"`.venv/bin/python -m pytest tests/http/test_{module}.py`"


def main() -> None:
    """Write the page."""
    PAGE.write_text(render_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
