"""Everything that a walk can see, compared with what its model holds; a difference names the rule that it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from contracts.dsl import spreadsheets, steps
from contracts.dsl.steps import EVALUATION_MODELS, SENT_DATE_FIELD
from contracts.spec.verdicts import BrokenRuleError
from contracts.stateful.model import NOT_DONE_STATUSES, Adjustment, EvaluationSettings, Package
from contracts.target.sandbox import ACME

if TYPE_CHECKING:
    from contracts.stateful.runner import StatefulTest

Rows = list[dict[str, Any]]


def require_equal(what: str, seen: object, expected: object, *rules: str) -> None:
    """The two are equal, or these rules are broken."""
    if seen != expected:
        raise BrokenRuleError(what, expected, seen, rules)


def check_all(test: StatefulTest) -> None:
    """Look at everything. Raises Broken."""
    for event_id in test.model.events:
        _check_event(test, event_id)
    for event_id in test.model.events:
        _check_meta(test, event_id)
    _check_package_list(test)
    for package_id in test.model.packages:
        _check_package(test, package_id)
    check_results(test)
    defaults = test.call("getBackhaulDefaults", 200, "DEF-01", path={"partner_id": ACME}).json()
    expected_defaults = test.model.defaults
    require_equal(
        "the partner's defaults",
        defaults,
        steps.settings_body(expected_defaults.window, expected_defaults.model),
        "DEF-01",
    )
    permissions = test.call("getPermissions", 200, "PERM-01").json()
    require_equal("the partner that permissions are for", permissions["partner_id"], ACME, "PERM-02")
    default_model = test.call("getPartner", 200, "PART-03").json()["attribution_model_default"]
    require_equal(
        "the model that new events start with", default_model, test.model.default_attribution_model, "PART-05"
    )


def _check_event(test: StatefulTest, event_id: str) -> None:
    model, path = test.model.events[event_id], {"eid": event_id}
    require_equal(
        f"Lookout model of {event_id}",
        test.call("getEventAttributionModel", 200, "LAM-01", path=path).json(),
        {"model": model.attribution_model},
        "LAM-01",
        "PART-05",
    )
    series = test.call("getEventSeries", 200, "EVT-04", path=path).json()
    require_equal(
        f"series of {event_id}", sorted(series), sorted(test.model.other_series_members(event_id)), "EVT-04", "EVT-05"
    )
    listed = test.call("listCampaignResults", 200, "CR-01", query={"eid": event_id, "partner_id": ACME}).json()
    _check_rows(test, event_id, listed)
    daily_revenue = test.call("getDailyRevenueSummary", 200, "DRS-02", query={"event_id": event_id}).json()
    require_equal(
        f"adjustments of {event_id} beside its revenue", daily_revenue["manual_adjustments"], listed, "DRS-03", "CR-05"
    )
    require_equal(
        f"model named with the revenue of {event_id}",
        daily_revenue["attribution_model"],
        model.attribution_model,
        "LAM-03",
    )
    _check_sheet(test, event_id)
    require_equal(
        f"days of {event_id}",
        daily_revenue["daily"],
        test.model.daily_revenue(event_id),
        "DRS-02",
        "DRS-04",
        "LAM-03",
        "LAM-04",
    )


def _check_sheet(test: StatefulTest, event_id: str) -> None:
    sheet = test.call("exportSalesEdit", 200, "SED-01", query={"event_id": event_id, "format": "csv"})
    seen = [(day, int(orders), float(amount)) for day, orders, amount in spreadsheets.parse_csv(sheet.content)[1:]]
    expected_days = test.model.sheet_of(event_id).items()
    expected = [(day.isoformat(), orders, cents / 100) for day, (orders, cents) in expected_days]
    require_equal(f"sheet of {event_id}", seen, expected, "SED-02", "SED-03")


def _check_meta(test: StatefulTest, event_id: str) -> None:
    """What Meta's integration tells of an event, once the ids of all rows are known."""
    meta_results = test.call("getMetaCampaignResults", 200, "META-01", path={"eid": event_id}).json()
    own = [row.id for row in test.model.rows_of(event_id)]
    require_equal(f"results of {event_id}", [row["id"] for row in meta_results["event_results"]], own, "META-02")
    others = [row.id for other in test.model.other_series_members(event_id) for row in test.model.rows_of(other)]
    seen = [row["id"] for row in meta_results["series_results"]]
    require_equal(f"results of the series of {event_id}", sorted(seen), sorted(map(str, others)), "META-02")
    report = test.call("getMetaInsights", 200, "META-04", path={"eid": event_id}).json()
    require_equal(f"Meta's report of {event_id}", report, test.model.meta_report(event_id), "META-05", "META-06")


def _check_rows(test: StatefulTest, event_id: str, listed: Rows) -> None:
    expected = test.model.rows_of(event_id)
    automated_rows = [_row_values(row) for row in expected if row.source == "automated"]
    seen = (
        [{key: row[key] for key in automated_rows[0]} for row in listed if row["source"] == "automated"]
        if automated_rows
        else []
    )
    if automated_rows:
        require_equal(f"automated rows of {event_id}", seen, automated_rows, "JOB-03", "JOB-04")
    expected_values = [_row_values(row) for row in expected]
    require_equal(
        f"rows of {event_id}, newest first",
        [{key: value for key, value in row.items() if key in ROW_FIELDS} for row in listed],
        expected_values,
        *_rules_of_wrong_rows(listed, len(automated_rows)),
        *(SUMMARY_RULES if event_id in test.model.events_with_summaries else ()),
    )
    for row, expected_row in zip(listed, expected, strict=True):
        if expected_row.id is None:
            expected_row.id = row["id"]
        require_equal(f"id of a row of {event_id}", row["id"], expected_row.id, "CR-02")
        require_equal(
            f"event and partner of row {row['id']}", (row["eid"], row["partner_id"]), (event_id, ACME), "CR-02"
        )


def _rules_of_wrong_rows(listed: Rows, expected_count: int) -> tuple[str, str]:
    """Whose fault a wrong list is: the job's, where the automated rows are too many or too few."""
    automated = sum(row["source"] == "automated" for row in listed)
    return ("JOB-03", "JOB-04") if automated != expected_count else ("CR-05", "CR-01")


SUMMARY_RULES = ("ING-03", "ING-04", "ING-05", "ING-06")
ROW_FIELDS = ("purchase", "revenue", "created_at", "source")


def _row_values(row: Adjustment) -> dict[str, Any]:
    created_at = row.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"purchase": row.purchase, "revenue": row.revenue, "created_at": created_at, "source": row.source}


def _check_package_list(test: StatefulTest) -> None:
    rows_by_id = {row["id"]: row for row in test.call("listPackages", 200, "PKG-01").json()}
    for package_id, package in test.model.packages.items():
        require_equal(f"whether {package_id} is listed", [package_id in rows_by_id], [True], "PKG-01")
        row = rows_by_id[package_id]
        require_equal(f"status of {package_id} in the list", row["status"], test.model.status(package), "PKG-03")
        require_equal(f"merge_id of {package_id}", row["merge_id"], package.merge_id, "PKG-05", "PKG-08")


def _check_package(test: StatefulTest, package_id: str) -> None:
    package, path = test.model.packages[package_id], {"package_id": package_id}
    package_body = test.call("getPackage", 200, "PKG-04", path=path).json()
    status = test.model.status(package)
    require_equal(f"status of {package_id}", package_body["status"], status, "PKG-03")
    require_equal(
        f"events of {package_id}", [event["id"] for event in package_body["events"]], package.events, "PKG-02", "PKG-08"
    )
    if status in NOT_DONE_STATUSES[:2]:
        require_equal(f"content of {package_id} before it is built", package_body["content"], None, "PKG-04")
    settings = package.settings
    expected = steps.settings_body(
        settings.window,
        settings.model,
        **{SENT_DATE_FIELD: settings.email_sent_date and settings.email_sent_date.isoformat()},
    )
    seen = test.call("getEvaluationSettings", 200, "BEV-01", path=path).json()
    rules = ("BEV-02",) if settings.email_sent_date or package.result or package.evaluation_due_at else ("DEF-02",)
    require_equal(f"settings of {package_id}", seen, expected, *rules)


def learn_clusters(test: StatefulTest) -> None:
    """Learn the clusters of what the platform has built meanwhile; who is in them is for other contracts to judge."""
    for package_id, package in test.model.packages.items():
        if package.clusters is None and test.model.status(package) not in NOT_DONE_STATUSES[:2]:
            package_body = test.call("getPackage", 200, "PKG-04", path={"package_id": package_id}).json()
            require_equal(
                f"whether {package_id} has content", [package_body["content"] is not None], [True], "PKG-03", "PKG-04"
            )
            package.clusters = dict(_read_clusters(test, package_id, package_body["content"]["clusters"]))


def _read_clusters(test: StatefulTest, package_id: str, listed: Rows) -> Iterator[tuple[str, list[str]]]:
    """The customers of what the platform built: every one of them is in one cluster alone. Rules: PKG-04, PKG-06."""
    seen_customers: set[str] = set()
    for cluster in listed:
        path = {"package_id": package_id, "tc": cluster["tc"]}
        customers = test.call("getClusterCustomers", 200, "PKG-06", path=path).json()
        require_equal(f"size of {cluster['tc']}", len(customers), cluster["customers"], "PKG-06", "PKG-04")
        require_equal(
            f"customers of {cluster['tc']} in another cluster too",
            sorted(seen_customers.intersection(customers)),
            [],
            "PKG-04",
        )
        seen_customers.update(customers)
        yield cluster["tc"], customers


def check_results(test: StatefulTest) -> None:
    """Each package's evaluation: the last that was published, and no other."""
    for package_id, package in test.model.packages.items():
        seen = test.call("getEvaluation", 200, "BEV-05", path={"package_id": package_id}).json()
        if not is_same_evaluation(seen, package.result):
            rule = _find_broken_rule(test, package, seen)
            raise BrokenRuleError(f"evaluation of {package_id}", package.result, seen, (rule,))


def _find_broken_rule(test: StatefulTest, package: Package, seen: Rows) -> str:
    """The rule that a wrong evaluation breaks: found by asking under which mistake it would be right."""
    if package.evaluation_due_at is not None:
        return "BEV-03"
    if is_same_evaluation(seen, package.previous_result) or not seen:
        return "BEV-04" if package.previous_result or not seen else "BEV-02"
    settings = package.settings
    if any(
        is_same_evaluation(seen, test.model.evaluate(package, other, test.model.now))
        for other in _other_windows(package, settings)
    ):
        return "BEV-07"
    others = (replace(settings, model=model) for model in EVALUATION_MODELS)
    if any(is_same_evaluation(seen, test.model.evaluate(package, other, test.model.now)) for other in others):
        return "BEV-06"
    return "BEV-08"


def _other_windows(package: Package, settings: EvaluationSettings) -> Iterator[EvaluationSettings]:
    first = settings.email_sent_date or package.created_at.date()
    for longer in (-1, 0, 1):
        for later in (-1, 0, 1):
            yield EvaluationSettings(max(0, settings.window + longer), settings.model, first + timedelta(days=later))


def is_same_evaluation(seen: Rows, expected: Rows) -> bool:
    """Whether two evaluations are the same; rates may differ in a double's last digits. Rule: BEV-05."""
    if [row["tc"] for row in seen] != [row["tc"] for row in expected]:
        return False
    return all(
        abs(row["conversion_rate"] - other["conversion_rate"]) < 1e-9
        and all(row[name] == other[name] for name in steps.COUNT_FIELDS)
        for row, other in zip(seen, expected, strict=True)
    )
