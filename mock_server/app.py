"""The composition root: only `create_app` puts the parts of the server together.

The application is an ordinary FastAPI application: `uvicorn --factory mock_server.app:create_app` serves it. You can
add middleware to it, mount it under a path, and run it without a lifespan. Its OpenAPI document describes the platform
only. See docs/decisions/0008-a-fastapi-application.md.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRouter
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from mock_server import __version__, secret_files, settings_flags
from mock_server.domain.lifecycles import TIMINGS
from mock_server.http import openapi
from mock_server.http.endpoint import CONTROL_PREFIX, PLATFORM_PREFIX, build_routes
from mock_server.http.gateway import Gateway
from mock_server.http.logs import AccessLog
from mock_server.http.metrics import Gauges, Metrics
from mock_server.http.observer import ObservedApplication
from mock_server.http.origins import AccessRules, HostCheck
from mock_server.http.router import OperationRouter
from mock_server.operations import bootstrap
from mock_server.platform_api import router as platform
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock, machine_epoch, machine_now, machine_seconds
from mock_server.state.documentation import build_quirks
from mock_server.state.journal_budget import JournalBudget
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace, WorldFactory
from mock_server.state.workspace_registry import DEFAULT_NAME, WORKSPACE_PREFIX, WorkspaceRegistry
from mock_server.worlds import sample_people
from mock_server.worlds.world import LAST_START, START_REQUIREMENT, Source, World, WorldError

if TYPE_CHECKING:
    from mock_server.storage.database import Database
    from mock_server.storage.workspaces import StoredWorkspaces

TITLE = "Wavetank mock server"
MAX_CACHED_WORLDS = 8
"""How many sample worlds are cached, for new workspaces with the same seed and start date."""


class MockServer(FastAPI):
    """A FastAPI application whose requests are answered by the gateway.

    `count_connections` returns how many connections are open, for metrics; None if the server does not tell it.
    FastAPI's routes are used only for the OpenAPI document, for the attribute `routes`, and by middleware that looks at
    routes. They are added on first use (`_add_routes`, about 140 ms), so that they do not slow down start-up.
    """

    def __init__(self, gateway: ASGIApp, lifespan: Lifespan["MockServer"] | None = None) -> None:
        super().__init__(
            title=TITLE, version=__version__, openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan
        )
        self.gateway = gateway
        self.count_connections: Callable[[], int] | None = None
        self._has_routes = False
        self.router.middleware_stack = self._answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through the middleware, or directly to the gateway if there is no middleware."""
        if scope["type"] == "http" and not self.user_middleware and "build_middleware_stack" not in self.__dict__:
            await self.gateway(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    @property
    def routes(self) -> list[BaseRoute]:
        """All routes: the platform's, the control API's, then both again under the prefix of a workspace."""
        self._add_routes()
        return super().routes

    def openapi(self) -> dict[str, Any]:
        """The platform's OpenAPI document as FastAPI generates it. The server publishes `openapi.yaml` instead."""
        with openapi.without_alias_warnings():
            return super().openapi()

    def build_middleware_stack(self) -> ASGIApp:
        """Build FastAPI's middleware around the gateway."""
        self._add_routes()
        return super().build_middleware_stack()

    def _add_routes(self) -> None:
        """Add FastAPI's routes and build their state, once."""
        if self._has_routes:
            return
        self._has_routes = True
        from mock_server.control import router as control

        server_routers = (*control.WORKSPACE_ROUTERS, *control.SERVER_ROUTERS)
        build_routes((*platform.ROUTERS, *server_routers))
        workspace = f"{WORKSPACE_PREFIX}/{{workspace}}"
        self._include(platform.ROUTERS, PLATFORM_PREFIX, in_schema=True)
        self._include(server_routers, CONTROL_PREFIX)
        self._include(platform.ROUTERS, workspace + PLATFORM_PREFIX)
        self._include(control.WORKSPACE_ROUTERS, workspace + CONTROL_PREFIX)
        build_routes([self.router])  # some versions of FastAPI copy the routes that they include

    def _include(self, routers: Sequence[APIRouter], prefix: str, *, in_schema: bool = False) -> None:
        for router in routers:
            self.include_router(router, prefix=prefix, include_in_schema=in_schema)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request after all of FastAPI's middleware."""
        if scope["type"] == "http":
            await self.gateway(scope, receive, send)
        else:
            await self.router.app(scope, receive, send)


def create_app(
    settings: Settings | None = None,
    workspace: Workspace | None = None,
    seconds: Callable[[], float] = machine_seconds,
    stored: "StoredWorkspaces | None" = None,
    is_ready: Callable[[], Awaitable[bool]] | None = None,
) -> MockServer:
    """Return the server as a FastAPI application.

    If `settings` is None, the settings are read from the environment: each flag of `mock-server serve` can be set by a
    variable MOCK_SERVER_NAME. Pass `Settings()` for the defaults. `workspace` is the default workspace; if None, it is
    created from the settings, or read from the database that they name. `seconds` returns the machine's monotonic
    seconds, which decide when a workspace is idle. `stored` are the workspaces of the database that has `workspace`.
    `is_ready` returns whether the state of the workspaces can be read and written; by default, the database is asked,
    and in memory, it always can. Raises WorldError if the settings name a folder that contains no valid world,
    StorageSetupError if the database cannot be used, SecretFileError if a file with a secret cannot, StateFileError if
    the settings name an invalid snapshot, and MetricsUnavailableError if metrics are enabled and a package is missing.
    `--save-on-exit` needs the lifespan of ASGI; `mock-server serve` saves the state itself.
    """
    settings = secret_files.provide(settings_flags.read_environment(os.environ)) if settings is None else settings
    if workspace is None:
        opened = open_state(settings)
        workspace, stored = opened.workspace, opened.stored
    # In a database, workspaces expire by the time of all servers.
    workspaces = WorkspaceRegistry(workspace, settings.max_workspaces, seconds if stored is None else lambda: 0.0)
    if stored is not None:
        stored.start(workspaces)
    gateway = Gateway(
        workspaces,
        platform.build_router(settings.max_file_bytes),
        lambda: _build_control(settings, workspaces, parts),
        AccessRules(control_token(settings), settings.cors, build_host_check(settings)),
        stored,
    )
    metrics = Metrics(lambda: _read_gauges(application, workspaces)) if settings.metrics else None
    observers = [*([metrics] if metrics else ()), *([AccessLog()] if settings.access_log else ())]
    observed = ObservedApplication(gateway, gateway.locate, observers, seconds) if observers else gateway
    application = MockServer(observed, _build_lifespan(workspaces.default, settings.save_on_exit))
    ready = is_ready or (_is_ready if stored is None else stored.is_ready)
    parts = ControlParts(application, ready, metrics, stored)
    if settings.cors:
        _add_cors(application, gateway)
    return application


@dataclass(frozen=True, slots=True)
class OpenedState:
    """The default workspace, and the workspaces of the database, None without one.

    `was_stored` says whether the database had the default workspace already.
    """

    workspace: Workspace
    stored: "StoredWorkspaces | None" = None
    was_stored: bool = False


def open_state(settings: Settings) -> OpenedState:
    """Open the database that the settings name, and return the default workspace. Without one, create it in memory.

    Raises StorageSetupError, WorldError.
    """
    database = open_database(settings)
    if database is None:
        return OpenedState(create_workspace(settings))
    from mock_server.storage.database import StorageError, StorageSetupError, explain
    from mock_server.storage.opening import WorldSources
    from mock_server.storage.workspaces import StoredWorkspaces

    sample, own = build_sample_factory(settings), build_world_factory(settings)
    sources: dict[Source, WorldFactory] = {"sample": sample}
    if settings.world_folder is not None:
        sources["csv"] = own
    journal = Journal(settings.journal_capacity, JournalBudget(settings.journal_bytes))

    def build(key: SigningKey) -> Workspace:
        return create_workspace(settings, key=key, world_factory=own, journal=journal)

    try:
        stored = StoredWorkspaces(database, WorldSources(sources), machine_epoch)
        workspace, was_stored = stored.open_default(build, journal)
        if was_stored and not settings.on_loopback:
            _refuse_known_password(database, settings)
    except StorageError as error:
        database.close()
        raise StorageSetupError(f"{database.description}: {explain(error)}") from error
    except BaseException:
        database.close()
        raise
    return OpenedState(workspace, stored, was_stored)


def _refuse_known_password(database: "Database", settings: Settings) -> None:
    """Raise StorageSetupError if the database has sample users of a server on loopback, whose password is known."""
    from mock_server.storage import worlds
    from mock_server.storage.database import StorageSetupError

    known = sample_people.PASSWORD
    if settings.sample_password != known and database.run_now(lambda cursor: worlds.has_user_with(cursor, known)):
        raise StorageSetupError(
            f"{database.description}: its sample users have the password {known}, so it is served on loopback only; "
            "to serve other hosts, start with a new database and --sample-password"
        )


def open_database(settings: Settings) -> "Database | None":
    """Open the database that the settings name, if any. Raises StorageSetupError."""
    if settings.data is not None:
        from mock_server.storage.sqlite import SqliteDatabase

        return SqliteDatabase(settings.data)
    if settings.database_url is not None:
        from mock_server.storage.postgres import PostgresDatabase

        return PostgresDatabase(settings.database_url)
    return None


def create_workspace(
    settings: Settings,
    clock: WorkspaceClock | None = None,
    *,
    key: SigningKey | None = None,
    world_factory: WorldFactory | None = None,
    journal: Journal | None = None,
) -> Workspace:
    """A default workspace at its start time, or in the state of a snapshot. The settings give what is missing.

    Raises WorldError if the settings name a folder without a world, or a start time that is too late for a world, and
    StateFileError if they name a file that is no snapshot of the world, or one that cannot be written.
    """
    if settings.now is not None and settings.now > LAST_START:
        raise WorldError(f"now {START_REQUIREMENT}")
    clock = clock or WorkspaceClock(settings.now or machine_now(), settings.clock_mode, settings.speed)
    factory, timing = world_factory or build_world_factory(settings), TIMINGS[settings.timing]
    workspace = Workspace(DEFAULT_NAME, clock, factory, timing, key or SigningKey())
    workspace.initial_documentation = settings.documentation
    workspace.initial_quirks = build_quirks(settings.documentation, settings.quirks)
    workspace.initial_limits = settings.limits
    workspace.journal = journal or Journal(settings.journal_capacity, JournalBudget(settings.journal_bytes))
    bootstrap.bootstrap(workspace, settings.seed, clock.now())
    if settings.snapshot_file or settings.save_on_exit:
        _prepare_files(workspace, settings)
    return workspace


def _prepare_files(workspace: Workspace, settings: Settings) -> None:
    """Load the snapshot, and check that one can be saved. The snapshot may be absent if it is saved at the exit."""
    from mock_server.control.snapshots import files

    snapshot_file, save_on_exit = settings.snapshot_file, settings.save_on_exit
    if save_on_exit is not None:
        files.require_writable(save_on_exit)
        workspace.turn.abandons_work = False
    if snapshot_file is None:
        return
    is_saved_there = save_on_exit is not None and snapshot_file.resolve() == save_on_exit.resolve()
    if snapshot_file.exists() or not is_saved_there:
        files.load(workspace, snapshot_file)


def build_world_factory(settings: Settings) -> WorldFactory:
    """Return the source of worlds that the settings select: the sample, or a folder of CSV files."""
    if settings.world_folder is not None:
        from mock_server.worlds import csv_files

        world = csv_files.read(settings.world_folder)
        return lambda seed, start_date: world
    return build_sample_factory(settings)


def build_sample_factory(settings: Settings) -> WorldFactory:
    """Return the source of sample worlds.

    If the server does not listen on loopback, the worlds have no users unless a password is set.
    """
    password = settings.sample_password
    return lambda seed, start_date: _load_sample(seed, start_date, password, settings.on_loopback)


def control_token(settings: Settings) -> str | None:
    """Return the token that control requests must send: None if no token is needed, "" if all requests are refused."""
    return settings.control_token or (None if settings.on_loopback else "")


def build_host_check(settings: Settings) -> HostCheck | None:
    """Return the check of the `Host` header; None if there is none, beyond loopback without allowed hosts."""
    if settings.on_loopback or settings.allowed_hosts:
        return HostCheck(settings.allowed_hosts, checks_every_address=not settings.on_loopback)
    return None


@lru_cache(MAX_CACHED_WORLDS)
def _load_sample(seed: int, start_date: date, password: str | None, on_loopback: bool) -> World:
    """Return the same object for the same arguments, so that workspaces share the data that never change."""
    from mock_server.worlds import sample

    world = sample.build_sample(seed, start_date)
    if not password:
        return world if on_loopback else replace(world, users={})
    return replace(world, users={name: replace(user, password=password) for name, user in world.users.items()})


class ControlParts(NamedTuple):
    """What the control API needs of the server: see `ControlServer`."""

    application: ASGIApp
    is_ready: Callable[[], Awaitable[bool]]
    metrics: Metrics | None
    stored: "StoredWorkspaces | None"


async def _is_ready() -> bool:
    return True


def _read_gauges(application: MockServer, workspaces: WorkspaceRegistry) -> Gauges:
    """Return the present state of the server, for metrics."""
    default, count = workspaces.default, application.count_connections
    return Gauges(len(workspaces) + 1, default.journal.budget.used, default.job_counts, count and count())


def _build_control(
    settings: Settings, workspaces: WorkspaceRegistry, parts: ControlParts
) -> tuple[OperationRouter, OperationRouter, object]:
    """Build the control API's routers, for workspaces and for the server, on the first control request."""
    from mock_server.control import router as control
    from mock_server.control.reports.keeping import open_named_checkpoints, open_reports
    from mock_server.control.stream.hub import Streams
    from mock_server.control.workspaces.factory import WorkspaceFactory
    from mock_server.control.workspaces.server import ControlServer

    factory = WorkspaceFactory(workspaces, settings.seed, build_sample_factory(settings))
    application, is_ready, metrics, stored = parts
    database = None if stored is None else stored.database
    open_stream = Streams(workspaces, stored, settings.max_streams).for_workspace
    has_known_passwords = settings.on_loopback and settings.sample_password is None
    server = ControlServer(
        factory,
        application,
        control_token(settings),
        is_ready,
        open_reports(database),
        open_named_checkpoints(database),
        open_stream,
        has_known_passwords,
        metrics,
        stored,
    )
    server_routers = (*control.WORKSPACE_ROUTERS, *control.SERVER_ROUTERS)
    return OperationRouter(*control.WORKSPACE_ROUTERS), OperationRouter(*server_routers), server


def _build_lifespan(workspace: Workspace, save_on_exit: Path | None) -> Lifespan[MockServer] | None:
    """Return a lifespan that saves the state when the server stops, for servers other than `mock-server serve`."""
    if save_on_exit is None:
        return None

    @asynccontextmanager
    async def save_at_shutdown(application: MockServer) -> AsyncIterator[None]:
        from mock_server.control.snapshots import files

        yield
        files.save(workspace, save_on_exit)

    return save_at_shutdown


def _add_cors(application: FastAPI, gateway: Gateway) -> None:
    from mock_server.http.cors import PageAccess

    application.add_middleware(PageAccess, is_refused=gateway.refuses)
