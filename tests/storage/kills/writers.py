"""What the clients do while servers are killed. Each value that is written is unique, so that it can be recognized.

The clients of a workspace write at the same time. There are four workspaces:

- `default` has a running clock, an hour for each second, so daily runs are due while nobody asks for them;
- `quiet` has a frozen clock that moves by seconds, so that tokens stay valid and evaluations are published;
- `days` has a frozen clock that one client moves by a day;
- `fresh` is reset again and again.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random  # noqa: TID251 - seeded
from threading import Event
from typing import Any

from tests.storage.kills.client import Client

START = "2026-09-01T07:00:00Z"
SPEED = 3600.0
FIRST_SALE = date(2026, 1, 1)
SALE_DAYS = 200
MAX_OFFSET = 90
PARTNER = "partner-id-acme"
EVENTS = ("evt_y1o6tm", "evt_q4a9hw", "evt_f3r8mu", "evt_s8e3nf", "evt_x2d7kr", "evt_g5x1pz")
PROBE_EVENT = "evt_probe"
PACKAGES = ("pkg_probe_1", "pkg_probe_2", "pkg_probe_3")
CUSTOMER = "cus_probe"
BUILDERS = "/api/v3/package_builder/packages"
DEFAULT, QUIET, DAYS, FRESH = "default", "quiet", "days", "fresh"

unique = itertools.count(1)


def prepare(client: Client) -> None:
    """Create the workspace, and add an event, its sales and packages whose evaluations tell their settings.

    On each of 200 days there is one purchase, of one ticket on the first day, two on the second, and so on. So the
    numbers of purchases and tickets in a window tell where it begins and how long it is.
    """
    if client.workspace != DEFAULT:
        body = {"name": client.workspace, "now": START, "mode": "frozen", "ttl_seconds": 86_400}
        client.prefix, prefix = "", client.prefix
        _require(client.call("create workspace", "POST", "/_mock/workspaces", {}, body))
        client.prefix = prefix
    _require(client.sign_in())
    if client.workspace == FRESH:
        return
    event = {"partner_id": PARTNER, "title": "Probe", "start_date_time": "2027-09-01T19:00:00Z"}
    for event_id in (PROBE_EVENT, "evt_sold"):
        body = {**event, "id": event_id, "attribution_model": "FD"}
        _require(client.call("add event", "POST", "/_mock/events", {}, body))
    days = (FIRST_SALE + timedelta(days=day) for day in range(SALE_DAYS))
    sales = [_sale("evt_sold", f"{day}T12:00:00Z", CUSTOMER, tickets) for tickets, day in enumerate(days, 1)]
    _require(client.call("add sales", "POST", "/_mock/purchases", {}, {"purchases": sales}))
    for package in PACKAGES:
        clusters = [{"tc": "one", "customers": [CUSTOMER]}]
        body = {"partner_id": PARTNER, "id": package, "title": "Probe", "event_ids": ["evt_sold"], "clusters": clusters}
        _require(client.call("add package", "POST", "/_mock/packages", {}, body))


def _require(operation: dict[str, Any]) -> None:
    assert operation["outcome"] == "ok", operation


def _sale(event: str, at: str, customer: str, tickets: int = 1) -> dict[str, Any]:
    sources = dict.fromkeys(("fd", "meta", "external"), "campaign")
    return {"customer_id": customer, "event_id": event, "at": at, "tickets": tickets, "revenue": 1, **sources}


class Writer:
    """A client that does what `kinds` names, each as often as its weight says, until `stopped` is set."""

    def __init__(self, client: Client, kinds: dict[str, int], stopped: Event) -> None:
        self._client, self._random, self._stopped = client, client.random, stopped
        self._kinds, self._weights = list(kinds), list(kinds.values())
        self._results = list[str]()
        self._actions: dict[str, Callable[[], dict[str, Any]]] = {
            "add result": self._add_result,
            "delete result": self._delete_result,
            "list results": self._list_results,
            "put settings": self._put_settings,
            "read evaluation": self._read_evaluation,
            "create package": self._create_package,
            "sell": self._sell,
            "read clock": self._read_clock,
            "wait": self._move_seconds,
            "next day": self._move_day,
            "sign in": self._client.sign_in,
            "reset": self._reset,
        }

    def run(self) -> None:
        """Sign in, and act until told to stop."""
        while not self._stopped.is_set() and self._client.sign_in()["outcome"] != "ok":
            self._stopped.wait(0.02)
        while not self._stopped.is_set():
            kind = self._random.choices(self._kinds, self._weights)[0]
            operation = self._actions[kind]()
            if operation["outcome"] == "not sent" or operation["status"] >= 500:
                self._stopped.wait(0.02)
            elif operation["status"] == 401:
                self._client.sign_in()

    def _add_result(self) -> dict[str, Any]:
        number, event = next(unique), self._random.choice(EVENTS)
        query = f"eid={event}&partner_id={PARTNER}&purchase={number}&revenue={number}.5"
        sent = {"event": event, "purchase": number}
        operation = self._client.call("add result", "POST", f"/api/v3/campaign_results/?{query}", sent)
        if operation["outcome"] == "ok":
            self._results.append(operation["got"]["id"])
        return operation

    def _delete_result(self) -> dict[str, Any]:
        if not self._results:
            return self._add_result()
        result = self._results.pop(self._random.randrange(len(self._results)))
        return self._client.call("delete result", "DELETE", f"/api/v3/campaign_results/?id={result}", {"id": result})

    def _list_results(self) -> dict[str, Any]:
        event = self._random.choice(EVENTS)
        path = f"/api/v3/campaign_results/?eid={event}&partner_id={PARTNER}"
        return self._client.call("list results", "GET", path, {"event": event}, writes=False)

    def _put_settings(self) -> dict[str, Any]:
        number = next(unique) % (MAX_OFFSET * (SALE_DAYS - MAX_OFFSET))
        length, offset = divmod(number, MAX_OFFSET)
        settings = {
            "backhaul_evaluation_attribution_window": length + 1,
            "backhaul_evaluation_model": "ALL_PURCHASES",
            "email_sent_date": str(FIRST_SALE + timedelta(days=offset)),
        }
        package = self._random.choice(PACKAGES)
        if self._client.workspace == FRESH:
            package = "pkg_556"
        path = f"{BUILDERS}/{package}/backhaul_evaluation_details"
        sent = {"package": package, "settings": settings}
        return self._client.call("put settings", "PUT", path, sent, settings)

    def _read_evaluation(self) -> dict[str, Any]:
        package = self._random.choice(PACKAGES)
        path = f"{BUILDERS}/{package}/backhaul_evaluation"
        return self._client.call("read evaluation", "GET", path, {"package": package}, writes=False)

    def _create_package(self) -> dict[str, Any]:
        title = f"package {next(unique)}"
        body = {"num_packages": 1, "n_top_events": 1, "event_ids": ["evt_sold"], "targeting_mode": "selective"}
        return self._client.call("create package", "POST", BUILDERS, {"title": title}, {**body, "package_title": title})

    def _sell(self) -> dict[str, Any]:
        """Add a purchase that the next attribution run counts. The clock is read before and after it."""
        before = self._read_clock()
        if before["outcome"] != "ok":
            return before
        sale = _sale(PROBE_EVENT, "2026-08-31T20:00:00Z", f"cus_{next(unique)}")
        sold = self._client.call(
            "sell", "POST", "/_mock/purchases", {"from": before["got"]["now"]}, {"purchases": [sale]}
        )
        self._read_clock()
        return sold

    def _read_clock(self) -> dict[str, Any]:
        return self._client.call("read clock", "GET", "/_mock/clock", {}, writes=False)

    def _move_seconds(self) -> dict[str, Any]:
        seconds = self._random.randint(1, 3)
        return self._client.call("move", "POST", "/_mock/clock/advance", {"seconds": seconds}, {"seconds": seconds})

    def _move_day(self) -> dict[str, Any]:
        self._sell()
        operation = self._client.call("move", "POST", "/_mock/clock/advance", {"seconds": 86_400}, {"days": 1})
        self._client.sign_in()
        return operation

    def _reset(self) -> dict[str, Any]:
        seed = next(unique)
        return self._client.call("reset", "POST", "/_mock/reset", {"seed": seed}, {"seed": seed})


RESULTS = {"add result": 40, "delete result": 14, "list results": 3}
KINDS = {
    DEFAULT: [{"sell": 1}, *[{**RESULTS, "put settings": 10, "read evaluation": 5, "create package": 2}] * 3],
    QUIET: [
        {**RESULTS, "put settings": 30, "read evaluation": 15, "create package": 3, "wait": 6, "sign in": 6},
    ]
    * 6,
    DAYS: [{"next day": 1, "sell": 6}, {"sell": 1}, {**RESULTS, "read clock": 3}],
    FRESH: [{**RESULTS, "reset": 6, "put settings": 20}, *[{**RESULTS, "put settings": 20, "sign in": 3}] * 3],
}
"""What each client of a workspace does, and how often."""


def list_writers(build: Callable[[str, Random], Client], seed: int, stopped: Event) -> Iterator[Writer]:
    """Yield the clients of all workspaces."""
    for workspace, each in KINDS.items():
        for number, kinds in enumerate(each):
            yield Writer(build(workspace, Random(f"{seed} {workspace} {number}")), kinds, stopped)
