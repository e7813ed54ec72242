"""Defects in listing and creating packages."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from mock_server.domain import packages as rules
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http.fields import BODY_INTEGER, EventReference
from mock_server.http.router import OperationRouter
from mock_server.operations import access
from mock_server.operations import packages as operations
from mock_server.platform_api.schemas import packages as wire
from tests.defects.registry import Patch, WireResponse, defect


def _change_shown_package(patch: Patch, change: Any) -> None:
    """Change the body of each package, both in the list and when it is read by its id."""
    patch.wrap(wire, "package_body", lambda original: lambda view: {**original(view), **change(view, original(view))})


def _replace_order_fields(patch: Patch, **fields: Any) -> None:
    """Replace fields of the body that creates a package."""
    body_model = type("NewPackageBody", (wire.NewPackageBody,), {"__annotations__": fields, "__module__": __name__})
    patch.replace(wire, "NewPackageBody", body_model)


@defect("PKG-01")
def packages_in_an_envelope(patch: Patch) -> None:
    """The list of packages is wrapped in `items` and `total`, as events are."""
    patch.wrap(
        wire,
        "package_bodies",
        lambda original: lambda views: {"items": original(views), "total": len(views)},
    )


@defect("PKG-01")
def events_are_listed_by_their_ids_alone(patch: Patch) -> None:
    """The events of a package are ids instead of objects with id and title."""
    _change_shown_package(patch, lambda view, _: {"events": [event.id for event in view.events]})


@defect("PKG-01", part="PKG-01.list")
def events_bear_the_packages_title(patch: Patch) -> None:
    """Each event of a package is shown with the title of the package."""
    _change_shown_package(
        patch, lambda view, _: {"events": [{"id": event.id, "title": view.package.title} for event in view.events]}
    )


@defect("PKG-01", part="PKG-01.list")
def created_at_is_in_local_time(patch: Patch) -> None:
    """`created_at` is in Central European Time, although it ends in `Z`."""
    _change_shown_package(patch, lambda _, body: {"created_at": body["created_at"].replace("T10:", "T12:")})


@defect("PKG-01")
def the_list_forgets_the_targeting_mode(patch: Patch) -> None:
    """The list always shows the default targeting mode."""
    patch.wrap(
        wire,
        "package_bodies",
        lambda original: lambda views: [{**row, "targeting_mode": "lookalike"} for row in original(views)],
    )


@defect("PKG-01", "PKG-02")
def title_is_read_as_package_title(patch: Patch) -> None:
    """The title of a package is returned in the field `package_title` instead of `title`."""

    def rename(body: dict[str, Any]) -> dict[str, Any]:
        return {("package_title" if name == "title" else name): value for name, value in body.items()}

    patch.wrap(wire, "package_body", lambda original: lambda view: rename(original(view)))


@defect("PKG-01", "PKG-02")
def the_slash_does_not_matter(patch: Patch) -> None:
    """The packages paths work with and without the trailing slash."""

    def lenient(original: Any) -> Any:
        def match(self: Any, path: str, method: str) -> Any:
            other = path[:-1] if path.endswith("/") else f"{path}/"
            return original(self, path, method) or original(self, other, method)

        return match

    patch.wrap(OperationRouter, "match", lenient)


@defect("PKG-02")
def an_order_is_answered_with_its_id_alone(patch: Patch) -> None:
    """POST returns only the id of the new package."""

    def keep_id(scope: Any, answer: WireResponse) -> None:
        if scope["method"] == "POST" and scope["path"].endswith("/packages") and answer.status == 201:
            answer.body = b'{"id": "pkg_1"}'

    patch.change_responses(keep_id)


@defect("PKG-02")
def an_order_is_answered_with_200(patch: Patch) -> None:
    """POST returns 200 instead of 201."""

    def plain(scope: Any, answer: WireResponse) -> None:
        if scope["path"].endswith("/packages") and answer.status == 201:
            answer.status = 200

    patch.change_responses(plain)


@defect("PKG-02", part="PKG-02.create")
def a_package_starts_in_progress(patch: Patch) -> None:
    """A new package has the status INPROGRESS instead of INITIALIZING."""
    patch.wrap(rules, "new", lambda original: lambda *given: replace(original(*given), status="INPROGRESS"))


@defect("PKG-02")
def the_targeting_mode_is_not_kept(patch: Patch) -> None:
    """Every package is stored with the targeting mode `lookalike`."""
    patch.wrap(rules, "new", lambda original: lambda *given: replace(original(*given), targeting_mode="lookalike"))


@defect("PKG-02")
def inclusive_is_no_targeting_mode(patch: Patch) -> None:
    """The targeting mode `inclusive` is rejected."""

    def known(mode: str) -> str:
        if mode == "inclusive":
            raise ValueError("unknown mode")
        return mode

    _replace_order_fields(patch, targeting_mode=Annotated[wire.TargetingMode, AfterValidator(known)])


@defect("PKG-02")
def a_targeting_mode_in_capitals_is_taken(patch: Patch) -> None:
    """The targeting mode is converted to lower case before it is validated."""

    class Lowered(wire.NewPackageBody):
        @model_validator(mode="before")
        @classmethod
        def _lowered(cls, given: Any) -> Any:
            mode = given.get("targeting_mode") if isinstance(given, dict) else None
            return {**given, "targeting_mode": mode.lower()} if isinstance(mode, str) else given

    patch.replace(wire, "NewPackageBody", Lowered)


@defect("PKG-02")
def an_order_without_a_title_is_taken(patch: Patch) -> None:
    """`package_title` may be omitted."""

    class Untitled(wire.NewPackageBody):
        package_title: str = "Untitled"

    patch.replace(wire, "NewPackageBody", Untitled)


@defect("PKG-02")
def an_order_may_call_its_title_title(patch: Patch) -> None:
    """POST accepts `title` instead of `package_title`."""

    class Renamed(wire.NewPackageBody):
        @model_validator(mode="before")
        @classmethod
        def _renamed(cls, given: Any) -> Any:
            if isinstance(given, dict) and "title" in given:
                return {"package_title" if name == "title" else name: value for name, value in given.items()}
            return given

    patch.replace(wire, "NewPackageBody", Renamed)


@defect("PKG-02")
def a_title_has_no_bounds(patch: Patch) -> None:
    """A title may be empty or arbitrarily long."""
    _replace_order_fields(patch, package_title=str)


@defect("PKG-02")
def a_title_may_have_199_characters(patch: Patch) -> None:
    """A title of the maximum length is rejected: `<` instead of `<=`."""
    _replace_order_fields(patch, package_title=Annotated[str, Field(min_length=1, max_length=199)])


@defect("PKG-02")
def twenty_one_clusters_are_taken(patch: Patch) -> None:
    """`num_packages` may be 21."""
    _replace_order_fields(patch, num_packages=Annotated[int, Field(ge=1, le=21), BODY_INTEGER])


@defect("PKG-02")
def no_clusters_at_all_are_taken(patch: Patch) -> None:
    """`num_packages` may be 0."""
    _replace_order_fields(patch, num_packages=Annotated[int, Field(ge=0, le=20), BODY_INTEGER])


@defect("PKG-02")
def numbers_in_an_order_may_be_text(patch: Patch) -> None:
    """`num_packages` may also be `"2"` or `true`."""
    _replace_order_fields(patch, num_packages=Annotated[int, Field(ge=1, le=20)])


@defect("PKG-02")
def any_number_of_further_events_is_taken(patch: Patch) -> None:
    """`n_top_events` has no maximum."""
    _replace_order_fields(patch, n_top_events=Annotated[int, BODY_INTEGER])


@defect("PKG-02")
def at_most_fifty_further_events_are_taken(patch: Patch) -> None:
    """The maximum of `n_top_events` is 50."""
    _replace_order_fields(patch, n_top_events=Annotated[int, Field(ge=1, le=50), BODY_INTEGER])


@defect("PKG-02")
def an_event_may_be_named_twice(patch: Patch) -> None:
    """`event_ids` may contain the same id twice."""
    _replace_order_fields(patch, event_ids=Annotated[list[EventReference], Field(min_length=1, max_length=100)])


@defect("PKG-02")
def an_order_over_no_event_is_taken(patch: Patch) -> None:
    """`event_ids` may be empty."""
    _replace_order_fields(
        patch, event_ids=Annotated[list[EventReference], Field(max_length=100), AfterValidator(wire.require_distinct)]
    )


@defect("PKG-02")
def an_order_over_101_events_is_looked_up(patch: Patch) -> None:
    """`event_ids` may have more than 100 ids, so a request with an unknown id among them returns 404."""
    _replace_order_fields(
        patch, event_ids=Annotated[list[EventReference], Field(min_length=1), AfterValidator(wire.require_distinct)]
    )


@defect("PKG-02")
def an_order_over_100_events_is_too_long(patch: Patch) -> None:
    """`event_ids` may have at most 99 ids."""
    events = Annotated[list[EventReference], Field(min_length=1, max_length=99), AfterValidator(wire.require_distinct)]
    _replace_order_fields(patch, event_ids=events)


@defect("PKG-02")
def a_number_is_no_event_id(patch: Patch) -> None:
    """`event_ids` may contain only strings, no numbers."""
    events = Annotated[list[str], Field(min_length=1, max_length=100), AfterValidator(wire.require_distinct)]
    _replace_order_fields(patch, event_ids=events)


@defect("PKG-02")
def unknown_events_are_dropped_from_an_order(patch: Patch) -> None:
    """Unknown ids in `event_ids` are ignored instead of rejected."""

    def silent(original: Any) -> Any:
        def create(call: Any, order: Any) -> Any:
            known = [key for key in order.event_ids if call.store.events.get(key) is not None]
            return original(call, replace(order, event_ids=tuple(known)))

        return create

    patch.wrap(operations, "create_package", silent)


@defect("PKG-02")
def an_unknown_event_is_a_malformed_order(patch: Patch) -> None:
    """An unknown id in `event_ids` returns 400 instead of 404."""

    def refuse(*_: Any) -> Any:
        raise InvalidRequestError(Problem("unknown", "event_ids", "no such event"))

    def strict(original: Any) -> Any:
        return lambda call, order: (
            refuse() if any(call.store.events.get(key) is None for key in order.event_ids) else original(call, order)
        )

    patch.wrap(operations, "create_package", strict)


@defect("PKG-02")
def a_refused_order_leaves_a_package(patch: Patch) -> None:
    """A POST with an unknown event is rejected, but the package is stored."""

    def hasty(original: Any) -> Any:
        def create(call: Any, order: Any) -> Any:
            known = [key for key in order.event_ids if call.store.events.get(key) is not None]
            view = operations._build_view(call, operations._create(call, replace(order, event_ids=tuple(known))))
            access.require_events(call, order.event_ids, "event_ids")
            return view

        return create

    patch.wrap(operations, "create_package", hasty)


@defect("PKG-02")
def a_malformed_order_leaves_a_package(patch: Patch) -> None:
    """An invalid POST is rejected, but a package is stored."""

    def late(original: Any) -> Any:
        def create(call: Any, order: Any) -> Any:
            view = original(call, order)
            if not 1 <= order.num_packages <= 20:
                raise InvalidRequestError(Problem("range", "num_packages", "1 to 20"))
            return view

        return create

    _replace_order_fields(patch, num_packages=Annotated[int, BODY_INTEGER])
    patch.wrap(operations, "create_package", late)


@defect("PKG-02")
def further_events_join_the_package(patch: Patch) -> None:
    """The best-matching events become events of the package."""

    def wrap(original: Any) -> Any:
        def create(call: Any, order: Any) -> Any:
            partners = [event.id for event in call.store.events.group("partner", call.partner_id)]
            further = [key for key in partners if key not in order.event_ids][: order.n_top_events]
            return original(call, replace(order, event_ids=(*order.event_ids, *further)))

        return create

    patch.wrap(operations, "create_package", wrap)


@defect("PKG-07")
def the_oldest_package_is_listed_first(patch: Patch) -> None:
    """Packages are listed in the order of their creation."""
    patch.wrap(rules, "newest_first", lambda original: lambda packages: original(packages)[::-1])


@defect("PKG-07")
def packages_are_listed_by_title(patch: Patch) -> None:
    """Packages are listed in the order of their titles."""
    patch.replace(rules, "newest_first", lambda packages: sorted(packages, key=lambda package: package.title))


@defect("PKG-07")
def packages_of_one_second_are_listed_backwards(patch: Patch) -> None:
    """Packages that were created in the same second are listed oldest first."""
    patch.replace(
        rules,
        "newest_first",
        lambda packages: sorted(packages, key=lambda package: package.created_at, reverse=True),
    )
