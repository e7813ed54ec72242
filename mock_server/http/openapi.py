"""Publication: the yaml as it stands, and the document that the app would have generated, for the lock."""

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRouter
from pydantic.warnings import UnsupportedFieldAttributeWarning

FILE_NAME = "openapi.yaml"


def find_document() -> Path:
    """Where `openapi.yaml` stands: at a checkout's top, or in an installed copy beside the catalogue of rules."""
    top = Path(__file__).resolve().parent.parent.parent
    return top / FILE_NAME if (top / FILE_NAME).exists() else top / "contracts" / FILE_NAME


@cache
def read_yaml() -> bytes:
    """The platform's document, as it was written."""
    return find_document().read_bytes()


@cache
def read_json() -> bytes:
    """The same document as JSON."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return json.dumps(yaml.load(read_yaml(), loader), ensure_ascii=False, default=str).encode()  # noqa: S506 - safe


def build_workspace_yaml(prefix: str) -> bytes:
    """The document as a workspace shows it: the server that it names is the workspace, so that its readers stay there.

    `prefix` is what the workspace's paths begin with.
    """
    return read_yaml().replace(b"- url: /", f"- url: {prefix}/".encode(), 1)


def build_workspace_json(prefix: str) -> bytes:
    """The same as JSON."""
    return read_json().replace(b'"url": "/', f'"url": "{prefix}/'.encode(), 1)


def generate(router: APIRouter, title: str, version: str) -> dict[str, Any]:
    """The document that FastAPI makes of a router's signatures. The platform's is never shown."""
    with warnings.catch_warnings():
        # Models that are built late have pydantic say that FastAPI's alias "body" is not theirs; it is not.
        warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)
        return get_openapi(title=title, version=version, routes=router.routes)
