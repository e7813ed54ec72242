"""Which partner a request acts for. Rules: PART-01, PART-02, PART-06."""

import pytest

from mock_server.domain import scoping
from mock_server.domain.errors import NotAuthorizedError

KNOWN = {"partner-id-acme", "partner-id-beta", "fd1042"}


@pytest.mark.parametrize(
    ("groups", "wanted", "scoped"),
    [
        pytest.param(["partner-id-acme"], None, "partner-id-acme", id="the only partner"),
        pytest.param(["partner-id-acme"], "partner-id-acme", "partner-id-acme", id="the only partner, named"),
        pytest.param(["partner-id-acme", "fd1042"], "fd1042", "fd1042", id="one of two"),
        pytest.param(["fd-admin"], "partner-id-beta", "partner-id-beta", id="an admin may name any partner"),
        pytest.param(["partner-id-acme", "external-user"], None, "partner-id-acme", id="with a special group too"),
    ],
)
def test_a_user_is_scoped_to_a_partner_of_theirs(groups: list[str], wanted: str | None, scoped: str) -> None:
    assert scoping.resolve_partner(groups, KNOWN, wanted) == scoped


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        pytest.param(["partner-id-acme"], "partner-id-beta", id="another partner"),
        pytest.param(["partner-id-acme", "fd1042"], None, id="several, none named"),
        pytest.param(["fd-admin"], None, id="an admin who names no partner"),
        pytest.param(["fd-admin", "partner-id-acme"], None, id="an admin with a partner of their own who names none"),
        pytest.param(["fd-admin"], "partner-id-nobody", id="an admin who names an unknown partner"),
        pytest.param(["external-user"], None, id="no partner"),
        pytest.param(["partner-id-gone"], None, id="a group of an unknown partner"),
        pytest.param(["partner-id-acme"], "", id="an empty header"),
    ],
)
def test_all_else_is_refused(groups: list[str], wanted: str | None) -> None:
    with pytest.raises(NotAuthorizedError):
        scoping.resolve_partner(groups, KNOWN, wanted)
