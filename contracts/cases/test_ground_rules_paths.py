"""Ground rules of paths: their slashes, and the methods that they have."""

import re
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.spec.markers import law
from contracts.target.deployment import Deployment

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
PACKAGES = "/package_builder/packages"
QUERY = "city=A%2CB&city=%C3%A9+x&city[]=C"


@law("BASE-07", profile="smoke")
def test_the_other_slash_is_sent_on_with_its_query(writable: Deployment) -> None:
    prefix = urlsplit(writable.line.base_url).path
    for asking in valid_requests.harmless(writable).values():
        if asking.path.rstrip("/") == PACKAGES:
            continue
        for method in (asking.method, "PATCH"):
            other = _other(asking.path)
            answer = writable.partner.send(method, other, query=QUERY)
            assertions.status(answer, 307)
            assertions.equal(
                f"Location of {method} {other}", answer.headers.get("location"), f"{prefix}{asking.path}?{QUERY}"
            )
            plain = writable.partner.send(method, other)
            assertions.equal(f"Location of {method} {other}", plain.headers.get("location"), f"{prefix}{asking.path}")


@law("BASE-07")
@pytest.mark.parametrize("path", ["/events", "/partners", "/campaign_results", "/daily_revenue_summary"])
def test_whoever_follows_gets_what_stands_at_the_written_path(deployment: Deployment, path: str) -> None:
    client, query = deployment.partner, "limit=3&colour=red"
    sent_on = client.send("GET", path, query=query)
    assertions.status(sent_on, 307)
    followed = client.line.http.get(urljoin(str(sent_on.url), sent_on.headers["location"]), headers=client.headers)
    written = client.send("GET", f"{path}/", query=query)
    assertions.equal(f"status behind {path}", followed.status_code, written.status_code)
    assertions.equal(f"body behind {path}", followed.content, written.content)


@law("BASE-07", profile="smoke", gotcha="G-13")
@pytest.mark.parametrize(
    ("method", "path", "allow", "right"),
    [
        pytest.param("GET", PACKAGES, "POST", f"{PACKAGES}/", id="list without the slash"),
        pytest.param("POST", f"{PACKAGES}/", "GET", PACKAGES, id="create with the slash"),
    ],
)
def test_each_of_the_packages_paths_names_the_other(
    writable: Deployment, method: str, path: str, allow: str, right: str
) -> None:
    answer = writable.partner.send(method, path, query="colour=red")
    assertions.refused(answer, 405)
    assertions.equal(f"Allow of {method} {path}", _allowed(answer), {allow})
    told = " ".join(entry["message"] for entry in answer.json()["validation_errors"])
    named = re.search(rf"{re.escape(right)}(?![/\w])", told)
    assertions.that("the right path is named", named is not None, expected=right, seen=told)


@law("BASE-09")
def test_a_method_that_a_path_does_not_have_is_405(writable: Deployment) -> None:
    for template, path in _paths(writable).items():
        own = writable.promises.methods_of(template)
        for method in METHODS:
            if method not in own:
                answer = writable.partner.send(method, path)
                assertions.status(answer, 405)
                assertions.equal(f"Allow of {method} {path}", _allowed(answer), own)


@law("BASE-09")
def test_head_is_answered_without_a_body(deployment: Deployment) -> None:
    for path in ("/events/", "/partners/", "/status/", f"{PACKAGES}/"):
        answer = deployment.partner.send("HEAD", path)
        assertions.status(answer, 405)
        assertions.equal(f"body of HEAD {path}", answer.content, b"")


def _paths(deployment: Deployment) -> dict[str, str]:
    """The document's paths, each with ids that nobody has."""
    return {asking.template: asking.path for asking in valid_requests.harmless(deployment).values()}


def _other(path: str) -> str:
    return path[:-1] if path.endswith("/") else f"{path}/"


def _allowed(answer: httpx.Response) -> frozenset[str]:
    return frozenset(answer.headers.get("allow", "").replace(" ", "").split(","))
