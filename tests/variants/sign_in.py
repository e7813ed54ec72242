"""Variants of sign-in: the answer, refusals, tokens and challenges."""

from typing import Any

from mock_server.operations import signin
from tests.defects.registry import WireResponse
from tests.variants.registry import borrow, variant
from tests.variants.wire import (
    VariantPatch,
    add_members,
    change_status,
    change_values,
    drop_members,
    find_operation,
    rename_members,
)

borrow(__name__, "AUTH-01.no_further", of=["sign_in_tells_the_preferred_factor"])
borrow(__name__, "AUTH-02.status", of=["wrong_password_is_400", "wrong_password_is_403"])
borrow(__name__, "AUTH-02.same", of=["unknown_user_is_told", "account_is_looked_at_before_the_password"])
borrow(__name__, "AUTH-03.disabled", of=["disabled_account_is_401", "disabled_account_has_a_wrong_password"])
borrow(__name__, "AUTH-04.other_tokens", of=["id_token_opens", "refresh_token_opens"])
borrow(__name__, "AUTH-05.expires_in", of=["refresh_says_how_long_is_left"])
borrow(
    __name__, "AUTH-06.end", of=["access_token_is_good_at_exactly_its_age", "refresh_token_is_good_at_exactly_its_age"]
)
borrow(__name__, "AUTH-07.names", of=["challenge_names_its_parameters"])
borrow(__name__, "AUTH-07.session", of=["session_lives_a_minute", "session_lives_an_hour", "session_works_twice"])
borrow(__name__, "AUTH-07.result", of=["second_factor_gives_no_refresh_token"])
borrow(
    __name__,
    "AUTH-08.refused",
    of=[
        "new_password_refuses_as_second_factor",
        "refused_challenge_is_403",
        "unknown_session_is_400",
        "unknown_session_is_404",
        "wrong_code_is_invalid_credentials",
    ],
)
borrow(__name__, "AUTH-08.used_up", of=["wrong_code_may_be_tried_again"])
borrow(__name__, "AUTH-08.new_password", of=["new_password_may_be_the_old_one", "new_password_must_be_strong"])


@variant("AUTH-05.expires_in")
def refresh_does_not_tell_the_lifetime(patch: VariantPatch) -> None:
    """The answer to a refresh has no `ExpiresIn`."""
    drop_members(patch, "refreshToken", names=["ExpiresIn"])


@variant("AUTH-05.device_keys_ignored")
def refresh_names_the_device(patch: VariantPatch) -> None:
    """The answer to a refresh names the device of the request, or null."""
    add_members(patch, "refreshToken", DeviceKey=None)


@variant("AUTH-07.names")
def challenges_have_other_names(patch: VariantPatch) -> None:
    """The name of a challenge is in `ChallengeName`, and `SOFTWARE_TOKEN_MFA` is `TOTP`."""
    change_values(patch, "Challenge", {"SOFTWARE_TOKEN_MFA": "TOTP"}, "signIn")
    rename_members(patch, "signIn", Challenge="ChallengeName")


@variant("AUTH-07.new_password")
def a_new_password_has_another_name(patch: VariantPatch) -> None:
    """The challenge for a new password is `FORCE_CHANGE_PASSWORD`."""
    change_values(patch, "Challenge", {"NEW_PASSWORD_REQUIRED": "FORCE_CHANGE_PASSWORD"}, "signIn")


@variant("AUTH-07.result")
def a_failed_challenge_is_400(patch: VariantPatch) -> None:
    """A failed step of a sign-in gets 400."""
    change_status(patch, 401, 400, "answerMfaChallenge", "answerNewPasswordChallenge")


@variant("AUTH-02.same")
def wrong_credentials_have_no_entries(patch: VariantPatch) -> None:
    """A disabled account gets its refusal before the password is compared, with a header that says so."""

    def tell(scope: Any, response: WireResponse) -> None:
        if response.status == 401 and find_operation(scope) == "signIn":
            response.set("x-attempts-left", "4")

    patch.change_responses(tell)


@variant("AUTH-08.new_password")
def a_new_password_needs_a_digit(patch: VariantPatch) -> None:
    """A new password without a digit is refused."""

    def strict(original: Any) -> Any:
        def answer(call: Any, session: str, new_password: str) -> Any:
            if not any(character.isdigit() for character in new_password):
                raise signin.InvalidRequestError(signin.Problem("weak", "new_password", "use a digit"))
            return original(call, session, new_password)

        return answer

    patch.wrap(signin, "answer_new_password", strict)
