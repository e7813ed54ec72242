"""Defects in error responses."""

import json
import re
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

    def changed(scope: Any, answer: WireResponse) -> None:
        if answer.status >= 400 and answer.body:
            answer.body = json.dumps(change(json.loads(answer.body))).encode()

    patch.change_responses(changed)


def _set_status(patch: Patch, refusal: Any, status: int) -> None:
    patch.replace(errors, "ERROR_STATUSES", {**errors.ERROR_STATUSES, refusal: status})


@defect("ERR-01")
def errors_are_the_frameworks(patch: Patch) -> None:
    """Errors have the framework's body, `{"detail": …}`."""
    _change_error_bodies(patch, lambda told: {"detail": told["message"]})


@defect("ERR-01")
def errors_have_a_detail_too(patch: Patch) -> None:
    """Errors have the framework's `detail` beside the platform's members."""
    _change_error_bodies(patch, lambda told: {**told, "detail": told["message"]})


@defect("ERR-01")
def unknown_paths_are_the_frameworks(patch: Patch) -> None:
    """The router's own 404 and 405 bypass the error handlers."""

    def escaped(scope: Any, answer: WireResponse) -> None:
        if answer.status == 405 or b"error.request.not_found" in answer.body:
            answer.body = b'{"detail":"Not Found"}' if answer.body else b""

    patch.change_responses(escaped)


@defect("ERR-01")
def empty_members_are_left_out(patch: Patch) -> None:
    """Members that are null or empty are not sent."""
    _change_error_bodies(patch, lambda told: {name: value for name, value in told.items() if value})


@defect("ERR-01")
def messages_are_prose(patch: Patch) -> None:
    """The message is a sentence instead of the key."""
    _change_error_bodies(patch, lambda told: {**told, "message": "Something is wrong with this request."})


@defect("ERR-01")
def error_codes_are_lower_case(patch: Patch) -> None:
    """The code is the last part of the key, in lower case."""
    _change_error_bodies(patch, lambda told: {**told, "error_code": told["error_code"].lower()})


@defect("ERR-01")
def error_codes_are_whole_keys(patch: Patch) -> None:
    """The code is the whole key in capitals."""
    _change_error_bodies(patch, lambda told: {**told, "error_code": told["message"].upper()})


@defect("ERR-01")
def errors_have_a_subcode(patch: Patch) -> None:
    """The subcode is the number of problems."""
    _change_error_bodies(patch, lambda told: {**told, "error_subcode": str(len(told["validation_errors"]))})


@defect("ERR-01")
def an_unknown_event_is_an_unknown_path(patch: Patch) -> None:
    """Everything that is not found has the same key."""
    patch.replace(refusals.EventNotFoundError, "key", "error.request.not_found")


@defect("ERR-01")
def an_unknown_package_is_an_unknown_event(patch: Patch) -> None:
    """The key was copied from events."""
    patch.replace(refusals.PackageNotFoundError, "key", "error.event.not_found")


@defect("ERR-01")
def an_expired_token_is_an_invalid_one(patch: Patch) -> None:
    """The library raises one exception for both, which was mapped to one key."""
    patch.replace(refusals.TokenExpiredError, "key", "error.auth.token_invalid")


@defect("ERR-01")
def forbidden_is_its_own_key(patch: Patch) -> None:
    """The key is made from the status's name."""
    patch.replace(refusals.NotAuthorizedError, "key", "error.auth.forbidden")


@defect("ERR-02")
def invalid_is_422(patch: Patch) -> None:
    """Invalid requests have the framework's status."""
    _set_status(patch, refusals.InvalidRequestError, 422)


@defect("ERR-02")
def only_the_first_problem_is_told(patch: Patch) -> None:
    """Validation stops at the first problem."""
    _change_error_bodies(patch, lambda told: {**told, "validation_errors": told["validation_errors"][:1]})


@defect("ERR-02")
def problems_are_not_told(patch: Patch) -> None:
    """The error says that something is wrong, but not what."""
    _change_error_bodies(patch, lambda told: {**told, "validation_errors": []})


@defect("ERR-02")
def problems_are_told_without_limit(patch: Patch) -> None:
    """All problems are listed, however many they are."""
    patch.replace(refusals, "_limit_problems", lambda problems: problems)


@defect("ERR-02")
def problems_after_the_twentieth_are_dropped(patch: Patch) -> None:
    """The list of problems is cut without a word."""
    patch.replace(refusals, "_limit_problems", lambda problems: problems[:20])


@defect("ERR-02")
def nineteen_problems_are_told(patch: Patch) -> None:
    """The entry that counts the others takes the place of the twentieth."""
    patch.replace(refusals, "MAX_PROBLEMS", 19)


@defect("ERR-02")
def the_count_of_problems_includes_those_told(patch: Patch) -> None:
    """The last entry counts all problems instead of those that are not listed."""

    def recount(limit: Any) -> Any:
        def count_all(problems: Any) -> Any:
            *told, last = limit(problems) or [None]
            if last is None or last.code != "too_many":
                return problems
            return (*told, Problem(last.code, last.field, f"{len(problems)} problems in all"))

        return count_all

    patch.wrap(refusals, "_limit_problems", recount)


def _change_entries(patch: Patch, change: Any) -> None:
    _change_error_bodies(
        patch, lambda told: {**told, "validation_errors": [change(entry) for entry in told["validation_errors"]]}
    )


@defect("ERR-02")
def entries_are_codes_alone(patch: Patch) -> None:
    """An entry has only its code, without field and message."""
    _change_entries(patch, lambda entry: {"code": entry["code"]})


@defect("ERR-02")
def entries_name_the_body(patch: Patch) -> None:
    """Each entry's field is the part of the request instead of the field's name."""
    _change_entries(patch, lambda entry: {**entry, "field": "request"})


@defect("ERR-02")
def entries_have_no_message(patch: Patch) -> None:
    """The messages are empty placeholders."""
    _change_entries(patch, lambda entry: {**entry, "message": ""})


@defect("ERR-02")
def entries_have_no_code(patch: Patch) -> None:
    """The framework's error types are not mapped to codes."""
    _change_entries(patch, lambda entry: {**entry, "code": ""})


@defect("ERR-02")
def enumerations_of_a_query_take_any_case(patch: Patch) -> None:
    """`model=fd` is read as FD."""

    def upper(pairs: Any) -> Any:
        names = ("model", "frontend_status")
        return lambda text: [(key, value.upper() if key in names else value) for key, value in pairs(text)]

    patch.wrap(query_string, "_split_pairs", upper)


@defect("ERR-02")
def enumerations_of_a_body_take_any_case(patch: Patch) -> None:
    """`{"model": "fd"}` is read as FD."""

    def upper(content: bytes) -> bytes:
        fields = json.loads(content)
        for name in {"model", "backhaul_evaluation_model"} & set(fields if isinstance(fields, dict) else ()):
            fields[name] = fields[name].upper() if isinstance(fields[name], str) else fields[name]
        return json.dumps(fields).encode()

    change_body(patch, upper)


@defect("ERR-02")
def truth_is_a_number(patch: Patch) -> None:
    """`true` is read as 1, as in Python."""

    def integer(value: Any) -> Any:
        if not isinstance(value, int | float) or value != int(value):
            raise PydanticCustomError("integer", "must be an integer")
        return int(value)

    patch.replace(fields.parse_body_integer, "__code__", integer.__code__)


@defect("ERR-02")
def a_number_may_be_a_text(patch: Patch) -> None:
    """`"7"` is read as 7 in a body."""
    change_body(patch, lambda content: re.sub(rb'("\w+": )"(\d+)"', rb"\1\2", content))


@defect("ERR-02")
def what_is_required_has_a_default(patch: Patch) -> None:
    """A package's number of clusters may be left out."""

    def filled(content: bytes) -> bytes:
        fields = json.loads(content)
        if isinstance(fields, dict) and "event_ids" in fields:
            fields.setdefault("num_packages", 4)
        return json.dumps(fields).encode()

    change_body(patch, filled)


@defect("ERR-02")
def a_limit_out_of_bounds_is_the_bound(patch: Patch) -> None:
    """A limit that is too large is reduced to the maximum."""

    def bounded(pairs: Any) -> Any:
        def read(text: bytes) -> list[tuple[str, str]]:
            return [(key, "500" if (key, value) == ("limit", "501") else value) for key, value in pairs(text)]

        return read

    patch.wrap(query_string, "_split_pairs", bounded)


@defect("ERR-03")
def a_401_does_not_say_how_to_authenticate(patch: Patch) -> None:
    """A 401 has no WWW-Authenticate header."""
    patch.change_responses(lambda scope, answer: answer.drop("www-authenticate"))


@defect("ERR-03")
def a_refused_sign_in_is_no_challenge(patch: Patch) -> None:
    """WWW-Authenticate is sent for an invalid token, but not for a failed sign-in."""
    patch.change_responses(lambda scope, answer: answer.drop("www-authenticate") if "/auth" in scope["path"] else None)


@defect("ERR-03")
def an_expired_token_is_believed(patch: Patch) -> None:
    """A token's expiry is not checked."""
    early = datetime(2000, 1, 1, tzinfo=UTC)
    patch.wrap(Tokens, "verify", lambda believe: lambda self, token, use, now: believe(self, token, use, early))


@defect("ERR-03")
def a_list_is_open(patch: Patch) -> None:
    """The list of packages was forgotten when the paths were protected."""
    patch.wrap(
        auth,
        "needs_token",
        lambda needs: lambda path, method: path != "/package_builder/packages/" and needs(path, method),
    )


@defect("ERR-03")
def the_wrong_partner_is_401(patch: Patch) -> None:
    """A missing permission is reported as a missing authentication."""
    _set_status(patch, refusals.NotAuthorizedError, 401)


@defect("ERR-03")
def the_wrong_partner_is_404(patch: Patch) -> None:
    """A partner that is not the user's does not exist."""
    _set_status(patch, refusals.NotAuthorizedError, 404)


@defect("ERR-03")
def an_unknown_event_is_400(patch: Patch) -> None:
    """An unknown id is reported as an invalid value."""
    _set_status(patch, refusals.EventNotFoundError, 400)


@defect("ERR-03")
def an_unknown_package_is_403(patch: Patch) -> None:
    """403 is sent instead of 404 for a package that the partner does not own."""
    _set_status(patch, refusals.PackageNotFoundError, 403)


@defect("ERR-03")
def a_conflict_is_400(patch: Patch) -> None:
    """A package that is not built makes the request invalid."""
    _set_status(patch, refusals.PackageNotReadyError, 400)


@defect("ERR-03")
def an_escape_in_a_query_breaks_the_server(patch: Patch) -> None:
    """A query with an encoded character is decoded twice and raises an error."""

    def twice(pairs: Any) -> Any:
        def read(text: bytes) -> Any:
            if b"%" in text:
                raise RuntimeError("decoded twice")
            return pairs(text)

        return read

    patch.wrap(query_string, "_split_pairs", twice)


@defect("ERR-04")
def anothers_object_is_403(patch: Patch) -> None:
    """An object of another partner is 403 instead of 404."""

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

    def told(owned: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            record = table.get(key)
            if record is not None and record.partner_id != call.partner_id:
                kind = refusals.EventNotFoundError if table is call.store.events else refusals.PackageNotFoundError
                raise kind(Problem("scope", "id", "this is another partner's"))
            return owned(call, table, key)

        return find

    patch.wrap(access, "_find_owned", told)


@defect("ERR-04")
def anothers_object_is_given(patch: Patch) -> None:
    """Objects are looked up by id alone."""
    patch.replace(access, "_find_owned", lambda call, table, key: table.get(key))


@defect("ERR-04")
def anothers_events_join_ones_own(patch: Patch) -> None:
    """Ids in a list are looked up without a check of the owner."""

    def alone(call: Any, event_ids: Any, field: str) -> Any:
        return access._require_all(
            [call.store.events.get(each) for each in event_ids], field, refusals.EventNotFoundError
        )

    patch.replace(access, "require_events", alone)


@defect("ERR-04")
def anothers_row_can_be_deleted(patch: Patch) -> None:
    """A row's owner is not checked."""

    def delete(call: Any, result_id: str) -> None:
        if call.store.results.get(result_id) is None:
            raise refusals.CampaignResultNotFoundError
        call.store.results.delete(result_id, call.cause)

    patch.replace(campaign_results, "delete_campaign_result", delete)
