"""Listing the permissions of a user. Rules: PERM-01 to PERM-04."""

import pytest

from mock_server.domain.permissions import PERMISSIONS
from tests.builders import ACME, BETA
from tests.example_requests import ROWS_PATH, a_client, an_anonymous_client, sorted_error_fields

PATH = "/permissions"
NEW_ROW = f"/campaign_results/?eid=evt_1&partner_id={ACME}&purchase=1&revenue=1"
ADMIN_ONLY = ["campaign_results:read", "campaign_results:write"]
FOR_EVERY_USER = [each for each in PERMISSIONS if each not in ADMIN_ONLY]
SCOPE_HEADER = {"X-Preferred-Partner-Id": ACME}


def read_permissions(client, partner_id=ACME):
    answer = client.send("GET", PATH, headers={"X-Preferred-Partner-Id": partner_id})
    assert answer.status_code == 200
    return answer.json()


def test_a_users_permissions_are_told_with_partner_and_groups():
    """Rules: PERM-01, PERM-02, PERM-04."""
    assert read_permissions(a_client()) == {
        "partner_id": ACME,
        "groups": [ACME],
        "permissions": list(PERMISSIONS),
        "Permissions": {"backhaul": True, "wave": False},
    }


def test_the_partner_is_the_scoped_one_and_the_groups_are_the_users():
    """Rule: PERM-02."""
    client = a_client("agency@acme.example")
    for partner_id in (ACME, BETA):
        assert read_permissions(client, partner_id)["partner_id"] == partner_id
        assert read_permissions(client, partner_id)["groups"] == [ACME, BETA]


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 403), ({"X-Preferred-Partner-Id": "partner-id-nobody"}, 403)], ids=["none", "nobody's"]
)
def test_permissions_need_a_scoped_partner(headers, status):
    """Rules: PART-01, PART-02."""
    assert a_client("agency@acme.example").send("GET", PATH, headers=headers).status_code == status


def test_permissions_need_a_token():
    """Rule: AUTH-04."""
    assert an_anonymous_client().send("GET", PATH).status_code == 401


@pytest.mark.parametrize(
    ("username", "permissions", "status"),
    [
        ("partner@acme.example", FOR_EVERY_USER, 403),
        ("agency@acme.example", FOR_EVERY_USER, 403),
        ("admin@platform.example", list(PERMISSIONS), 201),
    ],
    ids=["a partner", "an agency", "an admin"],
)
def test_what_is_kept_for_admins_is_told_to_admins_alone(username, permissions, status):
    """Rules: PERM-03, PERM-04."""
    client = a_client(username)
    client.control("PUT", "/quirks", json={"campaign_results_admin_only": True})
    assert read_permissions(client)["permissions"] == permissions
    assert client.send("POST", NEW_ROW, headers=SCOPE_HEADER).status_code == status


def test_a_refusal_names_the_permission_that_is_missing():
    """Rule: PERM-03."""
    client = a_client()
    client.control("PUT", "/quirks", json={"campaign_results_admin_only": True})
    for method, path, permission in (("GET", ROWS_PATH, ADMIN_ONLY[0]), ("POST", NEW_ROW, ADMIN_ONLY[1])):
        (entry,) = client.send(method, path).json()["validation_errors"]
        assert (entry["code"], entry["field"]) == ("permission", "Authorization")
        assert permission in entry["message"]


def test_the_quirk_is_seen_at_once_and_goes_with_a_reset():
    client = a_client()
    client.control("PUT", "/quirks", json={"campaign_results_admin_only": True})
    assert read_permissions(client)["permissions"] == FOR_EVERY_USER
    client.control("POST", "/reset", json={})
    assert read_permissions(client.sign_in())["permissions"] == list(PERMISSIONS)


def test_the_quirk_of_one_workspace_is_not_that_of_another():
    client = a_client()
    assert client.control("POST", "/workspaces", json={"name": "other"}).status_code == 201
    client.for_workspace("other").control("PUT", "/quirks", json={"campaign_results_admin_only": True})
    assert read_permissions(client)["permissions"] == list(PERMISSIONS)


def test_there_are_no_parameters():
    """Rule: BASE-08."""
    answer = a_client().send("GET", f"{PATH}?partner_id={ACME}")
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["partner_id"])
