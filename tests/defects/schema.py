"""Defects that break what `openapi.yaml` says about requests and responses, so that schemathesis finds them."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from starlette.types import Scope

from mock_server.domain import errors as refusals
from mock_server.domain import events
from mock_server.http import auth, errors
from mock_server.http import query_string as query
from mock_server.http.context import RequestContext
from mock_server.http.fields import BODY_INTEGER, Text
from mock_server.http.router import OperationRouter
from mock_server.platform_api.schemas import backhaul, campaign_results, packages, partners
from tests.defects import step_order
from tests.defects.registry import Patch, WireResponse, defect


@defect("PART-03")
def schema_partner_tells_the_database_key(patch: Patch) -> None:
    """The partner's record contains an undocumented field."""
    patch.wrap(partners, "partner_body", lambda told: lambda *given: {**told(*given), "pk": 7})


@defect("CR-03")
def schema_adjustment_is_answered_200(patch: Patch) -> None:
    """Creating an adjustment returns 200 instead of 201."""

    def change(scope: Scope, answer: WireResponse) -> None:
        if scope["path"].endswith("/campaign_results/") and answer.status == 201:
            answer.status = 200

    patch.change_responses(change)


@defect("ERR-03")
def schema_search_fails_beyond_the_first_plane(patch: Patch) -> None:
    """A search for an emoji returns 500, because the database uses a two-byte character set."""

    def two_bytes(matches: Any) -> Any:
        def narrow(event: Any, wanted: Any, now: Any) -> bool:
            if any(ord(character) > 0xFFFF for character in wanted.q or ""):
                raise ValueError("incorrect string value")
            return bool(matches(event, wanted, now))

        return narrow

    patch.wrap(events, "_matches", two_bytes)


@defect("BASE-08")
def schema_unknown_query_parameter_is_swallowed(patch: Patch) -> None:
    """An unknown query parameter is ignored when an adjustment is created."""

    class Open(campaign_results.NewResultQuery):
        model_config = ConfigDict(extra="ignore")

    patch.replace(campaign_results, "NewResultQuery", Open)


@defect("BASE-08")
def schema_unknown_body_field_is_swallowed(patch: Patch) -> None:
    """An unknown field in the settings of a package is ignored."""

    class Open(backhaul.SettingsBody):
        model_config = ConfigDict(extra="ignore")

    patch.replace(backhaul, "SettingsBody", Open)


@defect("ERR-01")
def schema_not_found_is_text(patch: Patch) -> None:
    """The content type of a 404 is text/plain, as from a gateway in front of the server."""

    def change(scope: Scope, answer: WireResponse) -> None:
        if answer.status == 404:
            answer.set("content-type", "text/plain")

    patch.change_responses(change)


@defect("ERR-01")
def schema_refusal_has_the_frameworks_body(patch: Patch) -> None:
    """The body of the error for an invalid query is the framework's, with `detail`."""
    patch.replace(errors, "error_body", lambda refusal: {"detail": [problem.message for problem in refusal.problems]})


@defect("ERR-02")
def schema_invalid_request_is_422(patch: Patch) -> None:
    """An invalid request returns 422, the framework's default."""
    patch.replace(errors, "ERROR_STATUSES", {**errors.ERROR_STATUSES, refusals.InvalidRequestError: 422})


@defect("ERR-03")
def schema_challenge_header_is_missing(patch: Patch) -> None:
    """A 401 contains no WWW-Authenticate header."""
    patch.wrap(
        errors, "error_headers", lambda told: lambda refusal: [pair for pair in told(refusal) if pair[0] == b"allow"]
    )


@defect("AUTH-04")
def schema_partner_is_read_without_a_token(patch: Patch) -> None:
    """Without a token, the packages of the first partner can be read."""

    def authenticate(context: RequestContext) -> None:
        known = context.workspace.store.partners.mapping()
        if context.path == "/package_builder/packages/" and "partner-id-acme" in known:
            context.partner_id = "partner-id-acme"
        else:
            auth.authenticate(context)

    step_order.replace(patch, auth.authenticate, authenticate)


@defect("BASE-09")
def schema_allow_names_one_method(patch: Patch) -> None:
    """`Allow` contains only the first method of the path."""
    patch.wrap(OperationRouter, "allowed_methods", lambda told: lambda table, path: told(table, path)[:1])


@defect("BASE-09")
def schema_unknown_method_is_not_found(patch: Patch) -> None:
    """A method that the path does not support returns 404."""
    patch.replace(errors, "ERROR_STATUSES", {**errors.ERROR_STATUSES, refusals.MethodNotAllowedError: 404})


@defect("BEV-02")
def schema_window_has_no_upper_end(patch: Patch) -> None:
    """A window has no maximum."""

    class Endless(backhaul.SettingsBody):
        backhaul_evaluation_attribution_window: Annotated[int, Field(ge=1), BODY_INTEGER]

    patch.replace(backhaul, "SettingsBody", Endless)


@defect("PKG-02")
def schema_event_ids_are_text_only(patch: Patch) -> None:
    """`event_ids` may contain only strings, no numbers."""

    class TextOnly(packages.NewPackageBody):
        event_ids: Annotated[list[Text], Field(min_length=1, max_length=100), AfterValidator(packages.require_distinct)]

    patch.replace(packages, "NewPackageBody", TextOnly)


@defect("BASE-05")
def schema_last_of_two_wins(patch: Patch) -> None:
    """If a key that may be given once is given twice, the last value is used."""

    def last(read: Any) -> Any:
        def forgiving(query_string: bytes, arrays: frozenset[str], only: frozenset[str] | None = None) -> Any:
            values, problems = read(query_string, arrays, only)
            return values, [problem for problem in problems if problem.code != "duplicate"]

        return forgiving

    patch.wrap(query, "parse", last)


@defect("BASE-12")
def schema_control_characters_stay_in_titles(patch: Patch) -> None:
    """The title of a package may contain control characters."""

    class Anything(packages.NewPackageBody):
        package_title: Annotated[str, Field(min_length=1, max_length=200)]

    patch.replace(packages, "NewPackageBody", Anything)


@defect("BEV-01")
def schema_settings_leave_the_empty_date_out(patch: Patch) -> None:
    """Settings without a date do not contain `email_sent_date`, instead of null."""

    def without_nulls(told: Any) -> Any:
        return lambda record: {name: value for name, value in told(record).items() if value is not None}

    patch.wrap(backhaul, "settings_answer", without_nulls)


@defect("EVT-02")
def schema_capacity_is_text(patch: Patch) -> None:
    """The capacity of an event is returned as a string."""

    def change(scope: Scope, answer: WireResponse) -> None:
        if scope["method"] == "GET" and "/events/" in scope["path"] and answer.status == 200:
            told = json.loads(answer.body)
            listed = told["items"] if isinstance(told, dict) and "items" in told else [told]
            for event in listed:
                if isinstance(event, dict) and event.get("capacity") is not None:
                    event["capacity"] = str(event["capacity"])
            answer.body = json.dumps(told).encode()

    patch.change_responses(change)
