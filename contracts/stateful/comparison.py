"""Reads the state of a sandbox and compares it with the model. Errors name the rules that a difference breaks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from contracts.dsl import spreadsheets, steps
from contracts.dsl.steps import EVALUATION_MODELS, SENT_DATE_FIELD
from contracts.spec.verdicts import BrokenRuleError
from contracts.stateful.model import NOT_DONE_STATUSES, Adjustment, EvaluationSettings, Package
from contracts.stateful.modelled_world import ModelledWorld, format_timestamp, require_equal
from contracts.target.sandbox import ACME

Rows = list[dict[str, Any]]


def check_all(world: ModelledWorld) -> None:
    """Compare everything. Raises BrokenRuleError at the first difference."""
    for event_id in world.model.events:
        _check_event(world, event_id)
    for event_id in world.model.events:
        _check_meta(world, event_id)
    _check_package_list(world)
    for package_id in world.model.packages:
        _check_package(world, package_id)
    check_results(world)
    _check_partner(world)


def _check_partner(world: ModelledWorld) -> None:
    defaults = world.call("getBackhaulDefaults", 200, "DEF-01", path={"partner_id": ACME}).json()
    expected_defaults = steps.settings_body(world.model.defaults.window, world.model.defaults.model)
    require_equal("the partner's defaults", defaults, expected_defaults, "DEF-01")
    permissions = world.call("getPermissions", 200, "PERM-01").json()
    require_equal("the partner of the permissions", permissions["partner_id"], ACME, "PERM-02")
    default_model = world.call("getPartner", 200, "PART-03").json()["attribution_model_default"]
    expected_model = world.model.default_attribution_model
    require_equal("the model that new events start with", default_model, expected_model, "PART-05")


def _check_event(world: ModelledWorld, event_id: str) -> None:
    model, path = world.model.events[event_id].attribution_model, {"eid": event_id}
    lookout_model = world.call("getEventAttributionModel", 200, "LAM-01", path=path).json()
    require_equal(f"Lookout model of {event_id}", lookout_model, {"model": model}, "LAM-01", "PART-05")
    series = world.call("getEventSeries", 200, "EVT-04", path=path).json()
    expected_series = sorted(world.model.other_series_members(event_id))
    require_equal(f"series of {event_id}", sorted(series), expected_series, "EVT-04", "EVT-05")
    listed = world.call("listCampaignResults", 200, "CR-01", query={"eid": event_id, "partner_id": ACME}).json()
    _check_rows(world, event_id, listed)
    revenue = world.call("getDailyRevenueSummary", 200, "DRS-02", query={"event_id": event_id}).json()
    adjustments = revenue["manual_adjustments"]
    require_equal(f"adjustments in the revenue response of {event_id}", adjustments, listed, "DRS-03", "CR-05")
    require_equal(f"model in the revenue response of {event_id}", revenue["attribution_model"], model, "LAM-03")
    _check_sheet(world, event_id)
    expected_days = world.model.daily_revenue(event_id)
    require_equal(f"days of {event_id}", revenue["daily"], expected_days, "DRS-02", "DRS-04", "LAM-03", "LAM-04")


def _check_sheet(world: ModelledWorld, event_id: str) -> None:
    sheet = world.call("exportSalesEdit", 200, "SED-01", query={"event_id": event_id, "format": "csv"})
    seen = [(day, int(orders), float(amount)) for day, orders, amount in spreadsheets.parse_csv(sheet.content)[1:]]
    expected_days = world.model.sheet_of(event_id).items()
    expected = [(day.isoformat(), orders, cents / 100) for day, (orders, cents) in expected_days]
    require_equal(f"sheet of {event_id}", seen, expected, "SED-02", "SED-03")


def _check_meta(world: ModelledWorld, event_id: str) -> None:
    """Compare the Meta integration's responses; the ids of all rows must be known.

    Meta's report is compared only under the model META, because no rule says how other models affect it.
    """
    meta_results = world.call("getMetaCampaignResults", 200, "META-01", path={"eid": event_id}).json()
    own = [row.id for row in world.model.rows_of(event_id)]
    own_ids = [row["id"] for row in meta_results["event_results"]["rows"]]
    require_equal(f"results of {event_id}", own_ids, own, "META-02")
    others = [row.id for other in world.model.other_series_members(event_id) for row in world.model.rows_of(other)]
    seen = [row["id"] for row in meta_results["series_results"]["rows"]]
    require_equal(f"results of the series of {event_id}", sorted(seen), sorted(map(str, others)), "META-02")
    report = world.call("getMetaInsights", 200, "META-04", path={"eid": event_id}).json()
    if world.model.events[event_id].attribution_model == "META":
        conversions = [{name: day[name] for name in CONVERSION_FIELDS} for day in report]
        expected_days = world.model.meta_report(event_id)
        require_equal(f"conversions that Meta reports of {event_id}", conversions, expected_days, "META-05", "META-06")


def _check_rows(world: ModelledWorld, event_id: str, listed: Rows) -> None:
    expected = world.model.rows_of(event_id)
    automated_rows = [_row_values(row) for row in expected if row.source == "automated"]
    if automated_rows:
        seen = [_known_fields(row) for row in listed if row["source"] == "automated"]
        require_equal(f"automated rows of {event_id}", seen, automated_rows, "JOB-03", "JOB-04")
    require_equal(
        f"rows of {event_id}, newest first",
        [_known_fields(row) for row in listed],
        [_row_values(row) for row in expected],
        *_rules_of_wrong_rows(listed, len(automated_rows)),
        *(SUMMARY_RULES if event_id in world.model.events_with_summaries else ()),
    )
    for row, expected_row in zip(listed, expected, strict=True):
        if expected_row.id is None:
            expected_row.id = row["id"]
        require_equal(f"id of a row of {event_id}", row["id"], expected_row.id, "CR-02")
        owner = (row["eid"], row["partner_id"])
        require_equal(f"event and partner of row {row['id']}", owner, (event_id, ACME), "CR-02")


def _rules_of_wrong_rows(listed: Rows, expected_count: int) -> tuple[str, str]:
    """Return the rules of the attribution job if the number of automated rows is wrong, else the rules of the list."""
    automated = sum(row["source"] == "automated" for row in listed)
    return ("JOB-03", "JOB-04") if automated != expected_count else ("CR-05", "CR-01")


SUMMARY_RULES = ("ING-03", "ING-04", "ING-05", "ING-06")
CONVERSION_FIELDS = ("date", "purchases", "purchase_value")
ROW_FIELDS = ("purchase", "revenue", "created_at", "source")


def _known_fields(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ROW_FIELDS}


def _row_values(row: Adjustment) -> dict[str, Any]:
    created_at = format_timestamp(row.created_at)
    return {"purchase": row.purchase, "revenue": row.revenue, "created_at": created_at, "source": row.source}


def _check_package_list(world: ModelledWorld) -> None:
    rows_by_id = {row["id"]: row for row in world.call("listPackages", 200, "PKG-01").json()}
    missing = sorted(world.model.packages.keys() - rows_by_id.keys())
    require_equal("packages that are not listed", missing, [], "PKG-01")
    for package_id, package in world.model.packages.items():
        row = rows_by_id[package_id]
        require_equal(f"status of {package_id} in the list", row["status"], world.model.status(package), "PKG-03")
        require_equal(f"merge_id of {package_id}", row["merge_id"], package.merge_id, "PKG-05", "PKG-08")


def _check_package(world: ModelledWorld, package_id: str) -> None:
    package, path = world.model.packages[package_id], {"package_id": package_id}
    body = world.call("getPackage", 200, "PKG-04", path=path).json()
    status = world.model.status(package)
    require_equal(f"status of {package_id}", body["status"], status, "PKG-03")
    event_ids = [event["id"] for event in body["events"]]
    require_equal(f"events of {package_id}", event_ids, package.events, "PKG-02", "PKG-08")
    if status in NOT_DONE_STATUSES[:2]:
        require_equal(f"content of {package_id} before it is built", body["content"], None, "PKG-04")
    _check_settings(world, package_id)


def _check_settings(world: ModelledWorld, package_id: str) -> None:
    package = world.model.packages[package_id]
    settings, sent = package.settings, package.settings.email_sent_date
    sent_date = {SENT_DATE_FIELD: sent and sent.isoformat()}
    expected = steps.settings_body(settings.window, settings.model, **sent_date)
    seen = world.call("getEvaluationSettings", 200, "BEV-01", path={"package_id": package_id}).json()
    rule = "BEV-02" if sent or package.result or package.evaluation_due_at else "DEF-02"
    require_equal(f"settings of {package_id}", seen, expected, rule)


def learn_clusters(world: ModelledWorld) -> None:
    """Copy the clusters of built packages from the platform to the model. Other contracts check the members."""
    for package_id, package in world.model.packages.items():
        if package.clusters is None and world.model.status(package) not in NOT_DONE_STATUSES[:2]:
            content = world.call("getPackage", 200, "PKG-04", path={"package_id": package_id}).json()["content"]
            if content is None:
                raise BrokenRuleError(f"content of {package_id}", "clusters", content, ("PKG-03", "PKG-04"))
            package.clusters = dict(_read_clusters(world, package_id, content["clusters"]))


def _read_clusters(world: ModelledWorld, package_id: str, listed: Rows) -> Iterator[tuple[str, list[str]]]:
    """Yield each cluster with its customers. Check that no customer is in two clusters. Rules: PKG-04, PKG-06."""
    seen_customers: set[str] = set()
    for cluster in listed:
        path = {"package_id": package_id, "tc": cluster["tc"]}
        customers = world.call("getClusterCustomers", 200, "PKG-06", path=path).json()
        require_equal(f"size of {cluster['tc']}", len(customers), cluster["customers"], "PKG-06", "PKG-04")
        shared = sorted(seen_customers.intersection(customers))
        require_equal(f"customers of {cluster['tc']} that are also in another cluster", shared, [], "PKG-04")
        seen_customers.update(customers)
        yield cluster["tc"], customers


def check_results(world: ModelledWorld) -> None:
    """Compare each package's evaluation with the last published evaluation. Raises BrokenRuleError."""
    for package_id, package in world.model.packages.items():
        seen = world.call("getEvaluation", 200, "BEV-05", path={"package_id": package_id}).json()
        if not is_same_evaluation(seen, package.result):
            rule = _find_broken_rule(world, package, seen)
            raise BrokenRuleError(f"evaluation of {package_id}", package.result, seen, (rule,))


def _find_broken_rule(world: ModelledWorld, package: Package, seen: Rows) -> str:
    """Return the rule that a wrong evaluation breaks: the rule whose violation would explain the rows."""
    if package.evaluation_due_at is not None:
        return "BEV-03"
    if is_same_evaluation(seen, package.previous_result) or not seen:
        return "BEV-04" if package.previous_result or not seen else "BEV-02"

    def explain(alternatives: Iterable[EvaluationSettings]) -> bool:
        results = (world.model.evaluate(package, settings, world.model.now) for settings in alternatives)
        return any(is_same_evaluation(seen, result) for result in results)

    if explain(_other_windows(package)):
        return "BEV-07"
    return "BEV-06" if explain(replace(package.settings, model=model) for model in EVALUATION_MODELS) else "BEV-08"


def _other_windows(package: Package) -> Iterator[EvaluationSettings]:
    """Yield variants of the settings, whose windows are wrong by a day at the start, at the end or at both."""
    settings = package.settings
    first = settings.email_sent_date or package.created_at.date()
    for longer in (-1, 0, 1):
        for later in (-1, 0, 1):
            yield EvaluationSettings(max(0, settings.window + longer), settings.model, first + timedelta(days=later))


def is_same_evaluation(seen: Rows, expected: Rows) -> bool:
    """Return whether two evaluations are equal. Rates are compared to nine decimals. Rule: BEV-05."""
    if [row["tc"] for row in seen] != [row["tc"] for row in expected]:
        return False
    return all(
        abs(row["conversion_rate"] - other["conversion_rate"]) < 1e-9
        and all(row[name] == other[name] for name in steps.COUNT_FIELDS)
        for row, other in zip(seen, expected, strict=True)
    )
