"""Runs schemathesis once or more, until its report covers enough operations to be meaningful."""

from collections.abc import Callable
from contextlib import closing

from contracts.schemathesis_runner import fuzz_context
from contracts.schemathesis_runner.command import RunSettings
from contracts.schemathesis_runner.findings import RunReport
from contracts.schemathesis_runner.fuzz_context import FuzzContext
from contracts.schemathesis_runner.process import EngineProcess
from contracts.schemathesis_runner.rule_mapping import PUBLIC_OPERATIONS
from contracts.spec.markers import Profile
from contracts.spec.owners import owner_of_operation
from contracts.spec.verdicts import BlockedError, InconclusiveError
from contracts.target.deployment import Deployment
from contracts.target.session import TargetSession

SettingsBuilder = Callable[[FuzzContext, Profile], RunSettings]
SEED_OFFSETS = (0, 10, 20)
"""The number that is added to the seed of each attempt. A random run is repeated if it reached too few operations.

Schemathesis 4.32 ends the stateful phase early, without a failure, when a replay uses an object that an earlier step
has deleted.
"""


class SchemathesisRun:
    """A run on one world. It starts when it is created, in its own process, so that other contracts can run meanwhile.

    Raises BlockedError if sign-in fails, or if too few requests of the budget are left.
    """

    def __init__(self, build_settings: SettingsBuilder, world: Deployment, target_session: TargetSession) -> None:
        self._world, self._target_session = world, target_session
        self._context = fuzz_context.build_context(world, target_session.target.control_token)
        self._settings = build_settings(self._context, target_session.target.profile)
        remaining = target_session.target.requests - target_session.request_counter.count
        if not world.is_sandbox and remaining < self._settings.max_requests:
            needed_requests = self._settings.max_requests
            raise BlockedError(
                f"needs up to {needed_requests} requests, but {max(remaining, 0)} are left: raise --requests"
            )
        self._first_process: EngineProcess | None = self._start(target_session.target.seed)

    def wait_for_report(self) -> RunReport:
        """Return the report. Raises BlockedError, InconclusiveError and EngineError."""
        return retry_until_reached(
            self._settings, self._attempt, self._target_session.target.seed, is_sandbox=self._world.is_sandbox
        )

    def close(self) -> None:
        """Stop the process if its report was not collected."""
        if self._first_process is not None:
            self._first_process.close()

    def _start(self, seed: int) -> EngineProcess:
        home = self._target_session.hypothesis_home
        return EngineProcess(self._settings, self._context, seed, self._world.api_spec, home)

    def _attempt(self, seed: int) -> RunReport:
        first_process, self._first_process = self._first_process, None
        with closing(first_process or self._start(seed)) as process:
            report = process.wait_for_report()
            if self._target_session.exchange_log is not None:
                process.log_exchanges(self._target_session.exchange_log)
        self._target_session.request_counter.count += report.request_count
        return report


def run_schemathesis(build_settings: SettingsBuilder, world: Deployment, target_session: TargetSession) -> RunReport:
    """Return the report. Raises BlockedError, InconclusiveError and EngineError."""
    with closing(SchemathesisRun(build_settings, world, target_session)) as run:
        return run.wait_for_report()


def retry_until_reached(
    settings: RunSettings, attempt: Callable[[int], RunReport], seed: int, *, is_sandbox: bool
) -> RunReport:
    """Return the first report that contains findings or reaches all required operations.

    If there is no such report, raise BlockedError, or InconclusiveError if another seed or other data might help, for
    the rules of the operations that were not reached.
    """
    unreached = settings.required_operations
    for offset in SEED_OFFSETS if settings.is_random else SEED_OFFSETS[:1]:
        report = attempt(seed + offset)
        unreached = settings.required_operations - report.reached
        if report.findings or not unreached:
            return report
        if not report.reached - PUBLIC_OPERATIONS:
            raise BlockedError("the target accepts no request from a signed-in user")
    rules = tuple(dict.fromkeys(map(owner_of_operation, sorted(unreached))))
    problem = f"no {settings.phases[-1]} request was accepted by {', '.join(sorted(unreached))}"
    if settings.is_random or not is_sandbox:
        raise InconclusiveError(problem, rules)
    raise BlockedError(problem, rules)
