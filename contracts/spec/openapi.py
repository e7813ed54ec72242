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
REFUSAL = {"$ref": "#/components/schemas/Error"}


class UnpromisedAnswer(AssertionError):
    """An answer that the document does not promise; the message says what is wrong with it."""


@dataclass(frozen=True)
class Operation:
    """An operation of the document: where it stands, and the answers that it may give."""

    id: str
    method: str
    path: str
    answers: Mapping[str, Any]
    document: Mapping[str, Any]
    _validators: dict[str, jsonschema_rs.Validator] = field(default_factory=dict, compare=False, repr=False)

    def check(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        """Raise UnpromisedAnswer unless status, headers and body (None where there is none) are promised.

        Of a file the type alone is promised.
        """
        answer = self.answers.get(str(status))
        if answer is None:
            raise UnpromisedAnswer(f"{self.id} answered {status}; promised are {', '.join(self.answers)}: {body}")
        answer = self._resolved(answer)
        for name, header in answer.get("headers", {}).items():
            self._check_header(name, self._resolved(header), headers)
        self._check_body(status, answer.get("content"), headers, body)

    def gives_file(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the answer is one that is promised as a file, and no JSON."""
        content = self._resolved(self.answers.get(str(status), {})).get("content", {})
        kind = media_type(headers)
        return kind in content and kind != JSON

    def _check_header(self, name: str, header: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        given = headers.get(name.lower())
        if given is None:
            if header.get("required", False):
                raise UnpromisedAnswer(f"{self.id} answered without the header {name}")
            return
        self._check_schema(f"header {name}", header["schema"], given)

    def _check_body(
        self, status: int, content: Mapping[str, Any] | None, headers: Mapping[str, str], body: Any
    ) -> None:
        if content is None:
            if body is not None:
                raise UnpromisedAnswer(f"{self.id} answered {status} with a body where none is promised: {body}")
            return
        kind = media_type(headers)
        if kind not in content:
            raise UnpromisedAnswer(f"{self.id} answered {status} as {kind}; promised is {', '.join(content)}")
        if kind == JSON:
            self._check_schema(f"body of {status}", content[JSON]["schema"], body)

    def _check_schema(self, what: str, schema: Mapping[str, Any], value: Any) -> None:
        validator = self._validators.get(what)
        if validator is None:
            validator = self._validators[what] = compiled(schema, self.document)
        for error in validator.iter_errors(value):
            place = "/".join(map(str, error.instance_path))
            raise UnpromisedAnswer(f"{self.id}, {what} at /{place}: {error.message}")

    def _resolved(self, value: Any) -> Any:
        while "$ref" in value:
            found: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value


class Promises:
    """The whole document, operation by operation. `digest` is the SHA-256 of its text."""

    def __init__(self, document: Mapping[str, Any], digest: str = "") -> None:
        self.document = document
        self.digest = digest

    @classmethod
    def load(cls, path: Path | None = None) -> "Promises":
        """The document at `path`; by default the project's own."""
        content = (path or located()).read_bytes()
        read = yaml.load(content, FASTEST)  # noqa: S506 - a safe loader, the one in C where there is one
        return cls(read, hashlib.sha256(content).hexdigest())

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Operations by id."""
        return {
            declared["operationId"]: Operation(
                declared["operationId"], method.upper(), path, declared["responses"], self.document
            )
            for path, item in self.document["paths"].items()
            for method, declared in item.items()
            if method in METHODS
        }

    def operation_at(self, method: str, path: str) -> Operation | None:
        """The operation at a path as it is sent (without query, slashes as they are), if there is one."""
        for operation, pattern in self._patterns:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None

    def methods_of(self, template: str) -> frozenset[str]:
        """The methods that the document has for a path template."""
        return frozenset(method.upper() for method in self.document["paths"][template] if method in METHODS)

    def check_refusal(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        """Raise UnpromisedAnswer unless a refusal outside any operation has the one body and id.

        Rules: ERR-01, BASE-06.
        """
        if not headers.get("x-request-id"):
            raise UnpromisedAnswer(f"a refusal with {status} has no x-request-id")
        for error in self._refusal.iter_errors(body):
            raise UnpromisedAnswer(f"a refusal with {status} has another body than the platform's: {error.message}")

    @cached_property
    def _refusal(self) -> jsonschema_rs.Validator:
        return compiled(REFUSAL, self.document)

    @cached_property
    def _patterns(self) -> list[tuple[Operation, re.Pattern[str]]]:
        """Literal paths before those with parameters, as the platform prefers them."""
        ordered = sorted(self.operations.values(), key=lambda operation: operation.path.count("{"))
        return [(operation, re.compile(re.sub(r"\{[^}]+\}", "[^/]*", operation.path))) for operation in ordered]


FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def located() -> Path:
    """Where `openapi.yaml` is: inside the installed package, or beside it in a checkout."""
    inside = SUITE_ROOT / "openapi.yaml"
    return inside if inside.exists() else SUITE_ROOT.parent / "openapi.yaml"


def media_type(headers: Mapping[str, str]) -> str:
    """The type of an answer, without its parameters; `none` where it names none."""
    return headers.get("content-type", "none").partition(";")[0].strip()


def compiled(schema: Mapping[str, Any], document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """A validator of the schema, whose references point into the document."""
    whole = {**schema, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
