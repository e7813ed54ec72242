"""The types of responses, for annotations: each is a dictionary, as the control API's document describes it.

They are the types that the server builds its responses with. Importing this module imports the server's schemas, so
the client imports it for type checkers only.
"""

from mock_server.control.clock_schemas import ClockBody as ClockState
from mock_server.control.clock_schemas import ClockMove
from mock_server.control.clock_schemas import JobBody as Job
from mock_server.control.clock_schemas import RunUntilIdleResult as ClockMoveUntilIdle
from mock_server.control.explain.evaluation_schemas import EvaluationExplanation
from mock_server.control.explain.event_schemas import DailyExplanation, EventExplanation
from mock_server.control.explain.schemas import PackageExplanation
from mock_server.control.faults.schemas import FaultRuleBody as FaultRule
from mock_server.control.faults.schemas import FaultsBody as Faults
from mock_server.control.gotchas.schemas import GotchaBody as Gotcha
from mock_server.control.gotchas.schemas import TrapBody as Trap
from mock_server.control.health import HealthBody as Health
from mock_server.control.journal.client_checks import ClientChecksBody as ClientChecks
from mock_server.control.journal.schemas import JournalEntryBody as JournalEntry
from mock_server.control.journal.schemas import VerificationBody as Verification
from mock_server.control.package_states import PackageStateBody as PackageState
from mock_server.control.reports.schemas import ReportSummaryBody as ReportSummary
from mock_server.control.server_info import ServerBody as Server
from mock_server.control.snapshots.schemas import CheckpointsBody as CheckpointList
from mock_server.control.snapshots.schemas import NamedCheckpointBody as NamedCheckpoint
from mock_server.control.status import DocumentationBody as WorkspaceDocumentation
from mock_server.control.status import StatusBody as WorkspaceStatus
from mock_server.control.test_data_schemas import AddedCount
from mock_server.control.users import UserBody as User
from mock_server.control.workspaces.schemas import WorkspaceBody as WorkspaceInfo
from mock_server.platform_api.schemas.events import EventBody as Event
from mock_server.platform_api.schemas.packages import PackageDetailBody as PackageDetail
from mock_server.platform_api.schemas.signin import ChallengeBody as Challenge
from mock_server.platform_api.schemas.signin import RefreshedTokensBody as RefreshedTokens
from mock_server.platform_api.schemas.signin import TokensBody as Tokens

__all__ = [
    "AddedCount",
    "Challenge",
    "CheckpointList",
    "ClientChecks",
    "ClockMove",
    "ClockMoveUntilIdle",
    "ClockState",
    "DailyExplanation",
    "EvaluationExplanation",
    "Event",
    "EventExplanation",
    "FaultRule",
    "Faults",
    "Gotcha",
    "Health",
    "Job",
    "JournalEntry",
    "NamedCheckpoint",
    "PackageDetail",
    "PackageExplanation",
    "PackageState",
    "RefreshedTokens",
    "ReportSummary",
    "Server",
    "Tokens",
    "Trap",
    "User",
    "Verification",
    "WorkspaceDocumentation",
    "WorkspaceInfo",
    "WorkspaceStatus",
]
