"""A package's evaluation settings, and the result of its last completed evaluation."""

from mock_server.domain import lifecycles, packages
from mock_server.domain.errors import PackageNotReadyError, Problem
from mock_server.domain.lifecycles import READY
from mock_server.domain.models import ClusterEvaluation, EvaluationSettings
from mock_server.operations import access
from mock_server.state.workspace import OperationCall


def get_settings(call: OperationCall, package_id: str) -> EvaluationSettings:
    """How the package is evaluated. Rule: BEV-01."""
    return access.require_package(call, package_id).settings


def replace_settings(call: OperationCall, package_id: str, settings: EvaluationSettings) -> EvaluationSettings:
    """Save the settings and start an evaluation, every time. Rules: BEV-02, BEV-04, BEV-09.

    The job carries the settings' revision: when it falls due it publishes only if that is still the
    package's. Raises PackageNotReadyError unless the package is DONE.
    """
    package = access.require_package(call, package_id)
    if package.status != READY:
        raise PackageNotReadyError(
            Problem(
                "state",
                "package_id",
                f"the package is {package.status}; settings can be saved once it is {READY}",
            )
        )
    revision = call.ids.next_revision()
    call.store.packages.put(packages.with_settings(package, settings, revision), call.cause)
    due_at = lifecycles.add_duration(call.now, call.workspace.timing.evaluation)
    call.workspace.schedule("evaluation", package.id, due_at, generation=revision)
    return settings


def get_evaluation(call: OperationCall, package_id: str) -> tuple[ClusterEvaluation, ...]:
    """One row a cluster, of the last evaluation that completed; none before the first. Rule: BEV-03."""
    package = access.require_package(call, package_id)
    evaluation = call.store.evaluations.get(package.id)
    return evaluation.rows if evaluation else ()
