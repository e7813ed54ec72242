"""Formats the control API's explanations as lines of text."""

from collections.abc import Iterable, Sequence
from typing import Any

OUTCOME_TEXTS = {
    "counted": "counted",
    "outside_window": "outside the window",
    "other_event": "for an event outside the package",
    "other_series": "for an event outside the series of the package's events",
    "not_known_yet": "not yet known when the evaluation completed",
}
NO_RESULT_TEXT = "no job is pending, because the last one ended without a result"
NO_EVALUATION_TEXT = (
    "no evaluation has completed: GET .../backhaul_evaluation returns [] until settings are saved and their job ends",
    "(a job that fails because of a fault has no result; see /_mock/jobs)",
)
WINDOW_SIDE_TEXTS = {"before": "before the window", "after": "after the window"}


def format_package(explanation: Any) -> list[str]:
    """Format the explanation of a package: its fields, grouped by cause."""
    changes = _format_changes(explanation["changes"])
    lines = [f"{explanation['id']} at {explanation['now']}, {changes} since it was created"]
    values_by_cause: dict[str, list[str]] = {}
    for name, field in explanation["fields"].items():
        cause = field["set_by"]["description"] + _format_revision(field["set_by"])
        values_by_cause.setdefault(cause, []).append(f"    {name}: {_format_value(field['value'])}")
    for cause, values in values_by_cause.items():
        lines += ["", f"set by {cause}", *values]
    return lines


def format_evaluation(explanation: Any) -> list[str]:
    """Format the explanation of an evaluation: its settings, the clusters, and the outcome of each purchase."""
    lines = [
        f'{explanation["id"]} "{explanation["title"]}" at {explanation["now"]}',
        "",
        *_format_result(explanation),
        *_format_pending(explanation["pending"]),
    ]
    for row in explanation["clusters"]:
        lines += ["", *_format_cluster(row)]
    if explanation["evaluation"] is not None and explanation["evaluation"]["settings"] is None:
        return [*lines, "", "no purchases are listed, because the settings that the result used are no longer recorded"]
    if explanation["outside_clusters"]:
        count = _format_purchase_count(explanation["outside_clusters"])
        lines += ["", f"not in the result: {count} like the counted ones, by customers who are in no cluster"]
    rows = [(*_sale_cells(sale), sale["tc"], _outcome_text(sale)) for sale in explanation["purchases"]["items"]]
    return [*lines, *_format_table((*SALE_COLUMNS, "cluster", "outcome"), rows, explanation["purchases"])]


def format_event(explanation: Any) -> list[str]:
    """Format the explanation of an event: its rows, the deleted rows, and the runs that added no row."""
    model = explanation["attribution_model"]
    lines = [
        f'{explanation["id"]} "{explanation["title"]}" at {explanation["now"]}',
        f"attribution model {model['value']}, set by {model['set_by']['description']}",
        "",
        f"rows of /campaign_results/: {explanation['rows']['total']}",
    ]
    for item in explanation["rows"]["items"]:
        lines += [
            "",
            *_format_row(item["row"]),
            f"    set by {item['set_by']['description']}",
            *_format_run(item["run"]),
        ]
    lines += _format_page_of(explanation["rows"], "rows")
    for deleted in explanation["deleted_rows"]:
        lines += ["", "DELETED " + _format_row(deleted["row"])[0], f"    set by {deleted['set_by']['description']}"]
        lines += [f"    deleted by {deleted['deleted_by']['description']}", f"    {deleted['reason']}"]
    for run in explanation["runs_without_a_row"]:
        lines += [
            "",
            f"no row at {run['due']}: the run examined {_format_purchase_count(run['examined'])}",
            f"    {run['reason']}",
        ]
    return lines


def format_daily(explanation: Any) -> list[str]:
    """Format the explanation of a day: its total, the split under each model, and the purchases."""
    model, total = explanation["attribution_model"], explanation["total"]
    lines = [
        f'{explanation["id"]} "{explanation["title"]}" on {explanation["date"]}, at {explanation["now"]}',
        f"attribution model {model['value']}, set by {model['set_by']['description']}",
        f"total: {_format_sales_total(total, explanation['currency'])}",
        "",
    ]
    for name, split in explanation["split"].items():
        parts = "; ".join(
            f"{credited_to} {_format_sales_total(part, explanation['currency'])}" for credited_to, part in split.items()
        )
        lines.append(f"{'>' if name == model['value'] else ' '} {name}: {parts}")
    if explanation["not_known_yet"]:
        count = _format_purchase_count(explanation["not_known_yet"])
        lines.append(f"not included, because the platform does not know them yet: {count}")
    rows = [
        (*_sale_cells(sale), sale["fd"], sale["meta"], sale["external"]) for sale in explanation["purchases"]["items"]
    ]
    return [*lines, *_format_table((*SALE_COLUMNS, "FD", "META", "EXTERNAL"), rows, explanation["purchases"])]


SALE_COLUMNS = ("purchase", "at", "customer", "event", "tickets", "revenue")


def _sale_cells(sale: Any) -> tuple[str, ...]:
    names = ("number", "at", "customer_id", "event_id", "tickets", "revenue")
    return tuple(str(sale[name]) for name in names)


def _outcome_text(sale: Any) -> str:
    if sale["window_side"]:
        return WINDOW_SIDE_TEXTS[sale["window_side"]]
    return OUTCOME_TEXTS[sale["reason"] or "counted"]


def _format_result(explanation: Any) -> list[str]:
    result = explanation["evaluation"]
    if result is None:
        return [*NO_EVALUATION_TEXT]
    is_initial = result["set_by"]["kind"] == "world"
    cause = ", as part of the initial data" if is_initial else f" by {result['set_by']['description']}"
    lines = [f"evaluated at {result['evaluated_at']}{cause}"]
    if result["settings"] is None:
        return [*lines, f"settings revision {result['revision']}: no longer recorded"]
    window = result["window"]
    lines += [
        f"settings revision {result['revision']}: {_format_settings(result['settings'])}",
        f"    set by {result['settings_set_by']['description']}",
        f"window from {window['start']} to {window['end']} (not included), starting on {window['starts_on']}",
        f"counted events: {_format_names(result['counted_events'])}",
    ]
    if result["sales_changed_since"]:
        lines.append(
            "SALES HAVE CHANGED SINCE: some counted purchases were deleted, so the rest do not add up to the result"
        )
    return lines


def _format_pending(pending: Any) -> list[str]:
    if pending is None:
        return []
    result_text = NO_RESULT_TEXT if pending["due"] is None else f"their result is due at {pending['due']}"
    return [
        f"NEWER SETTINGS, revision {pending['revision']}: {_format_settings(pending['settings'])}; {result_text}",
        f"    set by {pending['set_by']['description']}",
    ]


def _format_cluster(row: Any) -> list[str]:
    of_all = "" if row["size"] is None else f" of {row['size']}"
    summary = f"{row['customers']}{of_all} customers bought {row['items']} tickets in {row['purchase']} orders"
    lines = [f"{row['tc']}: {summary} (rate {row['conversion_rate']:.4f})"]
    counts = row["purchases"] or {}
    return lines + [
        f"    {_format_purchase_count(count)} {OUTCOME_TEXTS[outcome]}" for outcome, count in counts.items() if count
    ]


def _format_row(row: Any) -> list[str]:
    return [f"{row['id']}: purchase {row['purchase']}, revenue {row['revenue']}, {row['source']}, {row['created_at']}"]


def _format_run(run: Any) -> list[str]:
    if run is None:
        return []
    since = "all known ones" if run["previous_run"] is None else f"since the run of {run['previous_run']}"
    examined = f"examined {_format_purchase_count(run['examined'])} ({since})"
    lines = [f"    the run {examined} under {run['attribution_model']} and counted {run['counted']}"]
    if run["sales_changed_since"]:
        lines.append("    SALES HAVE CHANGED SINCE: the remaining purchases do not add up to the row")
    for sale in run["purchases"]:
        credit_text = "counted" if sale["counted"] else f"not counted: credited to {sale['credited_to']}"
        lines.append(f"      {sale['number']} {sale['at']} {sale['customer_id']} {sale['revenue']} {credit_text}")
    return lines


def _format_settings(settings: Any) -> str:
    values = {name.removeprefix("backhaul_evaluation_"): _format_value(value) for name, value in settings.items()}
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _format_sales_total(total: Any, currency: str) -> str:
    return f"{total['revenue']} {currency} ({_format_purchase_count(total['purchases'])})"


def _format_revision(set_by: Any) -> str:
    return "" if set_by["revision"] is None else f"; settings revision {set_by['revision']}"


def _format_purchase_count(count: int) -> str:
    return "1 purchase" if count == 1 else f"{count} purchases"


def _format_changes(count: int) -> str:
    return {0: "not changed", 1: "changed once"}.get(count, f"changed {count} times")


def _format_value(value: Any) -> str:
    if isinstance(value, list):
        return _format_names(
            [f"{one['tc']} ({one['customers']})" if isinstance(one, dict) else str(one) for one in value]
        )
    return "none" if value is None else str(value)


def _format_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return (", ".join(names[:MAX_NAMES]) or "none") + more


MAX_NAMES = 10


def _format_page_of(page: Any, noun: str) -> list[str]:
    """Format which page of a list is shown, if the list has several."""
    return ["", f"page {page['page']} of {page['pages']}, {page['total']} {noun}"] if page["pages"] > 1 else []


def _format_table(head: Sequence[str], rows: Iterable[Sequence[str]], page: Any) -> list[str]:
    """Format the rows as a table with a header, followed by a line such as `page 1 of 3`."""
    all_rows = [tuple(head), *(tuple(row) for row in rows)]
    if len(all_rows) == 1:
        return ["", f"no purchases on page {page['page']} of {page['pages']}" if page["total"] else "no purchases"]
    widths = [max(len(row[place]) for row in all_rows) for place in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in all_rows]
    return ["", *lines, f"page {page['page']} of {page['pages']}, {_format_purchase_count(page['total'])}"]
