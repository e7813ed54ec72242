"""The build hook of the wheel: ships a copy of `openapi.yaml` in each package.

`force-include` in pyproject.toml can give a file one place in the wheel only.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("contracts", "mock_server")


class OpenApiHook(BuildHookInterface[Any]):
    """Adds `openapi.yaml` to the packages of a wheel; an editable install reads the checkout's file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add a temporary copy for each package to the files of the wheel."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        for package in PACKAGES:
            copy = Path(self._folder.name) / f"{package}.yaml"
            shutil.copyfile(Path(self.root) / "openapi.yaml", copy)
            build_data["force_include"][str(copy)] = f"{package}/openapi.yaml"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the copies."""
        if version != "editable":
            self._folder.cleanup()
