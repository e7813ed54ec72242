"""Defects in error responses."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic_core import PydanticCustomError

from mock_server.domain import errors as refusals
from mock_server.domain.errors import NotAuthorizedError, Problem
from mock_server.http import auth, errors, fields, query_string
from mock_server.operations import access, campaign_results
from mock_server.state.tokens import Tokens
from tests.defects.ground_rules_bodies import change_body
from tests.defects.registry import Patch, WireResponse, defect


def _change_error_bodies(patch: Patch, change: Any) -> None:
    """Change the body of each error before it is sent."""

    def change_error(scope: Any, answer: WireResponse) -> None:
        if answer.status >= 400 and answer.body:
            answer.body = json.dumps(change(json.loads(answer.body))).encode()

    patch.change_responses(change_error)


def _set_status(patch: Patch, refusal: Any, status: int) -> None:
    patch.replace(errors, "ERROR_STATUSES", {**errors.ERROR_STATUSES, refusal: status})


@defect("ERR-01")
def errors_are_the_frameworks(patch: Patch) -> None:
    """Errors use the framework's body, `{"detail": …}`, instead of the platform's."""
    _change_error_bodies(patch, lambda told: {"detail": told["message"]})


@defect("ERR-01")
def errors_have_a_detail_too(patch: Patch) -> None:
    """Errors contain the framework's `detail` in addition to the platform's members."""
    _change_error_bodies(patch, lambda told: {**told, "detail": told["message"]})


@defect("ERR-01")
def unknown_paths_are_the_frameworks(patch: Patch) -> None:
    """The router's own 404 and 405 do not go through the error handlers."""

    def bypass_handlers(scope: Any, answer: WireResponse) -> None:
        if answer.status == 405 or b"error.request.not_found" in answer.body:
            answer.body = b'{"detail":"Not Found"}' if answer.body else b""

    patch.change_responses(bypass_handlers)


@defect("ERR-01")
def empty_members_are_left_out(patch: Patch) -> None:
    """Members of the error body that are null or empty are omitted."""
    _change_error_bodies(patch, lambda told: {name: value for name, value in told.items() if value})


@defect("ERR-01")
def messages_are_prose(patch: Patch) -> None:
    """The error's `message` is a sentence instead of a key such as `error.event.not_found`."""
    _change_error_bodies(patch, lambda told: {**told, "message": "Something is wrong with this request."})


@defect("ERR-01")
def error_codes_are_lower_case(patch: Patch) -> None:
    """The error's code is the last part of its message key, in lower case."""
    _change_error_bodies(patch, lambda told: {**told, "error_code": told["error_code"].lower()})


@defect("ERR-01")
def error_codes_are_whole_keys(patch: Patch) -> None:
    """The error's code is the whole message key in upper case."""
    _change_error_bodies(patch, lambda told: {**told, "error_code": told["message"].upper()})


@defect("ERR-01")
def errors_have_a_subcode(patch: Patch) -> None:
    """The error's subcode is the number of problems."""
    _change_error_bodies(patch, lambda told: {**told, "error_subcode": str(len(told["validation_errors"]))})


@defect("ERR-01")
def an_unknown_event_is_an_unknown_path(patch: Patch) -> None:
    """Every 404 contains the same message key."""
    patch.replace(refusals.EventNotFoundError, "key", "error.request.not_found")


@defect("ERR-01")
def an_unknown_package_is_an_unknown_event(patch: Patch) -> None:
    """The error for an unknown package contains the message key for an unknown event."""
    patch.replace(refusals.PackageNotFoundError, "key", "error.event.not_found")


@defect("ERR-01")
def an_expired_token_is_an_invalid_one(patch: Patch) -> None:
    """The error for an expired token contains the message key for an invalid token."""
    patch.replace(refusals.TokenExpiredError, "key", "error.auth.token_invalid")


@defect("ERR-01")
def forbidden_is_its_own_key(patch: Patch) -> None:
    """The message key of a 403 is `error.auth.forbidden`, after the name of the status."""
    patch.replace(refusals.NotAuthorizedError, "key", "error.auth.forbidden")


@defect("ERR-02")
def invalid_is_422(patch: Patch) -> None:
    """Invalid requests are answered with the framework's status, 422."""
    _set_status(patch, refusals.InvalidRequestError, 422)


@defect("ERR-02")
def only_the_first_problem_is_told(patch: Patch) -> None:
    """Only the first problem is reported, because validation stops there."""
    _change_error_bodies(patch, lambda told: {**told, "validation_errors": told["validation_errors"][:1]})


@defect("ERR-02")
def problems_are_not_told(patch: Patch) -> None:
    """The error says that the request is invalid, but does not list the problems."""
    _change_error_bodies(patch, lambda told: {**told, "validation_errors": []})


@defect("ERR-02")
def problems_are_told_without_limit(patch: Patch) -> None:
    """All problems are listed, however many there are."""
    patch.replace(refusals, "_limit_problems", lambda problems: problems)


@defect("ERR-02")
def problems_after_the_20th_are_dropped(patch: Patch) -> None:
    """Only the first 20 problems are reported, without an entry that says that there are others."""
    patch.replace(refusals, "_limit_problems", lambda problems: problems[: refusals.MAX_PROBLEMS])


@defect("ERR-02")
def problems_after_the_20th_are_not_counted(patch: Patch) -> None:
    """The last of many entries says that there are other problems, but not how many."""

    def vague(limit: Any) -> Any:
        def limit_problems(problems: Any) -> Any:
            return tuple(
                replace(each, message="other problems are not listed") if each.code == "too_many" else each
                for each in limit(problems)
            )

        return limit_problems

    patch.wrap(refusals, "_limit_problems", vague)


def _change_entries(patch: Patch, change: Any) -> None:
    _change_error_bodies(
        patch, lambda told: {**told, "validation_errors": [change(entry) for entry in told["validation_errors"]]}
    )


@defect("ERR-02")
def entries_are_codes_alone(patch: Patch) -> None:
    """Entries of `validation_errors` contain only a code, without field and message."""
    _change_entries(patch, lambda entry: {"code": entry["code"]})


@defect("ERR-02")
def entries_name_the_body(patch: Patch) -> None:
    """Entries of `validation_errors` name the part of the request, such as the body, instead of the field."""
    _change_entries(patch, lambda entry: {**entry, "field": "request"})


@defect("ERR-02")
def entries_have_no_message(patch: Patch) -> None:
    """The messages in the entries of `validation_errors` are empty."""
    _change_entries(patch, lambda entry: {**entry, "message": ""})


@defect("ERR-02")
def entries_have_no_code(patch: Patch) -> None:
    """The codes in the entries of `validation_errors` are the framework's error types."""
    _change_entries(patch, lambda entry: {**entry, "code": ""})


@defect("ERR-02")
def enumerations_of_a_query_take_any_case(patch: Patch) -> None:
    """In a query, enumerated values are not case-sensitive: `model=fd` is read as FD."""

    def upper(pairs: Any) -> Any:
        names = ("model", "frontend_status")
        return lambda text: [(key, value.upper() if key in names else value) for key, value in pairs(text)]

    patch.wrap(query_string, "_split_pairs", upper)


@defect("ERR-02")
def enumerations_of_a_body_take_any_case(patch: Patch) -> None:
    """In a body, enumerated values are not case-sensitive: `{"model": "fd"}` is read as FD."""

    def upper(content: bytes) -> bytes:
        fields = json.loads(content)
        for name in {"model", "backhaul_evaluation_model"} & set(fields if isinstance(fields, dict) else ()):
            fields[name] = fields[name].upper() if isinstance(fields[name], str) else fields[name]
        return json.dumps(fields).encode()

    change_body(patch, upper)


@defect("ERR-02")
def truth_is_a_number(patch: Patch) -> None:
    """`true` is accepted for an integer and read as 1, as in Python."""

    def integer(value: Any) -> Any:
        if not isinstance(value, int | float) or value != int(value):
            raise PydanticCustomError("integer", "must be an integer")
        return int(value)

    patch.replace(fields.parse_body_integer, "__code__", integer.__code__)


@defect("ERR-02")
def a_number_may_be_a_text(patch: Patch) -> None:
    """In a body, the string `"7"` is accepted for an integer."""
    change_body(patch, lambda content: re.sub(rb'("\w+": )"(\d+)"', rb"\1\2", content))


@defect("ERR-02")
def what_is_required_has_a_default(patch: Patch) -> None:
    """The number of clusters may be omitted in a package's order."""

    def add_default(content: bytes) -> bytes:
        fields = json.loads(content)
        if isinstance(fields, dict) and "event_ids" in fields:
            fields.setdefault("num_packages", 4)
        return json.dumps(fields).encode()

    change_body(patch, add_default)


@defect("ERR-02", part="ERR-02.status")
def a_limit_out_of_bounds_is_the_bound(patch: Patch) -> None:
    """A `limit` that is too large is reduced to the maximum instead of rejected."""

    def wrap(pairs: Any) -> Any:
        def read(text: bytes) -> list[tuple[str, str]]:
            return [(key, "500" if (key, value) == ("limit", "501") else value) for key, value in pairs(text)]

        return read

    patch.wrap(query_string, "_split_pairs", wrap)


@defect("ERR-03")
def a_401_does_not_say_how_to_authenticate(patch: Patch) -> None:
    """A 401 contains no WWW-Authenticate header."""
    patch.change_responses(lambda scope, answer: answer.drop("www-authenticate"))


@defect("ERR-03")
def a_refused_sign_in_is_no_challenge(patch: Patch) -> None:
    """The error for an invalid token contains a WWW-Authenticate header, but not the error for a failed sign-in."""
    patch.change_responses(lambda scope, answer: answer.drop("www-authenticate") if "/auth" in scope["path"] else None)


@defect("ERR-03")
def an_expired_token_is_believed(patch: Patch) -> None:
    """A token is accepted after it has expired."""
    early = datetime(2000, 1, 1, tzinfo=UTC)
    patch.wrap(Tokens, "verify", lambda believe: lambda self, token, use, now: believe(self, token, use, early))


@defect("ERR-03")
def a_list_is_open(patch: Patch) -> None:
    """The list of packages can be read without a token."""
    patch.wrap(
        auth,
        "needs_token",
        lambda needs: lambda path, method: path != "/package_builder/packages/" and needs(path, method),
    )


@defect("ERR-03")
def the_wrong_partner_is_401(patch: Patch) -> None:
    """A request for a partner that the user does not belong to returns 401 instead of 403."""
    _set_status(patch, refusals.NotAuthorizedError, 401)


@defect("ERR-03")
def the_wrong_partner_is_404(patch: Patch) -> None:
    """A request for a partner that the user does not belong to returns 404 instead of 403."""
    _set_status(patch, refusals.NotAuthorizedError, 404)


@defect("ERR-03")
def an_unknown_event_is_400(patch: Patch) -> None:
    """An unknown event returns 400 instead of 404."""
    _set_status(patch, refusals.EventNotFoundError, 400)


@defect("ERR-03")
def an_unknown_package_is_403(patch: Patch) -> None:
    """An unknown package returns 403 instead of 404."""
    _set_status(patch, refusals.PackageNotFoundError, 403)


@defect("ERR-03")
def a_conflict_is_400(patch: Patch) -> None:
    """A request that needs a built package returns 400 instead of 409 if the package is not built."""
    _set_status(patch, refusals.PackageNotReadyError, 400)


@defect("ERR-03")
def an_escape_in_a_query_breaks_the_server(patch: Patch) -> None:
    """A percent-encoded character in a query raises an error, because the query is decoded twice."""

    def twice(pairs: Any) -> Any:
        def read(text: bytes) -> Any:
            if b"%" in text:
                raise RuntimeError("decoded twice")
            return pairs(text)

        return read

    patch.wrap(query_string, "_split_pairs", twice)


@defect("ERR-04")
def anothers_object_is_403(patch: Patch) -> None:
    """Another partner's object returns 403 instead of 404."""

    def forbidden(owned: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            record = table.get(key)
            if record is not None and record.partner_id != call.partner_id:
                raise NotAuthorizedError
            return owned(call, table, key)

        return find

    patch.wrap(access, "_find_owned", forbidden)


@defect("ERR-04")
def anothers_object_is_told(patch: Patch) -> None:
    """The error says that the object belongs to another partner."""

    def wrap(owned: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            record = table.get(key)
            if record is not None and record.partner_id != call.partner_id:
                kind = refusals.EventNotFoundError if table is call.store.events else refusals.PackageNotFoundError
                raise kind(Problem("scope", "id", "this object belongs to another partner"))
            return owned(call, table, key)

        return find

    patch.wrap(access, "_find_owned", wrap)


@defect("ERR-04")
def anothers_object_is_given(patch: Patch) -> None:
    """Objects are looked up by id only, so another partner's object is returned."""
    patch.replace(access, "_find_owned", lambda call, table, key: table.get(key))


@defect("ERR-04")
def anothers_events_join_ones_own(patch: Patch) -> None:
    """A list of ids may contain ids of another partner's events."""

    def alone(call: Any, event_ids: Any, field: str) -> Any:
        return access._require_all(
            [call.store.events.get(each) for each in event_ids], field, refusals.EventNotFoundError
        )

    patch.replace(access, "require_events", alone)


@defect("ERR-04")
def anothers_row_can_be_deleted(patch: Patch) -> None:
    """A row can be deleted although it belongs to another partner."""

    def delete(call: Any, result_id: str) -> None:
        if call.store.results.get(result_id) is None:
            raise refusals.CampaignResultNotFoundError
        call.store.results.delete(result_id, call.cause)

    patch.replace(campaign_results, "delete_campaign_result", delete)
