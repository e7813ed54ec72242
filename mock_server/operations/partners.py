"""Operations on the partner of the request's scope, and on the defaults of its new events and packages."""

from dataclasses import replace

from mock_server.domain import packages
from mock_server.domain.models import AttributionModel, EvaluationSettings, Partner, PartnerDefaults
from mock_server.operations import access
from mock_server.state.workspace import OperationCall


def get_partner(call: OperationCall) -> Partner:
    """Return the partner's record. See: PART-03."""
    return access.require_partner(call)


def set_attribution_model_default(call: OperationCall, model: AttributionModel) -> None:
    """Set the attribution model of events that are created from now on. Existing events keep their model.

    Implements: PART-05.
    """
    call.store.partners.put(replace(access.require_partner(call), attribution_model_default=model), call.cause)


def get_backhaul_defaults(call: OperationCall, partner_id: str) -> EvaluationSettings:
    """Return the initial settings of the partner's new packages. See: DEF-01."""
    access.require_scoped(call, partner_id)
    return current_defaults(call)


def set_backhaul_defaults(call: OperationCall, partner_id: str, settings: EvaluationSettings) -> EvaluationSettings:
    """Set the initial settings of new packages. Existing packages do not change.

    See: DEF-02.
    Implements: DEF-01.
    """
    access.require_scoped(call, partner_id)
    call.store.defaults.put(PartnerDefaults(partner_id, settings), call.cause)
    return settings


def current_defaults(call: OperationCall) -> EvaluationSettings:
    """Return the partner's current defaults, or the platform's own if none were posted. See: DEF-01, DEF-02."""
    posted = call.store.defaults.get(call.partner_id)
    return posted.settings if posted else packages.DEFAULT_SETTINGS
