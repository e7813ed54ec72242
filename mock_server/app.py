"""The composition root: nothing else puts parts together."""

from dataclasses import replace

from starlette.types import ASGIApp

from mock_server.api.edge import Edge
from mock_server.api.route import Table
from mock_server.api.routes import platform
from mock_server.domain.lifecycles import TIMINGS
from mock_server.operations import birth
from mock_server.runtime.clock import Clock, machine_now
from mock_server.runtime.tokens import SigningKey
from mock_server.runtime.workspace import Workspace, WorldSource
from mock_server.runtime.worlds.world import World
from mock_server.settings import Settings

DEFAULT_WORKSPACE = "default"


def create_workspace(settings: Settings, clock: Clock | None = None) -> Workspace:
    """A workspace on its first day. Raises BadWorld where the settings name a folder that holds none."""
    clock = clock or Clock(settings.now or machine_now(), settings.clock, settings.speed)
    workspace = Workspace(DEFAULT_WORKSPACE, clock, world_source(settings), TIMINGS[settings.timing], SigningKey())
    workspace.first_quirks = settings.quirks
    birth.begin(workspace, settings.seed, clock.now())
    return workspace


def create_app(settings: Settings, workspace: Workspace | None = None) -> ASGIApp:
    """The server as an ASGI application, of a workspace or of a new one."""
    edge = Edge(
        workspace or create_workspace(settings),
        Table(platform.router()),
        _control,
        control_token(settings),
        browsers=settings.cors,
    )
    return _with_cors(edge) if settings.cors else edge


def world_source(settings: Settings) -> WorldSource:
    """Where the settings' worlds come from."""
    if settings.world is not None:
        from mock_server.runtime.worlds import csv_files

        loaded = csv_files.read(settings.world)
        return lambda seed, birth_date: loaded
    from mock_server.runtime.worlds import sample

    return lambda seed, birth_date: _with_passwords(sample.sample(seed, birth_date), settings)


def control_token(settings: Settings) -> str | None:
    """What control requests must carry: nothing on loopback, the token beyond it, and without one all are refused."""
    return settings.control_token or (None if settings.on_loopback else "")


def _with_passwords(world: World, settings: Settings) -> World:
    """The sample's users, with the password that the settings name; beyond loopback none but with one."""
    if not settings.sample_password:
        return world if settings.on_loopback else replace(world, users={})
    password = settings.sample_password
    return replace(world, users={name: replace(user, password=password) for name, user in world.users.items()})


def _control() -> Table:
    from mock_server.control import routes

    return Table(routes.router())


def _with_cors(app: ASGIApp) -> ASGIApp:
    from starlette.middleware.cors import CORSMiddleware

    return CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["*"],
        expose_headers=["x-request-id"],
    )
