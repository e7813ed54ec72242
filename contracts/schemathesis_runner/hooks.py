"""Hooks and checks for conditions that the OpenAPI schema cannot express. Schemathesis loads them in its process.

`before_call` helps requests that cannot succeed with generated data: it puts a real refresh token into valid refresh
requests, and lets package builds end before settings are saved. `filter_failure` ignores refusals of requests that
match the schema but break a rule, such as a period that ends before it starts. The checks send requests that
schemathesis never generates: with an unknown query parameter, with brackets in an array's name, or with a value that is
given twice.
"""

import json
import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import schemathesis
from schemathesis import Case as AnyCase
from schemathesis import CheckContext, HookContext, Response
from schemathesis.transport import SerializationContext

from contracts.dsl.spreadsheets import XLSX, build_xlsx
from contracts.dsl.valid_requests import SHEET_CSV, TICKETS_CSV
from contracts.target.connections import open_http
from contracts.target.forms import CSV, FORM

Case = AnyCase[Any]
Fields = dict[str, Any]
BAD_REQUEST = 400
INGEST = "/ingest/transaction_summary"
MAX_PERIOD_DAYS = 3660
VALID_FILES = {
    "/daily_revenue_summary/sales_edit_export": SHEET_CSV.decode(),
    "/ingest/transaction_summary/from_excel": TICKETS_CSV.decode(),
}
"""A valid file for each upload, by path. It is text, because schemathesis treats bytes as an invalid value."""
HTTP = open_http(*filter(None, (os.environ.get(name) for name in ("WAVETANK_BASE_URL", "WAVETANK_CONTROL"))))
"""The client for additional requests, opened once: opening one takes longer than a request."""


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: Fields) -> None:
    """Complete a request. Rules: AUTH-05 (a refresh needs a real token), BEV-09 (settings need a DONE package).

    No schema describes the format of an uploaded file, so a valid form gets a valid file.

    A failure of `run-until-idle` is ignored: the operations are then not reached, and that is reported.
    """
    if case.media_type == FORM and _is_valid_request(case):
        case.body = {"file": VALID_FILES[case.operation.path]}
        case.multipart_content_types = {"file": CSV}
    refresh = case.operation.path == "/auth/refresh_token"
    if refresh and _is_valid_request(case) and isinstance(case.body, dict):
        case.body = {**case.body, "token": os.environ["WAVETANK_REFRESH_TOKEN"]}
    saving = case.method.upper() == "PUT" and case.operation.path.endswith("/backhaul_evaluation_details")
    control, token = os.environ["WAVETANK_CONTROL"], os.environ["WAVETANK_CONTROL_TOKEN"]
    if saving and control:
        headers = {"x-mock-control-token": token} if token else {}
        HTTP.post(f"{control}/clock/run-until-idle", headers=headers)


@schemathesis.serializer(CSV)
def as_csv(context: SerializationContext, value: Any) -> bytes:
    """Serialize a valid request as a valid sheet, as no schema describes the format. Leave other requests unchanged."""
    return SHEET_CSV if _is_valid_request(context.case) else json.dumps(value).encode()


@cache
def build_valid_workbook() -> bytes:
    """Build a valid workbook, once. A read-only run needs none."""
    return build_xlsx(("2026-06-01", 3, 75.5))


@schemathesis.serializer(XLSX)
def as_xlsx(context: SerializationContext, value: Any) -> bytes:
    """Serialize a valid request as a valid workbook. Leave other requests unchanged."""
    return build_valid_workbook() if _is_valid_request(context.case) else json.dumps(value, default=repr).encode()


@schemathesis.hook
def filter_failure(context: HookContext, failure: Any, case: Case, response: Response) -> bool:
    """Return False for a refusal that CR-03, DRS-01, EVT-07, ING-01 or META-05 requires, else True."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != BAD_REQUEST:
        return True
    breaks_rule = CROSS_FIELD_RULES.get((case.method.upper(), case.operation.path))
    values: Any = case.body if case.operation.path == INGEST else case.query
    return breaks_rule is None or not breaks_rule(values or {})


def are_both_zero(query: Fields) -> bool:
    """Return whether both numbers are zero. Rule: CR-03."""
    return Decimal(str(query["purchase"])) == 0 and Decimal(str(query["revenue"])) == 0


def is_bad_revenue_query(query: Fields) -> bool:
    """Return whether the currency is not the partner's or the start is after the end. Rule: DRS-01."""
    other_currency = "currency" in query and query["currency"] != os.environ["WAVETANK_CURRENCY"]
    return other_currency or is_start_after_end(query)


def is_since_after_until(query: Fields) -> bool:
    """Return whether `since` is later than `until`. Rule: EVT-07."""
    return "since" in query and "until" in query and _is_after(query["since"], query["until"])


def is_bad_period(body: Fields) -> bool:
    """Return whether the start is after the end, or the period is longer than 3,660 days. Rule: ING-01."""
    first, last = (date.fromisoformat(str(body[name])) for name in ("from", "to"))
    return first > last or (last - first).days >= MAX_PERIOD_DAYS


def is_start_after_end(query: Fields) -> bool:
    """Return whether the start is after the end. Rule: META-05."""
    return _is_after(query.get("start_date", "1900-01-01"), query.get("end_date", "2100-01-01"))


def _is_after(first: Any, last: Any) -> bool:
    return date.fromisoformat(str(first)) > date.fromisoformat(str(last))


CROSS_FIELD_RULES: dict[tuple[str, str], Callable[[Fields], bool]] = {
    ("POST", "/campaign_results/"): are_both_zero,
    ("GET", "/daily_revenue_summary/"): is_bad_revenue_query,
    ("GET", "/events/"): is_since_after_until,
    ("POST", INGEST): is_bad_period,
    ("GET", "/integrations/facebook/events/{eid}/fb_insights"): is_start_after_end,
}


@schemathesis.check
def unknown_query_parameter_is_refused(ctx: CheckContext, response: Response, case: Case) -> None:
    """Check that an unknown query parameter is refused. Rule: BASE-08."""
    _require_refusal(case, response, "unknown", "wavetank_unknown=1")


@schemathesis.check
def array_in_brackets_is_refused(ctx: CheckContext, response: Response, case: Case) -> None:
    """Check that an array is refused if its name contains brackets. Rule: BASE-05."""
    arrays = [name for name, value in (case.query or {}).items() if isinstance(value, list)]
    if arrays:
        _require_refusal(case, response, "brackets", f"{arrays[0]}%5B%5D=A")


@schemathesis.check
def value_given_twice_is_refused(ctx: CheckContext, response: Response, case: Case) -> None:
    """Check that a parameter is refused if it is given twice. Rule: BASE-05."""
    singles = [name for name, value in (case.query or {}).items() if not isinstance(value, list)]
    pairs = [pair for pair in str(response.request.url).partition("?")[2].split("&") if pair.split("=")[0] in singles]
    if pairs:
        _require_refusal(case, response, "twice", pairs[0])


PROBE_RESULTS: dict[tuple[str, str], str] = {}
"""The result of each check by operation. It is empty if the check passed. Replays do not send the request again."""


def _require_refusal(case: Case, response: Response, what: str, addition: str) -> None:
    """Check that an accepted request is refused once `addition` is appended to its query."""
    key = what, case.operation.label
    if key not in PROBE_RESULTS and _was_accepted(case, response):
        PROBE_RESULTS[key] = _probe_again(response.request, addition)
    if PROBE_RESULTS.get(key) and _was_accepted(case, response):
        raise AssertionError(PROBE_RESULTS[key])


def _was_accepted(case: Case, response: Response) -> bool:
    """Return whether a valid request was accepted. Probes with another method or token do not count."""
    return _is_valid_request(case) and 200 <= response.status_code < 300 and "Authorization" in response.request.headers


def _is_valid_request(case: Case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def _probe_again(original: Any, addition: str) -> str:
    """Send the request again with the addition. Return an empty text if it is refused, else the response as JSON."""
    url = f"{original.url}{'&' if '?' in original.url else '?'}{addition}"
    answer = HTTP.request(original.method, url, headers=dict(original.headers), content=original.body)
    if answer.status_code == BAD_REQUEST:
        return ""
    return json.dumps({"url": url, "status": answer.status_code, "body": answer.text[:2_000]})
