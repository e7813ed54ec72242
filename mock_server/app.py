"""The composition root: nothing else puts parts together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache

from starlette.types import ASGIApp

from mock_server.domain.lifecycles import TIMINGS
from mock_server.http.endpoint import Table
from mock_server.http.gateway import Edge
from mock_server.operations import bootstrap
from mock_server.platform_api import router as platform
from mock_server.settings import Settings
from mock_server.state.clock import Clock, machine_now, machine_seconds
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace, WorldSource
from mock_server.state.workspace_registry import DEFAULT, Workspaces
from mock_server.worlds.world import World

MOST_WORLDS = 8
"""How many sample worlds are kept for workspaces that may ask for them again."""


def create_workspace(settings: Settings, clock: Clock | None = None) -> Workspace:
    """A workspace on its first day. Raises BadWorld where the settings name a folder that holds none."""
    clock = clock or Clock(settings.now or machine_now(), settings.clock, settings.speed)
    workspace = Workspace(DEFAULT, clock, world_source(settings), TIMINGS[settings.timing], SigningKey())
    workspace.first_quirks = settings.quirks
    workspace.first_limits = settings.limits
    workspace.journal = Journal(settings.journal)
    bootstrap.begin(workspace, settings.seed, clock.now())
    return workspace


def create_app(
    settings: Settings, workspace: Workspace | None = None, seconds: Callable[[], float] = machine_seconds
) -> ASGIApp:
    """The server as an ASGI application, its default workspace the given one or a new one."""
    workspaces = Workspaces(workspace or create_workspace(settings), settings.max_workspaces, seconds)
    edge: Edge = Edge(
        workspaces,
        Table(platform.router()),
        lambda: _control(settings, workspaces, edge),
        control_token(settings),
        browsers=settings.cors,
    )
    return _with_cors(edge) if settings.cors else edge


def world_source(settings: Settings) -> WorldSource:
    """Where the settings' worlds come from."""
    if settings.world is not None:
        from mock_server.worlds import csv_files

        loaded = csv_files.read(settings.world)
        return lambda seed, birth_date: loaded
    return sample_source(settings)


def sample_source(settings: Settings) -> WorldSource:
    """Where the sample comes from, with the password that the settings name; beyond loopback no user but with one."""
    password = settings.sample_password
    return lambda seed, birth_date: _sample(seed, birth_date, password, settings.on_loopback)


def control_token(settings: Settings) -> str | None:
    """What control requests must carry: nothing on loopback, the token beyond it, and without one all are refused."""
    return settings.control_token or (None if settings.on_loopback else "")


@lru_cache(MOST_WORLDS)
def _sample(seed: int, birth_date: date, password: str | None, on_loopback: bool) -> World:
    """The same world each time, so that workspaces of one seed and birth date share what never changes."""
    from mock_server.worlds import sample

    world = sample.sample(seed, birth_date)
    if not password:
        return world if on_loopback else replace(world, users={})
    return replace(world, users={name: replace(user, password=password) for name, user in world.users.items()})


def _control(settings: Settings, workspaces: Workspaces, server: ASGIApp) -> tuple[Table, Table]:
    from mock_server.control import router as routes
    from mock_server.control.gotchas import routes as gotcha_routes
    from mock_server.control.gotchas.traps import Stage
    from mock_server.control.workspaces import fork_routes
    from mock_server.control.workspaces import routes as workspace_routes
    from mock_server.control.workspaces.factory import Maker

    maker = Maker(workspaces, settings.seed, sample_source(settings))
    of_any = routes.router()
    fork_routes.declare(of_any, workspaces)
    of_server = workspace_routes.router(maker)
    gotcha_routes.declare(of_server, Stage(maker, server, control_token(settings)))
    return Table(of_any), Table(of_any, of_server)


def _with_cors(app: ASGIApp) -> ASGIApp:
    from starlette.middleware.cors import CORSMiddleware

    return CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["*"],
        expose_headers=["x-request-id"],
    )
