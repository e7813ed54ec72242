"""Ground rules of paths: trailing slashes and methods."""

import re
from functools import partial
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.allowed_calls import send_allowed
from contracts.spec.markers import EVERY_WRITE, REFUSED_CALLS, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

USUAL_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
RARE_METHODS = ("HEAD", "OPTIONS", "TRACE")
PACKAGES_PATH = "/package_builder/packages"
REPEATED_QUERY = "city=A%2CB&city=%C3%A9+x&city[]=C"


@property_test("BASE-07.redirect", profile="smoke", writes=EVERY_WRITE)
def test_the_other_slash_is_sent_on_with_its_query(writable: Deployment) -> None:
    prefix = urlsplit(writable.connection.base_url).path
    for valid_request in valid_requests.harmless_requests(writable).values():
        if valid_request.path.rstrip("/") == PACKAGES_PATH:
            continue
        for method in (valid_request.method, "PATCH"):
            other = _flip_slash(valid_request.path)
            answer = writable.partner.send(method, other, query=REPEATED_QUERY)
            assertions.status(answer, 307)
            assertions.equal(
                f"Location of {method} {other}",
                answer.headers.get("location"),
                f"{prefix}{valid_request.path}?{REPEATED_QUERY}",
            )
            plain = writable.partner.send(method, other)
            assertions.equal(
                f"Location of {method} {other}", plain.headers.get("location"), f"{prefix}{valid_request.path}"
            )


@property_test("BASE-07.redirect")
@pytest.mark.parametrize("path", ["/events", "/partners", "/campaign_results", "/daily_revenue_summary"])
def test_whoever_follows_gets_what_stands_at_the_written_path(deployment: Deployment, path: str) -> None:
    client, query = deployment.partner, "limit=3&colour=red"
    redirect = client.send("GET", path, query=query)
    assertions.status(redirect, 307)
    followed = client.connection.http.get(
        urljoin(str(redirect.url), redirect.headers["location"]), headers=client.headers
    )
    direct = client.send("GET", f"{path}/", query=query)
    assertions.equal(f"status after following {path}", followed.status_code, direct.status_code)
    assertions.equal(f"body after following {path}", followed.content, direct.content)


@property_test("BASE-07.own_path", profile="smoke", gotcha="G-13", writes=(REFUSED_CALLS,))
@pytest.mark.parametrize(
    ("method", "path", "allow", "right"),
    [
        pytest.param("GET", PACKAGES_PATH, "POST", f"{PACKAGES_PATH}/", id="list without the slash"),
        pytest.param("POST", f"{PACKAGES_PATH}/", "GET", PACKAGES_PATH, id="create with the slash"),
    ],
)
def test_each_of_the_packages_paths_names_the_other(
    writable: Deployment, method: str, path: str, allow: str, right: str
) -> None:
    answer = writable.partner.send(method, path, query="colour=red")
    assertions.refusal(answer, 405)
    assertions.equal(f"Allow of {method} {path}", _allowed_methods(answer), {allow})
    messages = " ".join(entry["message"] for entry in answer.json()["validation_errors"])
    named = re.search(rf"{re.escape(right)}(?![/\w])", messages)
    assertions.is_true("the error names the right path", named is not None, expected=right, seen=messages)


@property_test("BASE-09.method", writes=EVERY_WRITE)
def test_a_method_that_a_path_does_not_have_is_405(writable: Deployment) -> None:
    for template, path in _paths_by_template(writable).items():
        own = writable.api_spec.methods_of(template)
        others = [method for method in USUAL_METHODS if method not in own]
        others += writable.sample(method for method in RARE_METHODS if method not in own)
        for answer in send_allowed(partial(writable.partner.send, method, path) for method in others):
            assertions.status(answer, 405)
            assertions.equal(f"Allow of {answer.request.method} {path}", _allowed_methods(answer), own)


@property_test("BASE-09.method")
def test_head_is_answered_without_a_body(deployment: Deployment) -> None:
    for path in ("/events/", "/partners/", "/status/", f"{PACKAGES_PATH}/"):
        answer = deployment.partner.send("HEAD", path)
        assertions.status(answer, 405)
        assertions.equal(f"body of HEAD {path}", answer.content, b"")


def _paths_by_template(deployment: Deployment) -> dict[str, str]:
    """Return the document's paths by their templates. Parameters are replaced by ids that do not exist."""
    return {
        valid_request.template: valid_request.path
        for valid_request in valid_requests.harmless_requests(deployment).values()
    }


def _flip_slash(path: str) -> str:
    return path[:-1] if path.endswith("/") else f"{path}/"


def _allowed_methods(answer: httpx2.Response) -> frozenset[str]:
    return frozenset(answer.headers.get("allow", "").replace(" ", "").split(","))


@example("ERR-03.not_played", profile="smoke")
@pytest.mark.parametrize(
    "path",
    [
        "/events/statistics",
        "/events/flagged/",
        "/events/flagged",
        "/events/venues",
        "/events/venues/",
        *(
            f"/events/{{}}/{word}"
            for word in (
                "statistics",
                "benchmark",
                "sales_graph",
                "tickets",
                "clusters",
                "campaigns",
                "lookout_prediction",
            )
        ),
    ],
)
def test_a_documented_path_that_is_not_played_says_so(sandbox: Sandbox, path: str) -> None:
    events = (sandbox.add_event(), "evt_none_of_this_name") if "{}" in path else ("",)
    for sent in (path.format(event) for event in events):
        for method in ("GET", "PUT"):
            answer = sandbox.partner.send(method, sent)
            assertions.refusal(answer, 404, field="path")
            said = [entry["message"] for entry in answer.json()["validation_errors"]]
            told = any(sent in message and "does not implement" in message for message in said)
            assertions.is_true(f"the error for {method} {sent} says that the path is not implemented", told, seen=said)
            message = answer.json()["message"]
            assertions.is_true("no event is missing", message != "error.event.not_found", seen=message)
        assertions.refusal(sandbox.anonymous.send("GET", sent), 401)
