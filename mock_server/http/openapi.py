"""The published OpenAPI document of the platform, and documents that FastAPI generates from routes."""

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRouter

from mock_server.http.endpoint import build_routes
from mock_server.http.older_pydantic import AliasWarning

FILE_NAME = "openapi.yaml"


def find_document() -> Traversable:
    """Find `openapi.yaml`, inside the installed package or at the top of a checkout."""
    packaged = resources.files("mock_server") / FILE_NAME
    return packaged if packaged.is_file() else Path(__file__).resolve().parents[2] / FILE_NAME


@cache
def read_yaml() -> bytes:
    """Return the platform's document as it was written."""
    return find_document().read_bytes()


@cache
def read_json() -> bytes:
    """The same document as JSON."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return json.dumps(yaml.load(read_yaml(), loader), ensure_ascii=False, default=str).encode()  # noqa: S506 - safe


def build_workspace_yaml(prefix: str) -> bytes:
    """Return the document with a workspace as its server. `prefix` is the prefix of the workspace's paths."""
    return read_yaml().replace(b"- url: /", f"- url: {prefix}/".encode(), 1)


def build_workspace_json(prefix: str) -> bytes:
    """The same document as JSON."""
    return read_json().replace(b'"url": "/', f'"url": "{prefix}/'.encode(), 1)


def generate(routers: Sequence[APIRouter], title: str, version: str) -> dict[str, Any]:
    """Return the document that FastAPI generates from the routes' signatures."""
    build_routes(routers)
    routes = [route for router in routers for route in router.routes]
    with without_alias_warnings():
        return get_openapi(title=title, version=version, routes=routes)


@contextmanager
def without_alias_warnings() -> Iterator[None]:
    """Silence pydantic's warning about FastAPI's alias "body". It occurs for models that are built late."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AliasWarning)
        yield
