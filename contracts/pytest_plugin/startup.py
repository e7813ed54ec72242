"""The start of a session: its options, its target, and the values that pytest-xdist workers get from it."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.pytest_plugin import har_recording
from contracts.pytest_plugin.collector import OUTCOME_COLLECTOR, OutcomeCollector, OutcomeListener
from contracts.pytest_plugin.fixtures import TARGET_SESSION
from contracts.pytest_plugin.hypothesis_profile import HOME
from contracts.pytest_plugin.item_outcomes import KNOWN_FAILURES
from contracts.pytest_plugin.redaction import RedactionPlugin
from contracts.pytest_plugin.selection import CATALOGUE, select_gotcha_rules, select_rules
from contracts.results import known_failures
from contracts.results.known_failures import KnownFailure, KnownFailuresError
from contracts.safety import session as safety
from contracts.schemathesis_runner.background import EarlyRunsPlugin
from contracts.spec.markers import KINDS
from contracts.spec.openapi import OpenApiSpec
from contracts.spec.rules import Documentation
from contracts.target import options
from contracts.target.documentation import FollowedDocumentation
from contracts.target.session import TargetSession
from contracts.target.stop_requests import STOP_REQUESTS

RUN_ID_KEY = "contracts_run_id"
STOP_REASON_KEY = "contracts_ended"
DOCUMENTATION_KEY = "contracts_documentation"
PARTNERS_KEY = "contracts_partners"
"""Keys of the values that the main process hands to its workers."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options of `contracts run`, prefixed with `contracts-`."""
    group = parser.getgroup("contracts", "contracts of the platform")
    for option in options.OPTIONS:
        group.addoption(f"--contracts-{option.name}", help=option.help, **option.parser_arguments)
    group.addoption("--contracts-kind", action="append", default=[], choices=KINDS, help=options.KIND_HELP)
    group.addoption("--contracts-fail-fast", action="store_true", help=options.FAIL_FAST_HELP)
    group.addoption("--contracts-reproducer", default=None, help="run only the stateful test of this reproducer")
    group.addoption("--contracts-run-id", default=None, help="id that marks the run's writes (default: random)")


def open_target(config: pytest.Config) -> None:
    """Open the session's target, and register the plugins that collect outcomes and undo writes. Raises UsageError.

    A worker of pytest-xdist is stopped by SIGINT, even if the run was started in the background and ignores SIGINT.
    """
    target_session = config.stash[TARGET_SESSION] = _open_target_session(config)
    target_session.hypothesis_home = config.stash[HOME].name
    har_recording.install(config, target_session)
    config.pluginmanager.register(RedactionPlugin(), "contracts-redaction")
    config.stash[KNOWN_FAILURES] = _load_known_failures(config)
    if is_worker(config):
        STOP_REQUESTS.install(even_if_ignored=True)
        if stop_reason(config):
            target_session.control = None
        generation, source = _worker_input(config)[DOCUMENTATION_KEY]
        target_session.documentation = FollowedDocumentation(Documentation(generation), source)
        target_session.partners.update(_worker_input(config)[PARTNERS_KEY])
    else:
        _start_collecting(config, target_session)
        if not config.getoption("contracts_fail_fast"):
            config.pluginmanager.register(EarlyRunsPlugin(target_session), "contracts-early-runs")
    safety.install_guard(config, target_session, config.stash.get(OUTCOME_COLLECTOR, None))


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def stop_reason(config: pytest.Config) -> str:
    """Return why contracts cannot run, according to the main process. The text is empty if they can."""
    if is_worker(config):
        return str(_worker_input(config).get(STOP_REASON_KEY, ""))
    collector = config.stash.get(OUTCOME_COLLECTOR, None)
    return "" if collector is None else collector.ended


def build_worker_input(config: pytest.Config) -> dict[str, Any]:
    """Return the values for a worker: the run id, why contracts cannot run, and what the preflight found out.

    With these values, the worker skips the preflight.
    """
    target_session = config.stash.get(TARGET_SESSION, None)
    if target_session is None:
        return {}
    documentation = target_session.documentation
    return {
        RUN_ID_KEY: target_session.target.run_id,
        STOP_REASON_KEY: stop_reason(config),
        DOCUMENTATION_KEY: [str(documentation.generation), documentation.source],
        PARTNERS_KEY: dict(target_session.partners),
    }


def _worker_input(config: pytest.Config) -> dict[str, Any]:
    """Return the values that the main process passed to this worker, which are empty in the main process."""
    worker_input: dict[str, Any] = getattr(config, "workerinput", {})
    return worker_input


def _open_target_session(config: pytest.Config) -> TargetSession:
    def get_option(name: str) -> Any:
        return config.getoption(f"contracts_{name.replace('-', '_')}")

    run_id = _worker_input(config).get(RUN_ID_KEY) or get_option("run-id") or secrets.token_hex(4)
    try:
        target = options.build_target(get_option, run_id, prompt=options.terminal_prompt())
        return TargetSession(target, OpenApiSpec.load())
    except options.OptionError as error:
        raise pytest.UsageError(str(error)) from error


def _load_known_failures(config: pytest.Config) -> Sequence[KnownFailure]:
    file = config.getoption("contracts_expectations")
    try:
        return known_failures.load(Path(file), config.stash[CATALOGUE]) if file else ()
    except KnownFailuresError as error:
        raise pytest.UsageError(f"--expectations: {error}") from error


def _start_collecting(config: pytest.Config, target_session: TargetSession) -> None:
    selected_rules = dict.fromkeys([*select_rules(config), *select_gotcha_rules(config)])
    collector = config.stash[OUTCOME_COLLECTOR] = OutcomeCollector(
        target_session, config.stash[CATALOGUE], tuple(selected_rules), config.stash[KNOWN_FAILURES]
    )
    config.pluginmanager.register(OutcomeListener(collector), "contracts-outcomes")
