"""The OpenAPI document: its operations and its schemas.

The suite reads `openapi.yaml` here and nowhere else.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

METHODS = ("get", "put", "post", "delete", "patch")
JSON = "application/json"
FILE_NAME = "openapi.yaml"
GENERATION_MARK = "x-documentation"
REFUSAL_SCHEMA = {"$ref": "#/components/schemas/ErrorResponse"}


class UndocumentedResponseError(AssertionError):
    """A response that the document does not describe. The message says what is wrong with the response."""


@dataclass(frozen=True)
class SpecOperation:
    """An operation of the document: its method, its path and its responses."""

    id: str
    method: str
    path: str
    responses: Mapping[str, Any]
    document: Mapping[str, Any]
    basis_mark: Mapping[str, str] = field(default_factory=dict)
    """The statuses that the documentation leaves open, with `ruled`."""
    _validators: dict[str, jsonschema_rs.Validator] = field(default_factory=dict, compare=False, repr=False)

    def returns_file(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether this response is documented as a file instead of JSON."""
        content = self.resolve(self.responses.get(str(status), {})).get("content", {})
        content_type = media_type(headers)
        return content_type in content and content_type != JSON

    def is_valid(self, what: str, schema: Mapping[str, Any], value: Any) -> bool:
        """Whether a value matches a schema. `what` names the schema within the operation."""
        validator = self._validators.get(what)
        if validator is None:
            validator = self._validators[what] = compile_validator(schema, self.document)
        return bool(validator.is_valid(value))

    def resolve(self, value: Any) -> Any:
        """If the value is a `$ref`, return the part of the document to which it points; else return the value."""
        return resolve_reference(value, self.document)


class OpenApiSpec:
    """The OpenAPI document. `digest` is the SHA-256 of its text, in hex."""

    def __init__(self, document: Mapping[str, Any], digest: str = "") -> None:
        self.document = document
        self.digest = digest
        self._validators: dict[int, jsonschema_rs.Validator] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> "OpenApiSpec":
        """Load the document from `path`, by default from the project's `openapi.yaml`, which is read once."""
        if path is None:
            return _load_own()
        content = path.read_bytes()
        document = yaml.load(content, YAML_LOADER)  # noqa: S506 - the safe loader, in C if available
        return cls(document, hashlib.sha256(content).hexdigest())

    @cached_property
    def operations(self) -> dict[str, SpecOperation]:
        """The operations by their operationId."""
        return {
            declared["operationId"]: SpecOperation(
                declared["operationId"],
                method.upper(),
                path,
                declared["responses"],
                self.document,
                declared.get("x-basis", {}),
            )
            for path, item in self.document["paths"].items()
            for method, declared in item.items()
            if method in METHODS
        }

    def operation_at(self, method: str, path: str) -> SpecOperation | None:
        """Find the operation for a path as it is sent, without the query. Return None if there is no operation."""
        for operation, pattern in self._path_patterns:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None

    def methods_of(self, template: str) -> frozenset[str]:
        """Return the methods that the document lists for a path template."""
        return frozenset(method.upper() for method in self.document["paths"][template] if method in METHODS)

    def find_errors(self, schema: Mapping[str, Any], value: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Return the errors of a value under a schema of the document."""
        validator = self._validators.get(id(schema))
        if validator is None:
            validator = self._validators[id(schema)] = compile_validator(schema, self.document)
        return iter(validator.iter_errors(value))

    @cached_property
    def _path_patterns(self) -> list[tuple[SpecOperation, re.Pattern[str]]]:
        """Each operation with the pattern of its path. Paths without parameters come first, as on the platform."""
        ordered = sorted(self.operations.values(), key=lambda operation: operation.path.count("{"))
        return [(operation, re.compile(re.sub(r"\{[^}]+\}", "[^/]*", operation.path))) for operation in ordered]


YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def openapi_path() -> Path:
    """Return the path of `openapi.yaml`: in the installed package, or at the top of a checkout."""
    package = Path(str(resources.files("contracts")))
    installed = package / FILE_NAME
    return installed if installed.is_file() else package.parent / FILE_NAME


@cache
def _load_own() -> OpenApiSpec:
    return OpenApiSpec.load(openapi_path())


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of a response without its parameters. The text is `none` if the header is missing."""
    return headers.get("content-type", "none").partition(";")[0].strip()


def resolve_reference(value: Any, document: Mapping[str, Any]) -> Any:
    """If the value is a `$ref`, return the part of the document to which it points; else return the value."""
    while "$ref" in value:
        target: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def select_documentation(node: Any, generation: str) -> Any:
    """Return a copy of the document without the elements that `x-documentation` reserves for another generation.

    On a member, the mark is the generation that contains it; on an enumeration, the mark maps values to generations.
    """
    if isinstance(node, list):
        return [select_documentation(each, generation) for each in node if _is_in_generation(each, generation)]
    if not isinstance(node, Mapping):
        return node
    marked = node.get(GENERATION_MARK)
    values = marked if isinstance(marked, Mapping) else {}
    return {
        key: [value for value in inner if values.get(value, generation) == generation]
        if key == "enum" and values
        else select_documentation(inner, generation)
        for key, inner in node.items()
        if _is_in_generation(inner, generation)
    }


def _is_in_generation(node: Any, generation: str) -> bool:
    marked = node.get(GENERATION_MARK) if isinstance(node, Mapping) else None
    return not isinstance(marked, str) or marked == generation


def compile_validator(schema: Mapping[str, Any], document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """Compile a validator for the schema. References in the schema point into the document."""
    whole_schema = {**schema, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole_schema, validate_formats=True)
