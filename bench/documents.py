"""Our server's responses to the three cases, in the form in which each other server reads them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from bench.cases import CAMPAIGN_RESULTS, CASES, DAILY_REVENUE, PUT_SETTINGS, Case
from bench.client import PREFIX, Response

ResponseByCase = Mapping[Case, Response]
MOCKOON_MIGRATION = 33
"""The version of Mockoon's data format in which the environment is written."""


def raw_responses(responses: ResponseByCase) -> dict[str, Any]:
    """Return the input of bench/raw.py: the headers and bytes of each response."""
    return {
        f"{case.method} {PREFIX}{case.path}": {"headers": response.headers, "body": response.body.decode()}
        for case, response in responses.items()
    }


def openapi_with_examples(responses: ResponseByCase, document: Path) -> Any:
    """Return the input of Prism: openapi.yaml with each response as the example of its operation."""
    content = yaml.safe_load(document.read_text())
    for case, example_response in responses.items():
        templated = case.path.replace("/pkg_555/", "/{package_id}/")
        response = content["paths"][templated][case.method.lower()]["responses"]["200"]
        response["content"]["application/json"]["example"] = example_response.json
    return content


def mockoon_environment(responses: ResponseByCase, port: int) -> dict[str, Any]:
    """Return the input of Mockoon: three routes with fixed bodies and without templating."""
    routes = [_mockoon_route(number, case, responses[case]) for number, case in enumerate(CASES)]
    return {
        "uuid": str(UUID(int=1)),
        "lastMigration": MOCKOON_MIGRATION,
        "name": "bench",
        "endpointPrefix": PREFIX.strip("/"),
        "latency": 0,
        "port": port,
        "hostname": "127.0.0.1",
        "folders": [],
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "proxyMode": False,
        "proxyHost": "",
        "proxyRemovePrefix": False,
        "tlsOptions": {
            "enabled": False,
            "type": "CERT",
            "pfxPath": "",
            "certPath": "",
            "keyPath": "",
            "caPath": "",
            "passphrase": "",
        },
        "cors": False,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [],
        "callbacks": [],
    }


def _mockoon_route(number: int, case: Case, case_response: Response) -> dict[str, Any]:
    response = {
        "uuid": str(UUID(int=200 + number)),
        "body": case_response.body.decode(),
        "latency": 0,
        "statusCode": 200,
        "label": "",
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "OR",
        "disableTemplating": True,
        "fallbackTo404": False,
        "default": True,
        "crudKey": "id",
        "callbacks": [],
    }
    return {
        "uuid": str(UUID(int=100 + number)),
        "type": "http",
        "documentation": "",
        "method": case.method.lower(),
        "endpoint": case.path.strip("/"),
        "responses": [response],
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }


def json_server_database(responses: ResponseByCase) -> dict[str, Any]:
    """Return the input of json-server: the rows as a collection, which it can filter, and two single objects."""
    return {
        "campaign_results": responses[CAMPAIGN_RESULTS].json,
        "settings": responses[PUT_SETTINGS].json,
        "daily_revenue_summary": responses[DAILY_REVENUE].json,
    }


def json_server_routes() -> dict[str, str]:
    """Return the routes of json-server, which map the platform's paths to its database."""
    return {f"{PREFIX}{PUT_SETTINGS.path}": "/settings", f"{PREFIX}/*": "/$1"}


def wiremock_mappings(responses: ResponseByCase) -> dict[str, Any]:
    """Return the input of WireMock: a stub for each case, matched by method, path and query."""
    return {"mappings": [_wiremock_stub(case, response) for case, response in responses.items()]}


def _wiremock_stub(case: Case, response: Response) -> dict[str, Any]:
    pairs = [pair.split("=") for pair in case.query.split("&") if pair]
    request = {"method": case.method, "urlPath": f"{PREFIX}{case.path}"}
    return {
        "request": request | {"queryParameters": {name: {"equalTo": value} for name, value in pairs}},
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json"},
            "body": response.body.decode(),
        },
    }


def write_json(content: object, path: Path) -> Path:
    """Write the content as JSON, with dates as strings, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, default=str))
    return path
