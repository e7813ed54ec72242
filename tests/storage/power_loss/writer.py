"""Writes to a database as the server does, and says what is kept: `writer.py FILE SYNCHRONOUS COUNT`.

It prints a line for each transaction as soon as the database has confirmed it. Three transactions run at a time, so
that they are also committed together.
"""

import asyncio
import os
import sys
from pathlib import Path

from mock_server.storage import schema, sqlite
from mock_server.storage.database import Cursor

sqlite.WAL_PAGES = 40  # so that even a short run moves pages from the log to the database
AT_ONCE = 3
KEPT_KEYS = 50


async def write(database: sqlite.SqliteDatabase, count: int) -> None:
    """Run transactions. Each inserts a row, and replaces another one of a fixed number of rows."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def run(number: int) -> None:
        def work(cursor: Cursor) -> None:
            insert = "INSERT INTO records (workspace, kind, key, since, position, value) VALUES (1, 'row', ?, 0, ?, ?)"
            cursor.execute(insert, (str(number), number, "x" * (number * 37 % 900)))
            replace = "INSERT INTO server (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = ?"
            cursor.execute(replace, (f"last {number % KEPT_KEYS}", str(number), str(number)))

        async with limit:
            await database.run(work)
            os.write(1, f"kept {number}\n".encode())

    await asyncio.gather(*(run(number) for number in range(count)))


def main() -> None:
    """Write as the command line says."""
    file, synchronous, count = sys.argv[1:]
    database = sqlite.SqliteDatabase(Path(file))
    database._connection.execute(f"PRAGMA synchronous={synchronous}")
    schema.prepare(database)
    asyncio.run(write(database, int(count)))
    os._exit(0)  # without the clean-up of a regular end


if __name__ == "__main__":
    main()
