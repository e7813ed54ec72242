"""Schemas of the reports of contract runs, and the summary of one."""

import json
from collections import Counter
from math import isinf
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http.fields import closed
from mock_server.http.json_size import MaxValues
from mock_server.http.older_pydantic import build_adapter

FORMAT = "wavetank-result-1"
MAX_REPORT_BYTES = 4 * 1024 * 1024
MAX_TEXT = 500
"""How many characters of a text a summary has."""
MAX_PROBLEMS = 10
MAX_REPORT_VALUES = MaxValues(250_000, 60_000, 200_000)
"""How many values a report contains at most: as many as the report of a run that has the maximum size."""
MAX_DIGITS = 20
Verdict: TypeAlias = Literal[
    "fail",
    "error",
    "observation",
    "blocked",
    "intermittent",
    "inconclusive",
    "known",
    "pass",
    "not applicable",
]


class ReportBody(RootModel[dict[str, Any]]):
    """The result of a contract run, as `contracts run` writes it to result.json.

    contracts/results/result.schema.json describes all members.
    """

    model_config = ConfigDict(
        defer_build=True,
        json_schema_extra={
            "required": ["format", "exit_code", "run", "rules", "outcomes"],
            "properties": {
                "format": {"type": "string", "const": FORMAT},
                "exit_code": {"type": "integer"},
                "ended": {"type": "string"},
                "run": {"$ref": "#/components/schemas/JsonObject"},
                "rules": {"type": "array", "items": {"$ref": "#/components/schemas/JsonObject"}},
                "outcomes": {"type": "array", "items": {"$ref": "#/components/schemas/JsonObject"}},
            },
        },
    )


@closed
class ReportSummaryBody(TypedDict):
    """A report: what was checked, when, and how many rules have each verdict.

    `exit_code` is that of the run: 0 if the target conforms, 1 if a rule is broken, 3 if the run proves nothing.
    """

    id: int
    target: str
    profile: str
    documentation: str
    run_id: str
    start: str
    end: str
    exit_code: int
    ended: str
    verdicts: dict[str, int]


class _Run(BaseModel):
    target: str
    profile: str
    run_id: str
    start: str
    end: str
    documentation: str = ""


class _Rule(BaseModel):
    id: str
    verdict: Verdict


class _Result(BaseModel):
    """The members that a summary needs. A result may have others."""

    format: Annotated[str, Field(pattern=f"^{FORMAT}$")]
    exit_code: Annotated[int, Field(ge=0, le=255)]
    ended: str = ""
    run: _Run
    rules: Annotated[list[_Rule], Field(max_length=10_000)]
    outcomes: list[Any]


def summarize(content: bytes) -> dict[str, Any]:
    """Return the summary of a report without its id. Raises InvalidRequestError if it is no result of a run."""
    too_large = MAX_REPORT_VALUES.find_problem(content)
    if too_large is not None:
        raise InvalidRequestError(too_large)
    numbers = _Numbers()
    try:
        result: _Result = build_adapter(_Result).validator.validate_python(_parse(content, numbers))
    except ValidationError as error:
        raise InvalidRequestError(*map(_to_problem, error.errors(include_url=False)[:MAX_PROBLEMS])) from error
    if numbers.has_too_large:
        raise InvalidRequestError(Problem("range", "body", "the body contains a number that is too large"))
    return {
        **{name: _shorten(text) for name, text in result.run.model_dump().items()},
        "exit_code": result.exit_code,
        "ended": _shorten(result.ended),
        "verdicts": dict(Counter(rule.verdict for rule in result.rules)),
    }


def _shorten(text: str) -> str:
    """Return the beginning of a text, in which question marks stand for lone surrogates: a summary is UTF-8."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode()


class _Numbers:
    """Parses numbers, and notes whether one is too large, which then counts as 0."""

    has_too_large = False

    def parse_integer(self, text: str) -> int:
        return int(self._admit(text, is_too_large=len(text) > MAX_DIGITS))

    def parse_float(self, text: str) -> float:
        return float(self._admit(text, is_too_large=len(text) > MAX_TEXT or isinf(float(text))))

    def _admit(self, text: str, *, is_too_large: bool) -> str:
        self.has_too_large |= is_too_large
        return "0" if is_too_large else text


def _parse(content: bytes, numbers: _Numbers) -> object:
    """Parse JSON, in which a text may contain an escaped lone surrogate, as those of a run may.

    Raises InvalidRequestError.
    """
    try:
        return json.loads(
            content.decode(),
            parse_constant=_refuse_constant,
            parse_int=numbers.parse_integer,
            parse_float=numbers.parse_float,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(Problem("json", "body", f"the body is not valid JSON: {error}")) from error


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a value of JSON")


def _to_problem(error: ErrorDetails) -> Problem:
    field = ".".join(map(str, error["loc"])) or "body"
    code = "required" if error["type"] == "missing" else "type"
    return Problem(code, field, f"{field}: this is no result.json of contracts run: {error['msg'].lower()}")
