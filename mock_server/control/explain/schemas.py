"""What a package's explanation looks like, and what the others have in common with it: causes, pages, purchases."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.domain.causes import How
from mock_server.domain.models import SaleOrigin
from mock_server.domain.paging import Page
from mock_server.http.fields import IN_QUERY, Closed, Count, InstantText, closed
from mock_server.platform_api.schemas.events import Limit

HowSet: TypeAlias = How | Literal["defaults", "platform", "forgotten"]


class PageQuery(Closed):
    """Which page."""

    page: Annotated[int, Field(ge=1), IN_QUERY] = 1
    limit: Limit = 50


@closed
class SetByBody(TypedDict):
    """What a value comes from; `says` tells it in words, what does not apply is null.

    `defaults` are a partner's, posted by the named request; `platform` is the platform's own default. `revision` is
    that of the settings which the value belongs to. `forgotten`: more changes since than are kept.
    """

    how: HowSet
    operation: str | None
    request: str | None
    request_id: str | None
    job: str | None
    at: InstantText | None
    revision: int | None
    says: str


@closed
class FieldBody(TypedDict):
    """A field's value, and what set it."""

    value: Any
    set_by: SetByBody


@closed
class PackageExplanation(TypedDict):
    """A package, field by field. `changes` is how often it has changed since it was made."""

    kind: Literal["package"]
    id: str
    now: InstantText
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
    at: InstantText
    revealed_at: InstantText
    tickets: int
    revenue: float
    origin: SaleOrigin


def place(cut: Page[Any]) -> PageBody:
    """Where a page stands."""
    return {
        "total": cut.total,
        "limit": cut.limit,
        "page": cut.page,
        "pages": cut.pages,
        "nextPage": cut.next_page,
        "prevPage": cut.prev_page,
    }
