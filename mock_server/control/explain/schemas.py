"""Schemas of a package's explanation, and schemas that all explanations share: causes, pages, purchases."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.causes import CauseKind
from mock_server.domain.models import SaleOrigin
from mock_server.domain.paging import Page
from mock_server.http.fields import QUERY_INTEGER, ClosedModel, Count, TimestampText, closed
from mock_server.platform_api.schemas.events import Limit

CauseBodyKind: TypeAlias = Literal[CauseKind, "defaults", "platform", "no_longer_recorded"]


class PageQuery(ClosedModel):
    """Selects a page of the items: its number, from 1, and its size."""

    page: Annotated[int, Field(ge=1, description="Page number, starting at 1."), QUERY_INTEGER] = 1
    limit: Annotated[Limit, Field(description="Number of items per page.")] = 50


@closed
class CauseBody(TypedDict):
    """The cause of a value. `description` states it in words. Members that do not apply are null.

    If `kind` is `defaults`, the value comes from the partner's defaults, and `request` is the request that posted them.
    If it is `platform`, the value is the platform's own default. If it is `no_longer_recorded`, the cause was dropped
    because there were too many later changes. `revision` is the revision of the settings that contain the value.
    """

    kind: CauseBodyKind
    operation: str | None
    request: str | None
    request_id: str | None
    job: str | None
    at: TimestampText | None
    revision: int | None
    description: str


@closed
class FieldBody(TypedDict):
    """The value of a field, and its cause."""

    value: Any
    set_by: CauseBody


@closed
class PackageExplanation(TypedDict):
    """The fields of a package. `changes` is how often the package has changed since it was created."""

    kind: Literal["package"]
    id: str
    now: TimestampText
    changes: Count
    fields: dict[str, FieldBody]


@closed
class PageBody(TypedDict):
    """The position of a page in a list. A page of events contains the same members. See: EVT-01."""

    total: Count
    limit: int
    page: int
    pages: Count
    nextPage: int | None
    prevPage: int | None


@closed
class SaleBody(TypedDict):
    """A purchase. `revealed_at` is when the platform learned of it."""

    number: int
    customer_id: str
    event_id: str
    at: TimestampText
    revealed_at: TimestampText
    tickets: int
    revenue: float
    origin: SaleOrigin


def page_position(page: Page[Any]) -> PageBody:
    """Build the members that describe the position of the page."""
    return {
        "total": page.total,
        "limit": page.limit,
        "page": page.page,
        "pages": page.pages,
        "nextPage": page.next_page,
        "prevPage": page.prev_page,
    }
