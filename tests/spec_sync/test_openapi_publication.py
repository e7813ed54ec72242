"""The app publishes the openapi.yaml that is written by hand, and never the document that FastAPI generates."""

import json

from mock_server.http import openapi
from tests.mock_harness import Client
from tests.yaml_documents import load_yaml

CLIENT = Client()


def test_the_yaml_is_served_byte_for_byte() -> None:
    answer = CLIENT.send_raw("GET", "/openapi.yaml")
    assert answer.content == openapi.find_document().read_bytes()
    assert answer.headers["content-type"] == "application/yaml"


def test_the_json_is_the_same_document() -> None:
    written = load_yaml(openapi.find_document().read_bytes())
    assert CLIENT.send_raw("GET", "/openapi.json").json() == json.loads(json.dumps(written, default=str))


def test_no_other_path_serves_a_document() -> None:
    for path in ("/docs", "/redoc", "/api/v3/openapi.json", "/api/v3/openapi.yaml"):
        assert CLIENT.send_raw("GET", path).status_code in (401, 404)
