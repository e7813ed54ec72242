"""What `openapi.yaml` promises of an answer, and whether an answer keeps it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

METHODS = ("get", "put", "post", "delete", "patch")
JSON = "application/json"
SUITE_ROOT = Path(__file__).resolve().parents[1]
REFUSAL_SCHEMA = {"$ref": "#/components/schemas/ErrorResponse"}


class UndocumentedResponseError(AssertionError):
    """An answer that the document does not promise; the message says what is wrong with it."""


@dataclass(frozen=True)
class SpecOperation:
    """An operation of the document: where it stands, and the answers that it may give."""

    id: str
    method: str
    path: str
    responses: Mapping[str, Any]
    document: Mapping[str, Any]
    _validators: dict[str, jsonschema_rs.Validator] = field(default_factory=dict, compare=False, repr=False)

    def check_response(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        """Raise UndocumentedResponseError unless status, headers and body (None where there is none) are promised.

        Of a file the type alone is promised.
        """
        response = self.responses.get(str(status))
        if response is None:
            raise UndocumentedResponseError(
                f"{self.id} answered {status}; promised are {', '.join(self.responses)}: {body}"
            )
        response = self._resolve(response)
        for name, header in response.get("headers", {}).items():
            self._check_header(name, self._resolve(header), headers)
        self._check_body(status, response.get("content"), headers, body)

    def returns_file(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the answer is one that is promised as a file, and no JSON."""
        content = self._resolve(self.responses.get(str(status), {})).get("content", {})
        content_type = media_type(headers)
        return content_type in content and content_type != JSON

    def _check_header(self, name: str, header: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        given = headers.get(name.lower())
        if given is None:
            if header.get("required", False):
                raise UndocumentedResponseError(f"{self.id} answered without the header {name}")
            return
        self._check_schema(f"header {name}", header["schema"], given)

    def _check_body(
        self, status: int, content: Mapping[str, Any] | None, headers: Mapping[str, str], body: Any
    ) -> None:
        if content is None:
            if body is not None:
                raise UndocumentedResponseError(
                    f"{self.id} answered {status} with a body where none is promised: {body}"
                )
            return
        content_type = media_type(headers)
        if content_type not in content:
            raise UndocumentedResponseError(
                f"{self.id} answered {status} as {content_type}; promised is {', '.join(content)}"
            )
        if content_type == JSON:
            self._check_schema(f"body of {status}", content[JSON]["schema"], body)

    def _check_schema(self, what: str, schema: Mapping[str, Any], value: Any) -> None:
        validator = self._validators.get(what)
        if validator is None:
            validator = self._validators[what] = compile_validator(schema, self.document)
        for error in validator.iter_errors(value):
            place = "/".join(map(str, error.instance_path))
            raise UndocumentedResponseError(f"{self.id}, {what} at /{place}: {error.message}")

    def _resolve(self, value: Any) -> Any:
        while "$ref" in value:
            found: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value


class OpenApiSpec:
    """The whole document, operation by operation. `digest` is the SHA-256 of its text."""

    def __init__(self, document: Mapping[str, Any], digest: str = "") -> None:
        self.document = document
        self.digest = digest

    @classmethod
    def load(cls, path: Path | None = None) -> "OpenApiSpec":
        """The document at `path`; by default the project's own."""
        content = (path or openapi_path()).read_bytes()
        document = yaml.load(content, YAML_LOADER)  # noqa: S506 - a safe loader, the one in C where there is one
        return cls(document, hashlib.sha256(content).hexdigest())

    @cached_property
    def operations(self) -> dict[str, SpecOperation]:
        """Operations by id."""
        return {
            declared["operationId"]: SpecOperation(
                declared["operationId"], method.upper(), path, declared["responses"], self.document
            )
            for path, item in self.document["paths"].items()
            for method, declared in item.items()
            if method in METHODS
        }

    def operation_at(self, method: str, path: str) -> SpecOperation | None:
        """The operation at a path as it is sent (without query, slashes as they are), if there is one."""
        for operation, pattern in self._path_patterns:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None

    def methods_of(self, template: str) -> frozenset[str]:
        """The methods that the document has for a path template."""
        return frozenset(method.upper() for method in self.document["paths"][template] if method in METHODS)

    def check_refusal(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        """Raise UndocumentedResponseError unless a refusal outside any operation has the one body and id.

        Rules: ERR-01, BASE-06.
        """
        if not headers.get("x-request-id"):
            raise UndocumentedResponseError(f"a refusal with {status} has no x-request-id")
        for error in self._refusal_validator.iter_errors(body):
            raise UndocumentedResponseError(
                f"a refusal with {status} has another body than the platform's: {error.message}"
            )

    @cached_property
    def _refusal_validator(self) -> jsonschema_rs.Validator:
        return compile_validator(REFUSAL_SCHEMA, self.document)

    @cached_property
    def _path_patterns(self) -> list[tuple[SpecOperation, re.Pattern[str]]]:
        """Literal paths before those with parameters, as the platform prefers them."""
        ordered = sorted(self.operations.values(), key=lambda operation: operation.path.count("{"))
        return [(operation, re.compile(re.sub(r"\{[^}]+\}", "[^/]*", operation.path))) for operation in ordered]


YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def openapi_path() -> Path:
    """Where `openapi.yaml` is: inside the installed package, or beside it in a checkout."""
    inside = SUITE_ROOT / "openapi.yaml"
    return inside if inside.exists() else SUITE_ROOT.parent / "openapi.yaml"


def media_type(headers: Mapping[str, str]) -> str:
    """The type of an answer, without its parameters; `none` where it names none."""
    return headers.get("content-type", "none").partition(";")[0].strip()


def compile_validator(schema: Mapping[str, Any], document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """A validator of the schema, whose references point into the document."""
    whole_schema = {**schema, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole_schema, validate_formats=True)
