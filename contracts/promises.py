"""What `openapi.yaml` promises of an answer, and whether an answer keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

METHODS = ("get", "put", "post", "delete", "patch")
SUITE_ROOT = Path(__file__).resolve().parent


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

    def check(self, status: int, headers: Mapping[str, str], body: Any) -> None:
        """Raise UnpromisedAnswer unless status, headers and body (None where there is none) are promised."""
        answer = self.answers.get(str(status))
        if answer is None:
            raise UnpromisedAnswer(f"{self.id} answered {status}; promised are {', '.join(self.answers)}: {body}")
        answer = self._resolved(answer)
        for name, header in answer.get("headers", {}).items():
            self._check_header(name, self._resolved(header), headers)
        self._check_body(status, answer.get("content"), headers, body)

    def _check_header(self, name: str, header: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        given = next((value for key, value in headers.items() if key.lower() == name.lower()), None)
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
        kind = next((value for key, value in headers.items() if key.lower() == "content-type"), "none")
        if kind.partition(";")[0].strip() not in content:
            raise UnpromisedAnswer(f"{self.id} answered {status} as {kind}; promised is {', '.join(content)}")
        self._check_schema(f"body of {status}", content["application/json"]["schema"], body)

    def _check_schema(self, what: str, schema: Mapping[str, Any], value: Any) -> None:
        whole = {**schema, "components": self.document["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
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
    """The whole document, operation by operation."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @classmethod
    def load(cls, path: Path | None = None) -> "Promises":
        """The document at `path`; by default the project's own."""
        beside, inside = SUITE_ROOT.parent / "openapi.yaml", SUITE_ROOT / "openapi.yaml"
        chosen = path or (inside if inside.exists() else beside)
        return cls(yaml.safe_load(chosen.read_text(encoding="utf-8")))

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
