"""A run names partners by the given ids or by the IdToken's groups, never by the `id` of `GET /partners/` (PART-03)."""

from pathlib import Path

import pytest

from tests.contracts import suite_process
from tests.contracts.suite_process import EXAMPLES_AND_PROPERTIES, PERMISSION

RULES = ("PART-01", "PART-02", "PART-04", "BASE-11", "CR-01", "DEF-01")
USERS = ("--second-user", "agency@acme.example", "--second-partner", "partner-id-beta")
ADMIN = ("--admin-user", "admin@platform.example", "--partner", "partner-id-acme")


@pytest.mark.parametrize(
    "given",
    [(), ("--workers", "2"), ADMIN],
    ids=["no partner is given", "no partner is given, with workers", "the partner is given"],
)
def test_a_number_as_the_partners_id_breaks_no_rule(tmp_path: Path, given: tuple[str, ...]) -> None:
    options = ("--control", "none", *USERS, *given, "--profile", "smoke", *PERMISSION, *EXAMPLES_AND_PROPERTIES)
    chosen = [word for rule in (*RULES, "PART-03") for word in ("--rule", rule)]
    with suite_process.running_mock(numeric_client_id=True) as origin:
        tried = suite_process.run_contracts(tmp_path, origin, *options, *chosen)
    assert {rule: tried.verdicts[rule] for rule in RULES} == dict.fromkeys(RULES, "pass"), tried.out
    assert tried.code == 0
    assert "id of the record" in tried.out
