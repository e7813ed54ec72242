"""Steps that several scenarios share."""

from mock_server.gotchas.scenario import DEFAULT_USER, Json, ResponseCheck, ScenarioStep

PACKAGES = "/package_builder/packages"
ACME, BETA = "partner-id-acme", "partner-id-beta"
EVENT = "evt_abc123"
EVALUATED, FRESH = "pkg_555", "pkg_556"
"""Two packages of the sample world. Both are DONE; only the first has been evaluated."""
WINDOW, MODEL, EMAIL_DATE = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"
RESULTS_QUERY = f"eid={EVENT}&partner_id={ACME}"


def sign_in(user: str = DEFAULT_USER, *, refresh: bool = False, again: bool = False) -> ScenarioStep:
    """Build a step that signs the user in and captures the access token, and the refresh token if `refresh` is set."""
    captures = (("TOKEN", ".AccessToken"),) + ((("REFRESH", ".RefreshToken"),) if refresh else ())
    return ScenarioStep(
        "Sign in again: an access token is valid for an hour." if again else "Sign in.",
        "POST",
        "/auth",
        body={"username": user, "password": "$PASSWORD"},
        captures=captures,
        token_variable=None,
    )


def advance_clock(description: str, **span: int) -> ScenarioStep:
    """Build a step that advances the workspace's clock by `days`, `hours`, `minutes` and `seconds`."""
    return ScenarioStep(description, "POST", "/clock/advance", body=dict(span), api="MOCK", token_variable=None)


def settings_body(window: int, model: str, **other_members: Json) -> dict[str, Json]:
    """Build the body of a package's settings or of a partner's defaults."""
    return {WINDOW: window, MODEL: model, **other_members}


def settings_path(package_id: str) -> str:
    """Return the path of a package's evaluation settings."""
    return f"{PACKAGES}/{package_id}/backhaul_evaluation_details"


def evaluation_path(package_id: str) -> str:
    """Return the path of a package's evaluation."""
    return f"{PACKAGES}/{package_id}/backhaul_evaluation"


def has_error_fields(*names: str) -> ResponseCheck:
    """Build a check that the error names exactly these fields."""
    return ResponseCheck("is", ".validation_errors[].field", list(names))


def new_package_body(title_field: str = "package_title", events_field: str = "event_ids") -> dict[str, Json]:
    """Build the body that creates a package with one event, using these field names."""
    counts: dict[str, Json] = {"num_packages": 2, "n_top_events": 5, "targeting_mode": "lookalike"}
    return {**counts, events_field: [EVENT], title_field: "Munich, autumn"}
