"""Everything that a walk can see, compared with what its model holds; a difference names the rule that it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from contracts.dsl import spreadsheets, steps
from contracts.dsl.steps import MODELS, SENT
from contracts.spec.verdicts import Broken
from contracts.stateful.model import NOT_DONE, Adjustment, Package, Settings
from contracts.target.sandbox import ACME

if TYPE_CHECKING:
    from contracts.stateful.runner import Walk

Rows = list[dict[str, Any]]


def same(what: str, seen: object, expected: object, *rules: str) -> None:
    """The two are equal, or these rules are broken."""
    if seen != expected:
        raise Broken(what, expected, seen, rules)


def look(walk: Walk) -> None:
    """Look at everything. Raises Broken."""
    for event_id in walk.model.events:
        _event(walk, event_id)
    for event_id in walk.model.events:
        _under_meta(walk, event_id)
    _listed(walk)
    for package_id in walk.model.packages:
        _package(walk, package_id)
    results(walk)
    defaults = walk.call("getBackhaulDefaults", 200, "DEF-01", path={"partner_id": ACME}).json()
    held = walk.model.defaults
    same("the partner's defaults", defaults, steps.settings(held.window, held.model), "DEF-01")
    allowed = walk.call("getPermissions", 200, "PERM-01").json()
    same("the partner that permissions are for", allowed["partner_id"], ACME, "PERM-02")
    told = walk.call("getPartner", 200, "PART-03").json()["attribution_model_default"]
    same("the model that new events start with", told, walk.model.event_default, "PART-05")


def _event(walk: Walk, event_id: str) -> None:
    model, path = walk.model.events[event_id], {"eid": event_id}
    same(
        f"Lookout model of {event_id}",
        walk.call("getEventAttributionModel", 200, "LAM-01", path=path).json(),
        {"model": model.model},
        "LAM-01",
        "PART-05",
    )
    series = walk.call("getEventSeries", 200, "EVT-04", path=path).json()
    same(f"series of {event_id}", sorted(series), sorted(walk.model.in_series_with(event_id)), "EVT-04", "EVT-05")
    listed = walk.call("listCampaignResults", 200, "CR-01", query={"eid": event_id, "partner_id": ACME}).json()
    _adjustments(walk, event_id, listed)
    told = walk.call("getDailyRevenueSummary", 200, "DRS-02", query={"event_id": event_id}).json()
    same(f"adjustments of {event_id} beside its revenue", told["manual_adjustments"], listed, "DRS-03", "CR-05")
    same(f"model named with the revenue of {event_id}", told["attribution_model"], model.model, "LAM-03")
    _sheet(walk, event_id)
    same(f"days of {event_id}", told["daily"], walk.model.days_of(event_id), "DRS-02", "DRS-04", "LAM-03", "LAM-04")


def _sheet(walk: Walk, event_id: str) -> None:
    sheet = walk.call("exportSalesEdit", 200, "SED-01", query={"event_id": event_id, "format": "csv"})
    seen = [(day, int(orders), float(amount)) for day, orders, amount in spreadsheets.rows_of_csv(sheet.content)[1:]]
    held = walk.model.sheet_of(event_id).items()
    expected = [(day.isoformat(), orders, cents / 100) for day, (orders, cents) in held]
    same(f"sheet of {event_id}", seen, expected, "SED-02", "SED-03")


def _under_meta(walk: Walk, event_id: str) -> None:
    """What Meta's integration tells of an event, once the ids of all rows are known."""
    told = walk.call("getMetaCampaignResults", 200, "META-01", path={"eid": event_id}).json()
    own = [row.id for row in walk.model.rows_of(event_id)]
    same(f"results of {event_id}", [row["id"] for row in told["event_results"]], own, "META-02")
    others = [row.id for other in walk.model.in_series_with(event_id) for row in walk.model.rows_of(other)]
    seen = [row["id"] for row in told["series_results"]]
    same(f"results of the series of {event_id}", sorted(seen), sorted(map(str, others)), "META-02")
    report = walk.call("getMetaInsights", 200, "META-04", path={"eid": event_id}).json()
    same(f"Meta's report of {event_id}", report, walk.model.reported_by_meta(event_id), "META-05", "META-06")


def _adjustments(walk: Walk, event_id: str, listed: Rows) -> None:
    expected = walk.model.rows_of(event_id)
    runs = [_told(row) for row in expected if row.source == "automated"]
    seen = [{key: row[key] for key in runs[0]} for row in listed if row["source"] == "automated"] if runs else []
    if runs:
        same(f"automated rows of {event_id}", seen, runs, "JOB-03", "JOB-04")
    wanted = [_told(row) for row in expected]
    same(
        f"rows of {event_id}, newest first",
        [{key: value for key, value in row.items() if key in TOLD} for row in listed],
        wanted,
        *_rules_of_rows(listed, len(runs)),
        *(OF_SUMMARIES if event_id in walk.model.brought_in else ()),
    )
    for row, made in zip(listed, expected, strict=True):
        if made.id is None:
            made.id = row["id"]
        same(f"id of a row of {event_id}", row["id"], made.id, "CR-02")
        same(f"event and partner of row {row['id']}", (row["eid"], row["partner_id"]), (event_id, ACME), "CR-02")


def _rules_of_rows(listed: Rows, runs: int) -> tuple[str, str]:
    """Whose fault a wrong list is: the job's, where the automated rows are too many or too few."""
    automated = sum(row["source"] == "automated" for row in listed)
    return ("JOB-03", "JOB-04") if automated != runs else ("CR-05", "CR-01")


OF_SUMMARIES = ("ING-03", "ING-04", "ING-05", "ING-06")
TOLD = ("purchase", "revenue", "created_at", "source")


def _told(row: Adjustment) -> dict[str, Any]:
    made = row.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"purchase": row.purchase, "revenue": row.revenue, "created_at": made, "source": row.source}


def _listed(walk: Walk) -> None:
    known = {row["id"]: row for row in walk.call("listPackages", 200, "PKG-01").json()}
    for package_id, package in walk.model.packages.items():
        same(f"whether {package_id} is listed", [package_id in known], [True], "PKG-01")
        row = known[package_id]
        same(f"status of {package_id} in the list", row["status"], walk.model.status(package), "PKG-03")
        same(f"merge_id of {package_id}", row["merge_id"], package.merge_id, "PKG-05", "PKG-08")


def _package(walk: Walk, package_id: str) -> None:
    package, path = walk.model.packages[package_id], {"package_id": package_id}
    told = walk.call("getPackage", 200, "PKG-04", path=path).json()
    status = walk.model.status(package)
    same(f"status of {package_id}", told["status"], status, "PKG-03")
    same(f"events of {package_id}", [event["id"] for event in told["events"]], package.events, "PKG-02", "PKG-08")
    if status in NOT_DONE[:2]:
        same(f"content of {package_id} before it is built", told["content"], None, "PKG-04")
    held = package.settings
    expected = steps.settings(held.window, held.model, **{SENT: held.sent and held.sent.isoformat()})
    seen = walk.call("getEvaluationSettings", 200, "BEV-01", path=path).json()
    rules = ("BEV-02",) if held.sent or package.result or package.pending else ("DEF-02",)
    same(f"settings of {package_id}", seen, expected, *rules)


def learn(walk: Walk) -> None:
    """Learn the clusters of what the platform has built meanwhile; who is in them is for other contracts to judge."""
    for package_id, package in walk.model.packages.items():
        if package.clusters is None and walk.model.status(package) not in NOT_DONE[:2]:
            told = walk.call("getPackage", 200, "PKG-04", path={"package_id": package_id}).json()
            same(f"whether {package_id} has content", [told["content"] is not None], [True], "PKG-03", "PKG-04")
            package.clusters = dict(_clusters(walk, package_id, told["content"]["clusters"]))


def _clusters(walk: Walk, package_id: str, listed: Rows) -> Iterator[tuple[str, list[str]]]:
    """The customers of what the platform built: every one of them is in one cluster alone. Rules: PKG-04, PKG-06."""
    met: set[str] = set()
    for cluster in listed:
        path = {"package_id": package_id, "tc": cluster["tc"]}
        customers = walk.call("getClusterCustomers", 200, "PKG-06", path=path).json()
        same(f"size of {cluster['tc']}", len(customers), cluster["customers"], "PKG-06", "PKG-04")
        same(f"customers of {cluster['tc']} in another cluster too", sorted(met.intersection(customers)), [], "PKG-04")
        met.update(customers)
        yield cluster["tc"], customers


def results(walk: Walk) -> None:
    """Each package's evaluation: the last that was published, and no other."""
    for package_id, package in walk.model.packages.items():
        seen = walk.call("getEvaluation", 200, "BEV-05", path={"package_id": package_id}).json()
        if not alike(seen, package.result):
            rule = _blamed(walk, package, seen)
            raise Broken(f"evaluation of {package_id}", package.result, seen, (rule,))


def _blamed(walk: Walk, package: Package, seen: Rows) -> str:
    """The rule that a wrong evaluation breaks: found by asking under which mistake it would be right."""
    if package.pending is not None:
        return "BEV-03"
    if alike(seen, package.before) or not seen:
        return "BEV-04" if package.before or not seen else "BEV-02"
    held = package.settings
    if any(alike(seen, walk.model.counted(package, other, walk.model.now)) for other in _other_windows(package, held)):
        return "BEV-07"
    others = (replace(held, model=model) for model in MODELS)
    if any(alike(seen, walk.model.counted(package, other, walk.model.now)) for other in others):
        return "BEV-06"
    return "BEV-08"


def _other_windows(package: Package, held: Settings) -> Iterator[Settings]:
    first = held.sent or package.created_at.date()
    for longer in (-1, 0, 1):
        for later in (-1, 0, 1):
            yield Settings(max(0, held.window + longer), held.model, first + timedelta(days=later))


def alike(seen: Rows, expected: Rows) -> bool:
    """Whether two evaluations are the same; rates may differ in a double's last digits. Rule: BEV-05."""
    if [row["tc"] for row in seen] != [row["tc"] for row in expected]:
        return False
    return all(
        abs(row["conversion_rate"] - other["conversion_rate"]) < 1e-9
        and all(row[name] == other[name] for name in steps.COUNTS)
        for row, other in zip(seen, expected, strict=True)
    )
