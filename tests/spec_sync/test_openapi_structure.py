"""The document that FastAPI generates from the app's signatures matches openapi.yaml, which is written by hand."""

import json

import pytest

from mock_server.app import create_app
from mock_server.http import openapi
from mock_server.settings import Settings
from tests.spec_sync import openapi_reduction
from tests.yaml_documents import load_yaml

WRITTEN = openapi_reduction.reduce_document(load_yaml(openapi.read_yaml()))
GENERATED = openapi_reduction.reduce_document(openapi_reduction.without_prefix(create_app(Settings()).openapi()))


def test_the_app_has_exactly_the_operations_of_the_yaml() -> None:
    assert sorted(GENERATED) == sorted(WRITTEN)


@pytest.mark.parametrize("operation", sorted(WRITTEN))
def test_the_app_and_the_yaml_reduce_to_the_same_value(operation: str) -> None:
    assert json.loads(json.dumps(GENERATED[operation])) == WRITTEN[operation]
