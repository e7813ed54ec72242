"""The scoped partner, and what its new events and packages start with."""

from dataclasses import replace

from mock_server.domain import packages
from mock_server.domain.models import AttributionModel, EvaluationSettings, Partner, PartnerDefaults
from mock_server.operations import access
from mock_server.state.workspace import OperationCall


def get_partner(call: OperationCall) -> Partner:
    """The scoped partner's record. Rule: PART-03."""
    return access.require_partner(call)


def set_attribution_model_default(call: OperationCall, model: AttributionModel) -> None:
    """Set what events created later start with; those that exist keep theirs. Rule: PART-05."""
    call.store.partners.put(replace(access.require_partner(call), attribution_model_default=model), call.cause)


def get_backhaul_defaults(call: OperationCall, partner_id: str) -> EvaluationSettings:
    """What the partner's new packages start with. Rule: DEF-01."""
    access.require_scoped(call, partner_id)
    return current_defaults(call)


def set_backhaul_defaults(call: OperationCall, partner_id: str, settings: EvaluationSettings) -> EvaluationSettings:
    """Set what new packages start with; no package that exists is touched. Rules: DEF-01, DEF-02."""
    access.require_scoped(call, partner_id)
    call.store.defaults.put(PartnerDefaults(partner_id, settings), call.cause)
    return settings


def current_defaults(call: OperationCall) -> EvaluationSettings:
    """The defaults of this moment, the platform's own before any POST. Rules: DEF-01, DEF-02."""
    posted = call.store.defaults.get(call.partner_id)
    return posted.settings if posted else packages.DEFAULT_SETTINGS
