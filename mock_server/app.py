"""The composition root: nothing else puts parts together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from starlette.types import ASGIApp

from mock_server.domain.lifecycles import TIMINGS
from mock_server.http.endpoint import OperationRouter
from mock_server.http.gateway import Gateway
from mock_server.operations import bootstrap
from mock_server.platform_api import router as platform
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock, machine_now, machine_seconds
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace, WorldFactory
from mock_server.state.workspace_registry import DEFAULT_NAME, WorkspaceRegistry
from mock_server.worlds.world import World

MAX_CACHED_WORLDS = 8
"""How many sample worlds are kept for workspaces that may ask for them again."""


def create_workspace(settings: Settings, clock: WorkspaceClock | None = None) -> Workspace:
    """A workspace on its first day. Raises WorldError where the settings name a folder that holds none."""
    clock = clock or WorkspaceClock(settings.now or machine_now(), settings.clock_mode, settings.speed)
    workspace = Workspace(DEFAULT_NAME, clock, build_world_factory(settings), TIMINGS[settings.timing], SigningKey())
    workspace.initial_quirks = settings.quirks
    workspace.initial_limits = settings.limits
    workspace.journal = Journal(settings.journal_capacity)
    bootstrap.bootstrap(workspace, settings.seed, clock.now())
    return workspace


def create_app(
    settings: Settings, workspace: Workspace | None = None, seconds: Callable[[], float] = machine_seconds
) -> ASGIApp:
    """The server as an ASGI application, its default workspace the given one or a new one."""
    workspaces = WorkspaceRegistry(workspace or create_workspace(settings), settings.max_workspaces, seconds)
    gateway: Gateway = Gateway(
        workspaces,
        OperationRouter(platform.build_router()),
        lambda: _build_control_routers(settings, workspaces, gateway),
        control_token(settings),
        allow_browsers=settings.cors,
    )
    return _add_cors(gateway) if settings.cors else gateway


def build_world_factory(settings: Settings) -> WorldFactory:
    """Where the settings' worlds come from."""
    if settings.world_folder is not None:
        from mock_server.worlds import csv_files

        loaded = csv_files.read(settings.world_folder)
        return lambda seed, birth_date: loaded
    return build_sample_factory(settings)


def build_sample_factory(settings: Settings) -> WorldFactory:
    """Where the sample comes from, with the password that the settings name; beyond loopback no user but with one."""
    password = settings.sample_password
    return lambda seed, birth_date: _load_sample(seed, birth_date, password, settings.on_loopback)


def control_token(settings: Settings) -> str | None:
    """What control requests must carry: nothing on loopback, the token beyond it, and without one all are refused."""
    return settings.control_token or (None if settings.on_loopback else "")


@lru_cache(MAX_CACHED_WORLDS)
def _load_sample(seed: int, start_date: date, password: str | None, on_loopback: bool) -> World:
    """The same world each time, so that workspaces of one seed and birth date share what never changes."""
    from mock_server.worlds import sample

    world = sample.build_sample(seed, start_date)
    if not password:
        return world if on_loopback else replace(world, users={})
    return replace(world, users={name: replace(user, password=password) for name, user in world.users.items()})


def _build_control_routers(
    settings: Settings, workspaces: WorkspaceRegistry, application: ASGIApp
) -> tuple[OperationRouter, OperationRouter]:
    from mock_server.control import router as routes
    from mock_server.control.gotchas import routes as gotcha_routes
    from mock_server.control.gotchas.traps import TrapEnvironment
    from mock_server.control.workspaces import fork_routes
    from mock_server.control.workspaces import routes as workspace_routes
    from mock_server.control.workspaces.factory import WorkspaceFactory

    factory = WorkspaceFactory(workspaces, settings.seed, build_sample_factory(settings))
    workspace_router = routes.build_router()
    fork_routes.declare(workspace_router, workspaces)
    server_router = workspace_routes.build_router(factory)
    gotcha_routes.declare(server_router, TrapEnvironment(factory, application, control_token(settings)))
    return OperationRouter(workspace_router), OperationRouter(workspace_router, server_router)


def _add_cors(app: ASGIApp) -> ASGIApp:
    from starlette.middleware.cors import CORSMiddleware

    return CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["*"],
        expose_headers=["x-request-id"],
    )
