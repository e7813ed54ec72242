"""Resolves the partner that a user's request is scoped to."""

from collections.abc import Container, Sequence

from mock_server.domain.errors import NotAuthorizedError, Problem

ADMIN_GROUP = "fd-admin"
PARTNER_HEADER = "X-Preferred-Partner-Id"


def resolve_partner(groups: Sequence[str], known: Container[str], wanted: str | None) -> str:
    """Return the id of the partner that the header names (`wanted`), or of the user's only partner.

    `groups` are the user's groups, and `known` the ids of all partners. An admin must name a partner and may name any.
    Raises NotAuthorizedError.

    Implements: PART-01, PART-02, PART-06.
    """
    if ADMIN_GROUP in groups:
        if wanted is not None and wanted in known:
            return wanted
        raise _scope_error("an admin must name an existing partner")
    own = [group for group in groups if group in known]
    if wanted is None and len(own) == 1:
        return own[0]
    if wanted is not None and wanted in own:
        return wanted
    raise _scope_error(f"must be one of: {', '.join(own)}" if own else "the user has no partner")


def _scope_error(reason: str) -> NotAuthorizedError:
    return NotAuthorizedError(Problem("scope", PARTNER_HEADER, f"{PARTNER_HEADER}: {reason}"))
