"""What a package's explanation looks like, and what the others have in common with it: causes, pages, purchases."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.causes import CauseKind
from mock_server.domain.models import SaleOrigin
from mock_server.domain.paging import Page
from mock_server.http.fields import QUERY_INTEGER, ClosedModel, Count, TimestampText, closed
from mock_server.platform_api.schemas.events import Limit

CauseBodyKind: TypeAlias = CauseKind | Literal["defaults", "platform", "no_longer_recorded"]


class PageQuery(ClosedModel):
    """Which page."""

    page: Annotated[int, Field(ge=1), QUERY_INTEGER] = 1
    limit: Limit = 50


@closed
class CauseBody(TypedDict):
    """What a value comes from; `says` tells it in words, what does not apply is null.

    `defaults` are a partner's, posted by the named request; `platform` is the platform's own default. `revision` is
    that of the settings which the value belongs to. `forgotten`: more changes since than are kept.
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
    """A field's value, and what set it."""

    value: Any
    set_by: CauseBody


@closed
class PackageExplanation(TypedDict):
    """A package, field by field. `changes` is how often it has changed since it was made."""

    kind: Literal["package"]
    id: str
    now: TimestampText
    changes: Count
    fields: dict[str, FieldBody]


@closed
class PageBody(TypedDict):
    """Where a page stands, as EVT-01 has it."""

    total: Count
    limit: int
    page: int
    pages: Count
    nextPage: int | None
    prevPage: int | None


@closed
class SaleBody(TypedDict):
    """A purchase, and when the platform learnt of it."""

    number: int
    customer_id: str
    event_id: str
    at: TimestampText
    revealed_at: TimestampText
    tickets: int
    revenue: float
    origin: SaleOrigin


def page_position(page: Page[Any]) -> PageBody:
    """Where a page stands."""
    return {
        "total": page.total,
        "limit": page.limit,
        "page": page.page,
        "pages": page.pages,
        "nextPage": page.next_page,
        "prevPage": page.prev_page,
    }
