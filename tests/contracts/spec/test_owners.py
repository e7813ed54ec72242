"""Each element of a response has an owner: a rule, or a part of one, that the catalogue contains."""

from contracts.spec import owners, rules
from contracts.spec.openapi import OpenApiSpec

API_SPEC = OpenApiSpec.load()
CATALOGUE = rules.load()


def test_each_operation_has_a_rule_that_applies_to_it() -> None:
    assert owners.RULE_BY_OPERATION.keys() == API_SPEC.operations.keys()
    for operation_id, rule_id in owners.RULE_BY_OPERATION.items():
        assert CATALOGUE.rule(rule_id).applies_to(operation_id), operation_id


def test_reads_are_the_operations_of_get_and_writes_are_the_others() -> None:
    by_get = {name for name, operation in API_SPEC.operations.items() if operation.method == "GET"}
    assert owners.READ_RULES.keys() == by_get


def test_each_schema_has_a_rule_that_the_document_names_there() -> None:
    schemas = API_SPEC.document["components"]["schemas"]
    for name, owner in owners.OWNER_BY_SCHEMA.items():
        rule_id = owners.rule_of(owner)
        assert rule_id in schemas[name].get("x-requirements", [rule_id]), name


def test_each_owner_is_in_the_catalogue() -> None:
    named = [
        *owners.OWNER_BY_SCHEMA.values(),
        *owners.OWNER_BY_MEMBER.values(),
        *owners.OWNER_BY_HEADER.values(),
        *owners.OWNER_BY_STATUS.values(),
        owners.FORBIDDEN_MEMBER_OWNER,
        owners.DATE,
        owners.OTHER_REFUSAL,
        owners.OTHER_REDIRECT,
        owners.REFUSAL_BODY,
        owners.METHOD,
        owners.NOT_PLAYED,
    ]
    for owner in named:
        assert CATALOGUE.part(owner).id == owner if "." in owner else CATALOGUE.rule(owner).id == owner
