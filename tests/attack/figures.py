"""The figures of the attacks, in `docs/measured/attack.jsonl`: what was done, how often, and with which result."""

from tests.measured import MEASURED, Row, locked, read_rows, write_rows

FILE = MEASURED / "attack.jsonl"


def record(what: str, count: int, result: str, command: str) -> Row:
    """Write a figure into the file, in place of an earlier one of the same attack, and return it."""
    row: Row = {"what": what, "count": count, "result": result, "command": command}
    with locked(FILE):
        rows = read_rows(FILE)
        places = [index for index, each in enumerate(rows) if each.get("what") == what]
        if places:
            rows[places[0]] = row
        else:
            rows.append(row)
        write_rows(FILE, rows)
    return row
