"""Request and response formats of packages and their clusters."""

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.domain.models import Package, PackageStatus, TargetingMode
from mock_server.domain.packages import MAX_PACKAGES, MAX_TITLE, PackageOrder
from mock_server.http.fields import (
    BODY_INTEGER,
    TEXT_PATTERN,
    ClosedModel,
    Count,
    EventReference,
    Fraction,
    ListedText,
    TimestampText,
    closed,
    format_timestamp,
)
from mock_server.http.media_types import File, name_download
from mock_server.operations.packages import PackageView
from mock_server.state.quirks import Quirks

CUSTOMER_COLUMNS = ("customer_id",)
"""The columns of a customer list as CSV. See: PKG-06."""


def require_distinct(ids: list[str]) -> list[str]:
    """Return the ids if they are distinct. Raises PydanticCustomError otherwise. See: PKG-02, PKG-05."""
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("duplicate", "must not contain the same id twice")
    return ids


class NewPackageBody(ClosedModel):
    """Request body that creates a package.

    Implements: PKG-02.
    """

    num_packages: Annotated[int, Field(ge=1, le=MAX_PACKAGES), BODY_INTEGER]
    n_top_events: Annotated[int, Field(ge=1, le=100), BODY_INTEGER]
    event_ids: Annotated[
        list[EventReference],
        Field(min_length=1, max_length=100, json_schema_extra={"uniqueItems": True}),
        AfterValidator(require_distinct),
    ]
    package_title: Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=TEXT_PATTERN)]
    targeting_mode: TargetingMode

    def to_package_order(self) -> PackageOrder:
        """Convert the body to a package order."""
        return PackageOrder(
            title=self.package_title,
            event_ids=tuple(self.event_ids),
            targeting_mode=self.targeting_mode,
            num_packages=self.num_packages,
            n_top_events=self.n_top_events,
        )


class MergeQuery(ClosedModel):
    """Query that merges packages. See: PKG-05."""

    packages_ids: Annotated[
        list[ListedText], Field(min_length=2, json_schema_extra={"uniqueItems": True}), AfterValidator(require_distinct)
    ]


@closed
class PackageEventBody(TypedDict):
    """One event of a package. See: PKG-01."""

    id: str
    title: str


@closed
class PackageBody(TypedDict):
    """A package without its content. See: PKG-01."""

    id: Annotated[str, Field(pattern=r"^pkg_")]
    title: str
    status: PackageStatus
    merge_id: str | None
    created_at: TimestampText
    events: list[PackageEventBody]
    targeting_mode: TargetingMode


@closed
class ClusterBody(TypedDict):
    """One cluster. See: PKG-04."""

    tc: str
    label: str
    customers: Count
    size_share: Fraction


@closed
class PackageContentBody(TypedDict):
    """The content of a built package. See: PKG-04."""

    tc_run_id: int
    clusters: list[ClusterBody]


@closed
class PackageDetailBody(PackageBody):
    """A package with its content. See: PKG-04."""

    content: PackageContentBody | None


def package_body(view: PackageView) -> PackageBody:
    """Build the JSON object of a package without its content.

    Implements: PKG-01.
    """
    record = view.package
    return {
        "id": record.id,
        "title": record.title,
        "status": record.status,
        "merge_id": record.merge_id,
        "created_at": format_timestamp(record.created_at),
        "events": [{"id": event.id, "title": event.title} for event in view.events],
        "targeting_mode": record.targeting_mode,
    }


def package_bodies(views: Collection[PackageView]) -> list[PackageBody]:
    """Build the JSON array of packages. See: PKG-01."""
    return [package_body(view) for view in views]


def package_detail_body(view: PackageView) -> PackageDetailBody:
    """Build the JSON object of a package with its content, which is null until the package is built.

    Implements: PKG-04.
    """
    return {**package_body(view), "content": _package_content_body(view.package)}


def customers_body(customers: tuple[str, ...], tc: str, quirks: Quirks) -> list[str] | File:
    """Build the list of a cluster's customers: a JSON array, or CSV with quirk `customer_list_csv`. See: PKG-06."""
    if not quirks.customer_list_csv:
        return list(customers)
    from mock_server.http import spreadsheets

    return spreadsheets.to_csv(
        [CUSTOMER_COLUMNS, *([customer] for customer in customers)], name_download("customers", tc)
    )


def _package_content_body(record: Package) -> PackageContentBody | None:
    if record.clusters is None or record.tc_run_id is None:
        return None
    customer_count = sum(len(cluster.customers) for cluster in record.clusters)
    return {
        "tc_run_id": record.tc_run_id,
        "clusters": [
            {
                "tc": cluster.tc,
                "label": cluster.label,
                "customers": len(cluster.customers),
                "size_share": len(cluster.customers) / customer_count if customer_count else 0.0,
            }
            for cluster in record.clusters
        ],
    }
