"""Checks a response against the OpenAPI document. Each difference is a breach of the rule that owns the element."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

from contracts.spec import owners
from contracts.spec.breaches import Breach
from contracts.spec.openapi import JSON, REFUSAL_SCHEMA, OpenApiSpec, SpecOperation, media_type
from contracts.spec.schema_differences import BASIS_MARK, RULED, SchemaReader

UNREADABLE = object()
"""The body of a response that is not JSON, although its type says so."""
MAX_SEEN_LENGTH = 300


class ResponseCheck:
    """The check of one response. `operation` is None if the document contains no operation for the call."""

    def __init__(
        self, api_spec: OpenApiSpec, operation: SpecOperation | None, path: str, response: httpx2.Response
    ) -> None:
        """`path` is relative to the base URL. It names a call that is no operation."""
        self._api_spec, self._operation = api_spec, operation
        self._call = f"{response.request.method} {path if operation is None else operation.path}"
        self._name = operation.id if operation is not None else self._call
        self._status, self._headers = response.status_code, response.headers
        is_file = operation is not None and operation.returns_file(response.status_code, response.headers)
        self._body: Any = response.content if is_file else _parse_body(response)

    def find_breaches(self) -> Iterator[Breach]:
        """Yield the differences from the document, the status first."""
        operation = self._operation
        if operation is None or (self._status == 405 and "405" not in operation.responses):
            yield from self._check_unlisted_call()
            return
        documented = operation.responses.get(str(self._status))
        if documented is None:
            yield self._breach_of_status(operation)
            documented = self._replace_response(operation)
        if documented is None:
            yield from self._check_refusal()
            return
        documented = operation.resolve(documented)
        yield from self._check_headers(documented.get("headers", {}))
        yield from self._check_content(documented)

    def _check_unlisted_call(self) -> Iterator[Breach]:
        """Check the response to a call that the document does not contain: it must be a refusal or a redirect."""
        method, _, path = self._call.partition(" ")
        if method == "HEAD" or 300 <= self._status < 400:
            return
        if self._status >= 400:
            yield from self._check_refusal()
            return
        is_known = any(self._api_spec.operation_at(other, path) for other in ("GET", "PUT", "POST", "DELETE", "PATCH"))
        owner = owners.METHOD if is_known else owners.NOT_PLAYED
        yield self._breach(owner, f"{self._status}", "a refusal", self._status, assumed=True, is_status=True)

    def _breach_of_status(self, operation: SpecOperation) -> Breach:
        """Charge an undocumented status. A documented success that is only assumed may be another success."""
        listed, owner, assumed = ", ".join(operation.responses), owners.OTHER_REFUSAL, True
        if self._status < 300:
            owner, assumed = owners.owner_of_operation(operation.id), self._successes_are_assumed(operation)
        elif self._status < 400:
            owner = owners.OTHER_REDIRECT
        elif self._status in owners.OWNER_BY_STATUS:
            owner, assumed = owners.OWNER_BY_STATUS[self._status], self._status == 405
        elif self._status >= 500:
            assumed = False
        return self._breach(
            owner,
            f"an undocumented status, {self._status}",
            f"one of {listed}",
            self._status,
            assumed=assumed,
            is_status=True,
        )

    def _successes_are_assumed(self, operation: SpecOperation) -> bool:
        mark = operation.basis_mark
        return any(mark.get(status) == RULED for status in operation.responses if status.startswith("2"))

    def _replace_response(self, operation: SpecOperation) -> Mapping[str, Any] | None:
        """Return the documented success that another success stands for. None if the response is no success."""
        if not 200 <= self._status < 300:
            return None
        success = next((value for status, value in operation.responses.items() if status.startswith("2")), None)
        if success is not None and self._body is None:
            return {"headers": operation.resolve(success).get("headers", {})}
        return success

    def _check_refusal(self) -> Iterator[Breach]:
        if not self._headers.get("x-request-id"):
            yield self._breach_of_header("x-request-id", None, "an id", assumed=False)
        if self._status < 400:
            return
        if media_type(self._headers) != JSON or not isinstance(self._body, dict):
            yield self._breach(
                owners.REFUSAL_BODY, "no error body", "an error body in JSON", self._describe_body(), assumed=False
            )
            return
        yield from self._check_schema(REFUSAL_SCHEMA, owners.REFUSAL_BODY)

    def _check_headers(self, declared: Mapping[str, Any]) -> Iterator[Breach]:
        assert self._operation is not None  # noqa: S101 - the caller has it
        for name, header in declared.items():
            header = self._operation.resolve(header)
            given, assumed = self._headers.get(name.lower()), header.get(BASIS_MARK) == RULED
            if given is None:
                if header.get("required", False):
                    yield self._breach_of_header(name, None, "the header", assumed=assumed)
            elif not self._operation.is_valid(f"header {name}", header["schema"], given):
                expected = header["schema"].get("const", "a value in the documented form")
                yield self._breach_of_header(name, given, expected, assumed=assumed)

    def _breach_of_header(self, name: str, given: str | None, expected: str, *, assumed: bool) -> Breach:
        owner = owners.OWNER_BY_HEADER.get(name.lower(), owners.owner_of_operation(self._name))
        what = f"no header {name}" if given is None else f"another value of the header {name}"
        return self._breach(owner, what, expected, given or "no such header", assumed=assumed, distorts=False)

    def _check_content(self, documented: Mapping[str, Any]) -> Iterator[Breach]:
        content = documented.get("content")
        owner = self._owner_of_body()
        if content is None:
            if self._body is not None:
                yield self._breach(owner, "a body", "no body", self._describe_body(), assumed=True, distorts=False)
            return
        content_type = media_type(self._headers)
        if content_type not in content or self._body is UNREADABLE:
            listed = " or ".join(content)
            seen = f"{content_type}: {self._describe_body()}"
            yield self._breach(owner, "another type of content", listed, seen, assumed=self._is_file(content))
        elif content_type == JSON:
            yield from self._check_schema(content[JSON]["schema"], owner)

    @staticmethod
    def _is_file(content: Mapping[str, Any]) -> bool:
        return JSON not in content

    def _owner_of_body(self) -> str:
        return owners.REFUSAL_BODY if self._status >= 400 else owners.owner_of_operation(self._name)

    def _check_schema(self, schema: Mapping[str, Any], owner: str) -> Iterator[Breach]:
        reader = SchemaReader(schema, self._api_spec.document, owner)
        for difference in reader.explain(self._api_spec.find_errors(schema, self._body)):
            place = f"`{difference.pattern}`: " if difference.pattern else ""
            yield self._breach(
                difference.owner,
                f"{place}{difference.message}",
                difference.expected,
                difference.seen,
                assumed=difference.assumed or self._content_is_assumed(),
            )

    def _content_is_assumed(self) -> bool:
        """Whether the documentation leaves the whole response open: the status is assumed, and so is the body."""
        return self._status < 300 and self._operation is not None and self._successes_are_assumed(self._operation)

    def _breach(  # noqa: PLR0913 - the fields of a breach
        self,
        owner: str,
        what: str,
        expected: str,
        seen: object,
        *,
        assumed: bool,
        distorts: bool = True,
        is_status: bool = False,
    ) -> Breach:
        text = seen if isinstance(seen, str) else repr(seen)
        return Breach(
            owner=owner,
            assumed=assumed,
            what=f"{self._call}: {what}",
            expected=expected,
            seen=text[:MAX_SEEN_LENGTH],
            operation=self._name,
            distorts=distorts and not is_status,
            is_status=is_status,
        )

    def _describe_body(self) -> str:
        if self._body is UNREADABLE:
            return "a body that is not JSON"
        return "no body" if self._body is None else repr(self._body)[:MAX_SEEN_LENGTH]


def _parse_body(response: httpx2.Response) -> Any:
    """Parse the body as JSON. Return None if it is empty, and UNREADABLE if it is not JSON."""
    if not response.content:
        return None
    try:
        return response.json()
    except (ValueError, RecursionError):
        return UNREADABLE
