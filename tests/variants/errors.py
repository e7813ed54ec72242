"""Variants of errors: their members, keys and statuses."""

from typing import Any

from mock_server.domain.errors import InvalidRequestError, PackageNotReadyError, UnknownPathError
from tests.defects.registry import WireResponse
from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, change_error, change_header, reduce_error

borrow(__name__, "ERR-01.all_members", of=["errors_have_a_subcode"])
borrow(
    __name__, "ERR-01.other_keys", of=["an_expired_token_is_an_invalid_one", "an_unknown_package_is_an_unknown_event"]
)
borrow(__name__, "ERR-02.one_each", of=["only_the_first_problem_is_told", "problems_are_not_told"])
borrow(__name__, "ERR-02.entry_message", of=["entries_have_no_message"])
borrow(
    __name__,
    "ERR-02.too_many",
    of=[
        "problems_after_the_20th_are_dropped",
        "problems_after_the_20th_are_not_counted",
        "problems_are_told_without_limit",
    ],
)
borrow(__name__, "ERR-03.challenge", of=["a_401_does_not_say_how_to_authenticate", "a_refused_sign_in_is_no_challenge"])
borrow(
    __name__, "ERR-03.not_played", of=["documented_paths_are_unknown_paths", "words_that_look_like_events_are_events"]
)
borrow(__name__, "ERR-04.same_bytes", of=["anothers_object_is_403", "another_partners_package_is_forbidden"])


@variant("ERR-01.all_members")
def empty_members_of_errors_are_omitted(patch: VariantPatch) -> None:
    """Members of the error body that are null or empty are omitted."""
    reduce_error(patch, lambda body: {name: value for name, value in body.items() if value})


@variant("ERR-01.all_members")
def errors_have_a_message_alone(patch: VariantPatch) -> None:
    """The body of an error consists of `message`, and of `error_code` for a failed sign-in."""

    def reduce(body: Any) -> Any:
        kept = ("message", "error_code") if body["message"] == "error.auth.invalid_credentials" else ("message",)
        return {name: value for name, value in body.items() if name in kept}

    reduce_error(patch, reduce)


@variant("ERR-01.other_keys")
def undocumented_keys_are_others(patch: VariantPatch) -> None:
    """Errors without a documented key have keys of their own."""
    patch.replace(InvalidRequestError, "key", "error.validation.failed")
    patch.replace(UnknownPathError, "key", "error.route.unknown")
    patch.replace(PackageNotReadyError, "key", "error.package.conflict")


@variant("ERR-02.undocumented")
def a_default_model_that_is_left_out_is_fd(patch: VariantPatch) -> None:
    """A partner's default model is set to FD if the request names none."""

    def add_model(scope: dict[str, Any]) -> None:
        is_put = scope["method"] == "PUT" and scope["path"].endswith("/partners/attribution_model")
        if is_put and b"model=" not in scope["query_string"]:
            scope["query_string"] = b"&".join(filter(None, (scope["query_string"], b"model=FD")))

    patch.change_requests(add_model)


@variant("ERR-02.entry_message")
def entries_are_code_and_field(patch: VariantPatch) -> None:
    """An entry of `validation_errors` has no `message`."""

    def reduce(body: Any) -> Any:
        entries = [{"code": entry["code"], "field": entry["field"]} for entry in body.get("validation_errors") or ()]
        return {**body, "validation_errors": entries}

    change_error(patch, reduce)


@variant("ERR-02.entry_message")
def entries_without_a_field_omit_it(patch: VariantPatch) -> None:
    """An entry that concerns the whole body or query has no `field`."""

    def reduce(body: Any) -> Any:
        def drop(entry: Any) -> Any:
            return {k: v for k, v in entry.items() if k != "field" or v not in ("body", "query", "path")}

        return {**body, "validation_errors": [drop(entry) for entry in body.get("validation_errors") or ()]}

    change_error(patch, reduce)


@variant("ERR-03.challenge")
def a_401_names_a_realm(patch: VariantPatch) -> None:
    """`WWW-Authenticate` also names a realm."""
    change_header(patch, "www-authenticate", 'Bearer realm="platform"', statuses=[401])


@variant("ERR-03.server_error")
def the_server_is_busy_now_and_then(patch: VariantPatch) -> None:
    """Each 41st read gets 503."""
    seen = [0]

    def divert(scope: dict[str, Any]) -> None:
        seen[0] += scope["method"] == "GET"
        if scope["method"] == "GET" and seen[0] % 41 == 0:
            scope.update(method="GET", path="/api/v3/busy", raw_path=b"/api/v3/busy", query_string=b"", busy=True)

    def refuse(scope: Any, response: WireResponse) -> None:
        if scope.get("busy"):
            response.status = 503
            response.set("content-type", "application/json")
            response.body = b'{"message":"error.internal.unspecified","error_code":"UNSPECIFIED"}'

    patch.change_requests(divert)
    patch.change_responses(refuse)
