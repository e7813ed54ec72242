"""Packages: properties of their ages, and of a merge compared with its sources."""

from datetime import datetime, timedelta

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_cases
from contracts.dsl.sold_days import read_now
from contracts.dsl.steps import (
    EVALUATION_MODELS,
    Row,
    create_package,
    list_event_ids,
    list_packages,
    merge_packages,
    package_order,
    read_package,
    read_settings,
    save_settings,
    settings_body,
    wait_for_build,
)
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

LIFETIME = timedelta(days=28)
MARGIN = timedelta(hours=1)
"""A build takes 10 to 15 minutes, and starts when the package is created."""


def _age(package: Row, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(package["created_at"])


@property_test("PKG-03.expiry", profile="smoke", gotcha="G-14")
def test_no_package_expires_before_28_days(deployment: Deployment) -> None:
    """In a sandbox, the packages of the sample grow older first: the oldest one that is DONE to 27 days."""
    if deployment.is_sandbox:
        deployment.clock.advance(days=17, hours=9)
    now = read_now(deployment)
    young = [package for package in list_packages(deployment.partner) if _age(package, now) < LIFETIME]
    ended = [package for package in young if package["status"] in ("DONE", "EXPIRED")]
    require_cases(ended, "a package of less than 28 days that was built")
    expired = [package["id"] for package in ended if package["status"] == "EXPIRED"]
    assertions.equal("packages that expired within 28 days of their creation", expired, [])


@property_test("PKG-03.expiry", gotcha="G-14")
def test_a_package_expires_after_28_days(deployment: Deployment) -> None:
    """A package that is DONE at that age may have been rebuilt, but not in a sandbox, where the packages grow older."""
    if deployment.is_sandbox:
        deployment.clock.advance(days=29)
    now = read_now(deployment)
    old = [package for package in list_packages(deployment.partner) if _age(package, now) > LIFETIME + MARGIN]
    ended = [package for package in old if package["status"] in ("DONE", "EXPIRED")]
    require_cases(ended, "a package of more than 28 days that was built")
    seen = {package["id"]: package["status"] for package in ended}
    if deployment.is_sandbox:
        assertions.equal("statuses of packages of more than 28 days", set(seen.values()), {"EXPIRED"})
    has_expired = "EXPIRED" in seen.values()
    assertions.is_true("a package has expired after 28 days", has_expired, expected="EXPIRED", seen=seen)


@property_test(
    "PKG-08.sources", "PKG-08.merged", writes=("createPackage", "mergePackages", "replaceEvaluationSettings")
)
def test_a_merge_changes_nothing_in_its_sources_but_their_merge_id(writable: Deployment) -> None:
    client = writable.partner
    event = list_event_ids(writable, 5)[-1]
    order = package_order([event], package_title=writable.title("a source"))
    second = wait_for_build(writable, create_package(client, order)["id"])["id"]
    first = steps.ensure_built_package(writable)
    defaults = steps.read_defaults(client, writable.partner_id)
    other = settings_body(9, next(model for model in EVALUATION_MODELS if model not in defaults.values()))
    for package in (first, second):
        save_settings(client, package, other)
    before = _read_sources(writable, first, second)
    made = merge_packages(client, first, second)
    after = _read_sources(writable, first, second)
    assertions.equal("settings of the sources after the merge", _pick(after, "settings"), _pick(before, "settings"))
    unchanged = [{**source["package"], "merge_id": made["id"]} for source in before]
    assertions.equal("the sources after the merge, apart from `merge_id`", _pick(after, "package"), unchanged)


def _read_sources(deployment: Deployment, *packages: str) -> list[Row]:
    client = deployment.partner
    return [
        {"package": read_package(client, package), "settings": read_settings(client, package)} for package in packages
    ]


def _pick(sources: list[Row], name: str) -> list[Row]:
    return [source[name] for source in sources]
