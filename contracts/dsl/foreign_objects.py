"""Objects of the other partner, and the operations that name an object."""

from contracts.dsl import assertions
from contracts.dsl.valid_requests import RecordIds, ValidRequest
from contracts.target.sandbox import Sandbox


def create_second_partner_things(sandbox: Sandbox) -> RecordIds:
    """Create two events of the other partner, each with a row, and two packages."""
    other = sandbox.second_partner_id
    event, sister = (sandbox.add_event(partner_id=other) for _ in range(2))
    packages = [sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)}, partner_id=other) for _ in range(2)]
    rows = {"eid": event, "partner_id": other, "purchase": "3", "revenue": "75.5"}
    created = sandbox.second_results_user.call("createCampaignResult", query=rows)
    row = assertions.read_body(created, 201)["id"]
    return RecordIds(event, sister, packages[0], packages[1], row)


def list_operations_naming_objects(requests: dict[str, ValidRequest]) -> list[str]:
    """Return the operations that name an event, a package or a row."""
    about_the_partner = {"setAttributionModelDefault", "setBackhaulDefaults", "getBackhaulDefaults"}
    candidates = [
        each for each in requests.values() if not each.public and ("{" in each.template or each.query or each.body)
    ]
    return [each.operation_id for each in candidates if each.operation_id not in about_the_partner]
