"""Explanations as a person reads them; each takes the control API's answer and gives the lines."""

from collections.abc import Iterable, Sequence
from typing import Any

WHY = {
    "counted": "counted",
    "outside_window": "outside the window",
    "other_event": "of an event that the package does not have",
    "other_series": "of an event in no series of the package's events",
    "not_known_yet": "not known yet when the evaluation completed",
}
NO_RESULT = "no job is under way for them: theirs ended without a result"
MISSES = {"before": "before the window starts", "after": "after the window has ended"}


def package(told: Any) -> list[str]:
    """What set each field of a package."""
    lines = [f"{told['id']} at {told['now']}, changed {_times(told['changes'])} since it was made"]
    by_cause: dict[str, list[str]] = {}
    for name, field in told["fields"].items():
        cause = field["set_by"]["says"] + _revision(field["set_by"])
        by_cause.setdefault(cause, []).append(f"    {name}: {_value(field['value'])}")
    for cause, values in by_cause.items():
        lines += ["", f"set by {cause}", *values]
    return lines


def evaluation(told: Any) -> list[str]:
    """What an evaluation was made of, each cluster's row, and what became of its customers' purchases."""
    lines = [f'{told["id"]} "{told["title"]}" at {told["now"]}', "", *_result(told), *_pending(told["pending"])]
    for row in told["clusters"]:
        lines += ["", *_cluster(row)]
    if told["evaluation"] is not None and told["evaluation"]["settings"] is None:
        return [*lines, "", "which purchases counted cannot be told without the settings of that time"]
    if told["not_a_member"]:
        lines += ["", f"{_purchases(told['not_a_member'])} of customers in no cluster would count too"]
    rows = [(*_sale(sale), sale["tc"], _outcome(sale)) for sale in told["purchases"]["items"]]
    return [*lines, *_table((*SALE, "cluster", "what became of it"), rows, told["purchases"])]


def event(told: Any) -> list[str]:
    """An event's rows, those that are gone, and the runs that brought none."""
    model = told["attribution_model"]
    lines = [
        f'{told["id"]} "{told["title"]}" at {told["now"]}',
        f"attribution model {model['value']}: {model['set_by']['says']}",
        "",
        f"rows of /campaign_results/: {told['rows']['total']}",
    ]
    for item in told["rows"]["items"]:
        lines += ["", *_row(item["row"]), f"    set by {item['set_by']['says']}", *_run(item["run"])]
    for gone in told["deleted_rows"]:
        lines += ["", "DELETED " + _row(gone["row"])[0], f"    set by {gone['set_by']['says']}"]
        lines += [f"    deleted by {gone['deleted_by']['says']}", f"    {gone['says']}"]
    for run in told["runs_without_a_row"]:
        lines += ["", f"no row at {run['due']}: the run looked at {_purchases(run['looked_at'])}", f"    {run['says']}"]
    return lines


def daily(told: Any) -> list[str]:
    """A day's figure, as each model would split it, and the purchases that it comes from."""
    model, total = told["attribution_model"], told["total"]
    lines = [
        f'{told["id"]} "{told["title"]}" on {told["date"]}, at {told["now"]}',
        f"attribution model {model['value']}: {model['set_by']['says']}",
        f"total: {_takings(total, told['currency'])}",
        "",
    ]
    for name, split in told["split"].items():
        parts = "; ".join(f"{whom} {_takings(part, told['currency'])}" for whom, part in split.items())
        lines.append(f"{'>' if name == model['value'] else ' '} {name}: {parts}")
    if told["not_known_yet"]:
        lines.append(f"{_purchases(told['not_known_yet'])} of the day the platform does not know yet")
    rows = [(*_sale(sale), sale["fd"], sale["meta"], sale["external"]) for sale in told["purchases"]["items"]]
    return [*lines, *_table((*SALE, "FD", "META", "EXTERNAL"), rows, told["purchases"])]


SALE = ("purchase", "at", "customer", "event", "tickets", "revenue")


def _sale(sale: Any) -> tuple[str, ...]:
    names = ("number", "at", "customer_id", "event_id", "tickets", "revenue")
    return tuple(str(sale[name]) for name in names)


def _outcome(sale: Any) -> str:
    if sale["misses"]:
        return MISSES[sale["misses"]]
    return WHY[sale["reason"] or "counted"]


def _result(told: Any) -> list[str]:
    result = told["evaluation"]
    if result is None:
        return [
            "no evaluation has completed: /backhaul_evaluation answers [] until settings are saved and their job ends",
            "(a job that a fault lets fail leaves no result: /_mock/jobs tells it)",
        ]
    lines = [f"evaluated at {result['evaluated_at']} by {result['set_by']['says']}"]
    if result["settings"] is None:
        return [*lines, f"settings revision {result['revision']}: what they were is no longer kept"]
    window = result["window"]
    lines += [
        f"settings revision {result['revision']}: {_settings(result['settings'])}",
        f"    set by {result['settings_set_by']['says']}",
        f"window from {window['start']} up to, not including, {window['end']}; it starts on {window['starts_on']}",
        f"events that count: {_shortened(result['counted_events'])}",
    ]
    if result["sales_changed_since"]:
        lines.append("SALES HAVE CHANGED SINCE: purchases that it counted are gone, those below do not add up to it")
    return lines


def _pending(pending: Any) -> list[str]:
    if pending is None:
        return []
    when = NO_RESULT if pending["due"] is None else f"their result is due at {pending['due']}"
    return [
        f"NEWER SETTINGS, revision {pending['revision']}: {_settings(pending['settings'])}; {when}",
        f"    set by {pending['set_by']['says']}",
    ]


def _cluster(row: Any) -> list[str]:
    of_all = "" if row["size"] is None else f" of {row['size']}"
    bought = f"{row['customers']}{of_all} customers bought {row['items']} tickets in {row['purchase']} orders"
    lines = [f"{row['tc']}: {bought} (rate {row['conversion_rate']:.4f})"]
    counts = row["purchases"] or {}
    return lines + [f"    {count} {WHY[outcome]}" for outcome, count in counts.items() if count]


def _row(row: Any) -> list[str]:
    return [f"{row['id']}: purchase {row['purchase']}, revenue {row['revenue']}, {row['source']}, {row['created_at']}"]


def _run(run: Any) -> list[str]:
    if run is None:
        return []
    since = "all that was known" if run["run_before"] is None else f"since the run of {run['run_before']}"
    looked = f"    the run looked at {_purchases(run['looked_at'])} ({since}) by {run['attribution_model']}"
    lines = [f"{looked} and counted {run['counted']}"]
    if run["sales_changed_since"]:
        lines.append("    SALES HAVE CHANGED SINCE: those that are left do not come to the row")
    for sale in run["purchases"]:
        what = "counted" if sale["counted"] else f"not counted: credited to {sale['credited_to']}"
        lines.append(f"      {sale['number']} {sale['at']} {sale['customer_id']} {sale['revenue']} {what}")
    return lines


def _settings(settings: Any) -> str:
    values = {name.removeprefix("backhaul_evaluation_"): _value(value) for name, value in settings.items()}
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _takings(part: Any, currency: str) -> str:
    return f"{part['revenue']} {currency} in {part['purchases']}"


def _revision(set_by: Any) -> str:
    return "" if set_by["revision"] is None else f"; settings revision {set_by['revision']}"


def _purchases(count: int) -> str:
    return "1 purchase" if count == 1 else f"{count} purchases"


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return _shortened([f"{one['tc']} ({one['customers']})" if isinstance(one, dict) else str(one) for one in value])
    return "none" if value is None else str(value)


def _shortened(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (", ".join(names[:MOST_NAMES]) or "none") + more


MOST_NAMES = 10


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], page: Any) -> list[str]:
    """The rows under their heads, and which part of all they are."""
    whole = [tuple(head), *(tuple(row) for row in rows)]
    if len(whole) == 1:
        return ["", f"no purchases on page {page['page']} of {page['pages']}" if page["total"] else "no purchases"]
    widths = [max(len(row[place]) for row in whole) for place in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in whole]
    return ["", *lines, f"page {page['page']} of {page['pages']}, {_purchases(page['total'])}"]
