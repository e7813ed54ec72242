"""Operations on a package's evaluation: its settings, and the result of the last completed run."""

from mock_server.domain import lifecycles, packages
from mock_server.domain.errors import PackageNotReadyError, Problem
from mock_server.domain.lifecycles import READY
from mock_server.domain.models import ClusterEvaluation, EvaluationSettings
from mock_server.operations import access
from mock_server.state.workspace import OperationCall


def get_settings(call: OperationCall, package_id: str) -> EvaluationSettings:
    """Return the package's evaluation settings. See: BEV-01."""
    return access.require_package(call, package_id).settings


def replace_settings(call: OperationCall, package_id: str, settings: EvaluationSettings) -> EvaluationSettings:
    """Save the settings and start an evaluation, even if they are unchanged.

    The job carries the revision of the saved settings. It publishes its result only if the package still has this
    revision when the job falls due (`due_jobs.publish_evaluation`). Raises PackageNotReadyError unless the package
    is DONE.

    See: BEV-04.
    Implements: BEV-02, BEV-09.
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
    """Return the rows of the last completed evaluation, one for each cluster; none if no evaluation has completed.

    Implements: BEV-03.
    """
    package = access.require_package(call, package_id)
    evaluation = call.store.evaluations.get(package.id)
    return evaluation.rows if evaluation else ()
