"""The table of permissions in the contracts lists every operation that needs a token."""

from contracts.cases.test_permissions import OPERATIONS_BY_PERMISSION
from contracts.spec.openapi import OpenApiSpec


def test_each_operation_that_needs_a_token_has_one_permission() -> None:
    paths = OpenApiSpec.load().document["paths"]
    guarded = [
        operation["operationId"]
        for item in paths.values()
        for operation in item.values()
        if "operationId" in operation and operation.get("security") != []
    ]
    named = [operation for operations in OPERATIONS_BY_PERMISSION.values() for operation in operations]
    assert sorted([*named, "getPermissions"]) == sorted(guarded)
