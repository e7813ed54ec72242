"""Explanations as a person reads them; each takes the control API's answer and gives the lines."""

from collections.abc import Iterable, Sequence
from typing import Any

OUTCOME_TEXTS = {
    "counted": "counted",
    "outside_window": "outside the window",
    "other_event": "of an event that the package does not have",
    "other_series": "of an event in no series of the package's events",
    "not_known_yet": "not known yet when the evaluation completed",
}
NO_RESULT_TEXT = "no job is under way for them: theirs ended without a result"
WINDOW_SIDE_TEXTS = {"before": "before the window starts", "after": "after the window has ended"}


def format_package(explanation: Any) -> list[str]:
    """What set each field of a package."""
    lines = [
        f"{explanation['id']} at {explanation['now']}, changed {_format_times(explanation['changes'])} since it was made"
    ]
    values_by_cause: dict[str, list[str]] = {}
    for name, field in explanation["fields"].items():
        cause = field["set_by"]["description"] + _format_revision(field["set_by"])
        values_by_cause.setdefault(cause, []).append(f"    {name}: {_format_value(field['value'])}")
    for cause, values in values_by_cause.items():
        lines += ["", f"set by {cause}", *values]
    return lines


def format_evaluation(explanation: Any) -> list[str]:
    """What an evaluation was made of, each cluster's row, and what became of its customers' purchases."""
    lines = [
        f'{explanation["id"]} "{explanation["title"]}" at {explanation["now"]}',
        "",
        *_format_result(explanation),
        *_format_pending(explanation["pending"]),
    ]
    for row in explanation["clusters"]:
        lines += ["", *_format_cluster(row)]
    if explanation["evaluation"] is not None and explanation["evaluation"]["settings"] is None:
        return [*lines, "", "which purchases counted cannot be told without the settings of that time"]
    if explanation["outside_clusters"]:
        lines += [
            "",
            f"{_format_purchase_count(explanation['outside_clusters'])} of customers in no cluster would count too",
        ]
    rows = [(*_sale_cells(sale), sale["tc"], _outcome_text(sale)) for sale in explanation["purchases"]["items"]]
    return [*lines, *_format_table((*SALE_COLUMNS, "cluster", "what became of it"), rows, explanation["purchases"])]


def format_event(explanation: Any) -> list[str]:
    """An event's rows, those that are gone, and the runs that brought none."""
    model = explanation["attribution_model"]
    lines = [
        f'{explanation["id"]} "{explanation["title"]}" at {explanation["now"]}',
        f"attribution model {model['value']}: {model['set_by']['description']}",
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
    for deleted in explanation["deleted_rows"]:
        lines += ["", "DELETED " + _format_row(deleted["row"])[0], f"    set by {deleted['set_by']['description']}"]
        lines += [f"    deleted by {deleted['deleted_by']['description']}", f"    {deleted['reason']}"]
    for run in explanation["runs_without_a_row"]:
        lines += [
            "",
            f"no row at {run['due']}: the run looked at {_format_purchase_count(run['examined'])}",
            f"    {run['reason']}",
        ]
    return lines


def format_daily(explanation: Any) -> list[str]:
    """A day's figure, as each model would split it, and the purchases that it comes from."""
    model, total = explanation["attribution_model"], explanation["total"]
    lines = [
        f'{explanation["id"]} "{explanation["title"]}" on {explanation["date"]}, at {explanation["now"]}',
        f"attribution model {model['value']}: {model['set_by']['description']}",
        f"total: {_format_sales_total(total, explanation['currency'])}",
        "",
    ]
    for name, split in explanation["split"].items():
        parts = "; ".join(
            f"{credited_to} {_format_sales_total(part, explanation['currency'])}" for credited_to, part in split.items()
        )
        lines.append(f"{'>' if name == model['value'] else ' '} {name}: {parts}")
    if explanation["not_known_yet"]:
        lines.append(
            f"{_format_purchase_count(explanation['not_known_yet'])} of the day the platform does not know yet"
        )
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
        return [
            "no evaluation has completed: /backhaul_evaluation answers [] until settings are saved and their job ends",
            "(a job that a fault lets fail leaves no result: /_mock/jobs tells it)",
        ]
    lines = [f"evaluated at {result['evaluated_at']} by {result['set_by']['description']}"]
    if result["settings"] is None:
        return [*lines, f"settings revision {result['revision']}: what they were is no longer kept"]
    window = result["window"]
    lines += [
        f"settings revision {result['revision']}: {_format_settings(result['settings'])}",
        f"    set by {result['settings_set_by']['description']}",
        f"window from {window['start']} up to, not including, {window['end']}; it starts on {window['starts_on']}",
        f"events that count: {_format_names(result['counted_events'])}",
    ]
    if result["sales_changed_since"]:
        lines.append("SALES HAVE CHANGED SINCE: purchases that it counted are gone, those below do not add up to it")
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
    return lines + [f"    {count} {OUTCOME_TEXTS[outcome]}" for outcome, count in counts.items() if count]


def _format_row(row: Any) -> list[str]:
    return [f"{row['id']}: purchase {row['purchase']}, revenue {row['revenue']}, {row['source']}, {row['created_at']}"]


def _format_run(run: Any) -> list[str]:
    if run is None:
        return []
    since = "all that was known" if run["previous_run"] is None else f"since the run of {run['previous_run']}"
    summary = f"    the run looked at {_format_purchase_count(run['examined'])} ({since}) by {run['attribution_model']}"
    lines = [f"{summary} and counted {run['counted']}"]
    if run["sales_changed_since"]:
        lines.append("    SALES HAVE CHANGED SINCE: those that are left do not come to the row")
    for sale in run["purchases"]:
        credit_text = "counted" if sale["counted"] else f"not counted: credited to {sale['credited_to']}"
        lines.append(f"      {sale['number']} {sale['at']} {sale['customer_id']} {sale['revenue']} {credit_text}")
    return lines


def _format_settings(settings: Any) -> str:
    values = {name.removeprefix("backhaul_evaluation_"): _format_value(value) for name, value in settings.items()}
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _format_sales_total(total: Any, currency: str) -> str:
    return f"{total['revenue']} {currency} in {total['purchases']}"


def _format_revision(set_by: Any) -> str:
    return "" if set_by["revision"] is None else f"; settings revision {set_by['revision']}"


def _format_purchase_count(count: int) -> str:
    return "1 purchase" if count == 1 else f"{count} purchases"


def _format_times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


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


def _format_table(head: Sequence[str], rows: Iterable[Sequence[str]], page: Any) -> list[str]:
    """The rows under their heads, and which part of all they are."""
    all_rows = [tuple(head), *(tuple(row) for row in rows)]
    if len(all_rows) == 1:
        return ["", f"no purchases on page {page['page']} of {page['pages']}" if page["total"] else "no purchases"]
    widths = [max(len(row[place]) for row in all_rows) for place in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in all_rows]
    return ["", *lines, f"page {page['page']} of {page['pages']}, {_format_purchase_count(page['total'])}"]
