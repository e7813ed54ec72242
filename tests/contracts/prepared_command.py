"""The command `contracts` with all that a run imports and reads, for processes that are forked."""

import importlib
import pkgutil

import httpcore2 as httpcore2
from _pytest.config import default_plugins

from contracts import dsl
from contracts import plugin as plugin
from contracts.cli import cleanup as cleanup
from contracts.cli import configuration as configuration
from contracts.cli import option_sources as option_sources
from contracts.cli import replay as replay
from contracts.spec import rules
from contracts.spec.openapi import OpenApiSpec

for name in default_plugins:
    importlib.import_module(f"_pytest.{name}")
for module in pkgutil.iter_modules(dsl.__path__):
    importlib.import_module(f"{dsl.__name__}.{module.name}")
rules.load()
OpenApiSpec.load()
