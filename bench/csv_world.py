"""Writes a seeded CSV world with any number of purchases, a quarter of them of one event.

python -m bench.csv_world FOLDER 1000000
"""

import argparse
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mock_server.domain import formats
from mock_server.domain.models import Customer
from mock_server.worlds import csv_columns, csv_files, sample_people
from mock_server.worlds.randomness import random_stream
from mock_server.worlds.sample import build_sample

EVENT_COUNT = 20
LARGEST_EVENT = "evt_abc123"
"""The event with a quarter of the purchases."""
PURCHASES_PER_CUSTOMER = 25
AUDIENCE_SHARE = 4
"""An event is visited by one customer in this many. The audiences of neighbouring events overlap by half."""
TASTES = ("Klassik & Oper", "Rock & Indie", "Jazz, Soul & Funk", "Familie & Kinder")
FIRST_DAY = datetime(2026, 7, 26, tzinfo=UTC)
DAYS = 200
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""The time at which a server should start with this world: three fifths of its purchases are in the past."""
PRICES = tuple(range(1290, 9000, 35))
"""Prices of a ticket, in cents."""
CREDITS = ("campaign", "organic", "external")


def write_world(folder: Path, purchase_count: int, seed: int = 1) -> None:
    """Write a world with this number of purchases into a folder. The same arguments give the same files."""
    sample = build_sample(1, START.date())
    own = [event for event in sample.events.values() if event.partner_id == sample_people.ACME]
    events = [event for event in own if event.id == LARGEST_EVENT]
    events += [event for event in own if event.id != LARGEST_EVENT][: EVENT_COUNT - 1]
    customers = [
        Customer(f"cus_{number:06}", sample_people.ACME, TASTES[number % len(TASTES)])
        for number in range(max(AUDIENCE_SHARE, purchase_count // PURCHASES_PER_CUSTOMER))
    ]
    world = replace(
        sample,
        events={event.id: event for event in events},
        customers={customer.id: customer for customer in customers},
        sales={},
        purchase_count=0,
    )
    csv_files.write(world, folder)
    audiences = [_audience(customers, number) for number in range(len(events))]
    with (folder / csv_columns.PURCHASES.file).open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(_draw_rows([event.id for event in events], audiences, purchase_count, seed))


def _audience(customers: Sequence[Customer], number: int) -> list[str]:
    size = len(customers) // AUDIENCE_SHARE
    first = number * size // 2
    return [customers[(first + place) % len(customers)].id for place in range(size)]


def _draw_rows(
    events: Sequence[str], audiences: Sequence[Sequence[str]], purchase_count: int, seed: int
) -> Iterator[Iterable[object]]:
    chance = random_stream(seed, "purchases")
    weights = [len(events) - 1, *[3] * (len(events) - 1)]
    for place in chance.choices(range(len(events)), weights, k=purchase_count):
        at = FIRST_DAY + timedelta(seconds=chance.randrange(DAYS * 86_400))
        tickets, cents = chance.randint(1, 6), chance.choice(PRICES)
        yield (
            chance.choice(audiences[place]),
            events[place],
            formats.format_timestamp(at),
            tickets,
            f"{tickets * cents // 100}.{tickets * cents % 100:02}",
            *chance.choices(CREDITS, k=3),
        )


def main() -> None:
    """Write a world."""
    parser = argparse.ArgumentParser("bench.csv_world", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("purchases", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write_world(options.folder, options.purchases, options.seed)


if __name__ == "__main__":
    main()
