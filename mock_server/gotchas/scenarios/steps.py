"""Calls that many stories share."""

from mock_server.gotchas.scenario import USER, Call, Json, Look

PACKAGES = "/package_builder/packages"
ACME, BETA = "partner-id-acme", "partner-id-beta"
EVENT = "evt_abc123"
EVALUATED, FRESH = "pkg_555", "pkg_556"
"""Two packages of the sample, both DONE; only the first has been evaluated."""
WINDOW, MODEL, SENT = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"
RESULTS = f"eid={EVENT}&partner_id={ACME}"


def sign_in(user: str = USER, *, refresh: bool = False, again: bool = False) -> Call:
    """The user signs in; the access token is kept, and where it is asked for the refresh token."""
    keeps = (("TOKEN", ".AccessToken"),) + ((("REFRESH", ".RefreshToken"),) if refresh else ())
    return Call(
        "Sign in again: a token lives for an hour." if again else "Sign in.",
        "POST",
        "/auth",
        body={"username": user, "password": "$PASSWORD"},
        keeps=keeps,
        token=None,
    )


def advance(say: str, **span: int) -> Call:
    """The workspace's clock moves ahead, by `days`, `hours`, `minutes` and `seconds`."""
    return Call(say, "POST", "/clock/advance", body=dict(span), api="MOCK", token=None)


def settings(window: int, model: str, **more: Json) -> dict[str, Json]:
    """A package's settings, or a partner's defaults."""
    return {WINDOW: window, MODEL: model, **more}


def details(package_id: str) -> str:
    """Where a package's settings stand."""
    return f"{PACKAGES}/{package_id}/backhaul_evaluation_details"


def evaluation(package_id: str) -> str:
    """Where a package's result stands."""
    return f"{PACKAGES}/{package_id}/backhaul_evaluation"


def fields(*names: str) -> Look:
    """A refusal names exactly these fields."""
    return Look("is", ".validation_errors[].field", list(names))


def order(title_field: str = "package_title", events_field: str = "event_ids") -> dict[str, Json]:
    """The order of a package over one event, with the fields under these names."""
    counts: dict[str, Json] = {"num_packages": 2, "n_top_events": 5, "targeting_mode": "lookalike"}
    return {**counts, events_field: [EVENT], title_field: "Munich, autumn"}
