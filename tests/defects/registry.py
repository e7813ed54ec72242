"""The registry of defects.

A defect is a patch of the mock that breaks one rule. It names the rules whose contracts must catch it. There are two
tiers of defects: the first contains a few defects for each rule and runs on each change; `all_defects` runs in the
matrix.
"""

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.http.endpoint import operation_routes
from mock_server.platform_api.router import ROUTERS
from mock_server.state.documentation import Documentation

MODULES = (
    "ground_rules",
    "ground_rules_queries",
    "ground_rules_bodies",
    "ground_rules_order",
    "ground_rules_values",
    "errors",
    "not_played",
    "sign_in",
    "sign_in_tokens",
    "sign_in_refresh",
    "sign_in_challenges",
    "sign_in_answers",
    "partners",
    "partners_ids",
    "partners_record",
    "events",
    "events_filters",
    "events_further_filters",
    "events_record",
    "events_statuses",
    "events_series",
    "attribution_model",
    "revenue",
    "revenue_overlay",
    "revenue_clearing",
    "campaign_results",
    "campaign_results_entry",
    "jobs",
    "jobs_history",
    "packages",
    "packages_isolation",
    "packages_builds",
    "packages_clusters",
    "packages_merging",
    "packages_regenerating",
    "defaults",
    "evaluation",
    "evaluation_windows",
    "evaluation_settings",
    "evaluation_saving",
    "evaluation_results",
    "meta",
    "meta_activity",
    "permissions",
    "ingest",
    "ingest_files",
    "sales_edit",
    "sales_edit_files",
    "limits",
    "documentation",
    "gotchas",
    "schema",
    "from_mutants",
)
"""The modules of defects, by area, in the platform's order."""
FIRST_TIER_FILE = Path(__file__).with_name("first_tier.txt")
"""The file with the names of the first tier's defects, which `tests.defects.tiers` writes."""


@dataclass
class WireResponse:
    """A complete response as it is sent, which a defect may change. Header names are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def drop(self, name: str) -> None:
        """Remove a header."""
        self.headers = [(key, value) for key, value in self.headers if key != name.encode()]

    def set(self, name: str, value: str) -> None:
        """Set a header to this value, which is then sent only once."""
        self.drop(name)
        self.headers.append((name.encode(), value.encode()))


ResponseChange = Callable[[Scope, WireResponse], None]
Wrapper = Callable[[Any], Any]


@dataclass(frozen=True)
class Replacement:
    """An attribute that a patch has replaced, and its old value."""

    owner: Any
    name: str
    old: Any


class Patch:
    """The changes that a defect makes to the mock. Apply it before creating the application; it cannot be undone."""

    def __init__(self) -> None:
        self.replacements: list[Replacement] = []
        self._changes: list[ResponseChange] = []

    @property
    def changes_responses(self) -> bool:
        """Whether it changes responses before they are sent."""
        return bool(self._changes)

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute, which must exist. A model is also replaced in the routes that use it."""
        old = getattr(owner, name)
        setattr(owner, name, value)
        self.replacements.append(Replacement(owner, name, old))
        if isinstance(old, type) and issubclass(old, BaseModel):
            _replace_in_routes(old, value)

    def wrap(self, owner: Any, name: str, wrapper: Wrapper) -> None:
        """Replace a function with `wrapper(original)`."""
        self.replace(owner, name, wrapper(getattr(owner, name)))

    def change_responses(self, change: ResponseChange) -> None:
        """Change each response of the platform before it is sent. Responses of the control API are not changed."""
        self._changes.append(change)

    def wrap_app(self, app: ASGIApp) -> ASGIApp:
        """Return an application that changes the responses of this one before they are sent."""
        return _ResponseChanger(app, self._changes) if self._changes else app


def _replace_in_routes(old: type[BaseModel], new: type[BaseModel]) -> None:
    """Replace the model that the platform's routes use to read queries and bodies.

    A route's function refers to its models from the time it is imported, and the route keeps what it derived from them.
    """
    for route in operation_routes(*ROUTERS):
        hints = route.endpoint.__annotations__
        for parameter, hint in hints.items():
            model, *markers = get_args(hint) or (None,)
            if model is old:
                hints[parameter] = Annotated[(new, *markers)]
                route.__dict__.pop("_model_specs", None)


class _ResponseChanger:
    def __init__(self, app: ASGIApp, changes: list[ResponseChange]) -> None:
        self._app, self._changes = app, changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/api/v3" not in scope["path"] or "/_mock" in scope["path"]:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _buffer_response(scope, send, self._changes))


def _buffer_response(scope: Scope, send: Send, changes: list[ResponseChange]) -> Callable[[Message], Awaitable[None]]:
    response = WireResponse(0, [], b"")

    async def buffer(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status, response.headers = (
                message["status"],
                [(bytes(k).lower(), v) for k, v in message["headers"]],
            )
            return
        response.body += message.get("body", b"")
        if message.get("more_body"):
            return
        for change in changes:
            change(scope, response)
        if any(key == b"content-length" for key, _ in response.headers) or response.body:
            response.set("content-length", str(len(response.body)))
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body})

    return buffer


@dataclass(frozen=True)
class Defect:
    """One broken deployment: `story` says what is broken, and contracts of `rules` must detect it.

    `documentation` is the generation of the vendor's documentation that the deployment follows. `part` is the part of a
    rule that the defect breaks, such as `BEV-07.length`; if it is empty, `black_box_results.py` derives the part.
    """

    name: str
    rules: tuple[str, ...]
    apply: Callable[[Patch], None]
    story: str
    area: str
    documentation: Documentation = "older"
    part: str = ""


_DEFECTS: dict[str, Defect] = {}


def defect(
    *rules: str, documentation: Documentation = "older", part: str = ""
) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Register a function as a defect that contracts of these rules must catch. Its docstring is the story."""

    def register(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        name = apply.__name__
        if name in _DEFECTS:
            raise ValueError(f"there are two defects named {name}")
        if not rules or not apply.__doc__:
            raise ValueError(f"{name} has no rule or no docstring")
        if part and part.partition(".")[0] not in rules:
            raise ValueError(f"{part} is no part of a rule of {name}")
        area = apply.__module__.rpartition(".")[2]
        _DEFECTS[name] = Defect(name, rules, apply, " ".join(apply.__doc__.split()), area, documentation, part)
        return apply

    return register


@cache
def all_defects() -> dict[str, Defect]:
    """Return all defects by name, in the platform's order."""
    for module in MODULES:
        importlib.import_module(f"tests.defects.{module}")
    return dict(sorted(_DEFECTS.items(), key=lambda item: MODULES.index(item[1].area)))


def first_tier() -> dict[str, Defect]:
    """Return the defects that run on each change, by name, in the platform's order."""
    names = set(FIRST_TIER_FILE.read_text(encoding="utf-8").split())
    return {name: defect for name, defect in all_defects().items() if name in names}
