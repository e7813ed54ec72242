"""Gotchas about the form of requests: names, slashes, arrays."""

from mock_server.gotchas.scenario import Gotcha, ResponseCheck, ScenarioStep
from mock_server.gotchas.scenarios.steps import (
    ACME,
    EVENT,
    PACKAGES,
    RESULTS_QUERY,
    has_error_fields,
    new_package_body,
    sign_in,
)

THREE_NAMES = Gotcha(
    id="G-08",
    title="One id has three names: eid, event_id, event_ids",
    rules=("DRS-01", "CR-01", "CR-03", "PKG-02"),
    keywords=("parameter name", "event id"),
    naive_behaviour="uses one name for the event id everywhere.",
    actual_behaviour=(
        "Campaign results use `eid`, daily revenue uses `event_id`, and packages take a list, `event_ids`. Other "
        "names are rejected."
    ),
    solution="Map your own name to the platform's names where you build the request.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "List campaign results by event_id.",
            "GET",
            "/campaign_results/",
            query=f"event_id={EVENT}&partner_id={ACME}",
            status=400,
            checks=(has_error_fields("eid", "event_id"),),
            surprise="The parameter is called eid here.",
        ),
        ScenarioStep(
            "Create a row with event_id.",
            "POST",
            "/campaign_results/",
            query=f"event_id={EVENT}&partner_id={ACME}&purchase=1&revenue=45",
            status=400,
            checks=(has_error_fields("eid", "event_id"),),
            surprise="It is called eid here too.",
        ),
        ScenarioStep(
            "Read daily revenue by eid.",
            "GET",
            "/daily_revenue_summary/",
            query=f"eid={EVENT}",
            status=400,
            checks=(has_error_fields("event_id", "eid"),),
            surprise="The parameter is called event_id here.",
        ),
        ScenarioStep(
            "Create a package with event_id.",
            "POST",
            PACKAGES,
            body=new_package_body(events_field="event_id"),
            status=400,
            checks=(has_error_fields("event_ids", "event_id"),),
            surprise="The field is called event_ids here, and it is a list.",
        ),
    ),
    after=(
        ScenarioStep(
            "List campaign results by eid.",
            "GET",
            "/campaign_results/",
            query=RESULTS_QUERY,
            checks=(ResponseCheck("is", "[0].eid", EVENT),),
        ),
        ScenarioStep(
            "Read daily revenue by event_id.",
            "GET",
            "/daily_revenue_summary/",
            query=f"event_id={EVENT}",
            checks=(ResponseCheck("is", ".event_id", EVENT),),
        ),
        ScenarioStep(
            "Create a package with event_ids.",
            "POST",
            PACKAGES,
            body=new_package_body(),
            status=201,
            checks=(ResponseCheck("is", ".events[].id", [EVENT]),),
        ),
    ),
)
REFRESH_FIELD = Gotcha(
    id="G-11",
    title="The refresh token is sent as token, not as refresh_token",
    rules=("AUTH-05",),
    keywords=("refresh_token", "RefreshToken", "sign in"),
    naive_behaviour="sends the refresh token as `refresh_token`, as in OAuth.",
    actual_behaviour="The field is called `token`, and the error is a 400, not a 401.",
    solution='Send `{"token": "<RefreshToken>"}`. The refresh token does not rotate and is valid for 30 days.',
    before=(sign_in(refresh=True),),
    trap=(
        ScenarioStep(
            "Refresh as in OAuth.",
            "POST",
            "/auth/refresh_token",
            body={"refresh_token": "$REFRESH"},
            status=400,
            checks=(has_error_fields("token", "refresh_token"),),
            token_variable=None,
            surprise="The path says refresh_token, but the field is called token.",
        ),
    ),
    after=(
        ScenarioStep(
            "Refresh.",
            "POST",
            "/auth/refresh_token",
            body={"token": "$REFRESH"},
            token_variable=None,
            captures=(("TOKEN", ".AccessToken"),),
        ),
        ScenarioStep("Use the new token.", "GET", "/partners/", checks=(ResponseCheck("is", ".id", ACME),)),
    ),
)
SLASHES = Gotcha(
    id="G-13",
    title="Packages are listed with a trailing slash and created without one",
    rules=("PKG-01", "PKG-02", "BASE-07"),
    keywords=("trailing slash", "405"),
    naive_behaviour="uses one URL to list packages and to create them.",
    actual_behaviour="There are two paths. Each of them returns 405 for the method of the other.",
    solution="Send GET to /package_builder/packages/ with the slash, and POST to /package_builder/packages without it.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "List packages without the slash.",
            "GET",
            PACKAGES,
            status=405,
            checks=(
                ResponseCheck("header", "allow", "POST"),
                ResponseCheck("is", ".validation_errors[0].code", "slash"),
            ),
            surprise="The path without the slash is only for creating packages.",
        ),
        ScenarioStep(
            "Create a package with the slash.",
            "POST",
            f"{PACKAGES}/",
            body=new_package_body(),
            status=405,
            checks=(
                ResponseCheck("header", "allow", "GET"),
                ResponseCheck("is", ".validation_errors[0].code", "slash"),
            ),
            surprise="The path with the slash is only for listing packages.",
        ),
    ),
    after=(
        ScenarioStep(
            "List packages with the slash.",
            "GET",
            f"{PACKAGES}/",
            checks=(ResponseCheck("is", "[].id", ["pkg_557", "pkg_556", "pkg_555", "pkg_541"]),),
        ),
        ScenarioStep(
            "Create a package without the slash.",
            "POST",
            PACKAGES,
            body=new_package_body(),
            status=201,
            checks=(ResponseCheck("is", ".status", "INITIALIZING"),),
        ),
    ),
)
ARRAYS = Gotcha(
    id="G-17",
    title="Query arrays are written only by repeating the key",
    rules=("BASE-05",),
    keywords=("brackets", "comma list", "query array"),
    naive_behaviour="lets its HTTP library encode arrays, with brackets or with commas.",
    actual_behaviour="Brackets are rejected, and so are commas, even in the name of a city.",
    solution="Repeat the key: city=A&city=B.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "List events in two cities, using brackets.",
            "GET",
            "/events/",
            query="city[]=Wien&city[]=Leipzig",
            status=400,
            surprise="Brackets are rejected in every query.",
        ),
        ScenarioStep(
            "List events in two cities, using a comma.",
            "GET",
            "/events/",
            query="city=Wien,Leipzig",
            status=400,
            surprise="A comma-separated list is rejected for every parameter.",
        ),
        ScenarioStep(
            "Put two events into a series, using a comma.",
            "POST",
            f"/events/{EVENT}/series",
            query="event_series=evt_b2h7qe,evt_d9s4kt",
            status=400,
            surprise="For ids, too.",
        ),
    ),
    after=(
        ScenarioStep(
            "List events in two cities, repeating the key.",
            "GET",
            "/events/",
            query="city=Wien&city=Leipzig",
            checks=(ResponseCheck("is", ".items[].city", ["Wien", "Leipzig"]),),
        ),
        ScenarioStep(
            "Put two events into a series, repeating the key.",
            "POST",
            f"/events/{EVENT}/series",
            query="event_series=evt_b2h7qe&event_series=evt_d9s4kt",
            status=204,
        ),
    ),
)
TITLES = Gotcha(
    id="G-19",
    title="A title is written as package_title and read as title",
    rules=("PKG-01", "PKG-02"),
    keywords=("package name", "field name"),
    naive_behaviour="uses one field name to write and to read the title.",
    actual_behaviour="Requests must contain `package_title`, and `title` is rejected. Responses contain `title`.",
    solution="Write `package_title`, read `title`.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Create a package with the field title.",
            "POST",
            PACKAGES,
            body=new_package_body(title_field="title"),
            status=400,
            checks=(has_error_fields("package_title", "title"),),
            surprise="The field that is read as title is written as package_title.",
        ),
    ),
    after=(
        ScenarioStep(
            "Create a package with the field package_title.",
            "POST",
            PACKAGES,
            body=new_package_body(),
            status=201,
            checks=(ResponseCheck("is", ".title", "Munich, autumn"),),
        ),
    ),
)
