"""Renders a scenario as a shell script: requests as curl commands, everything else as comments."""

import json
import shlex
from collections.abc import Iterable, Iterator
from textwrap import wrap

from mock_server.gotchas import player
from mock_server.gotchas.player import Observation, PlayedStep, Variables
from mock_server.gotchas.scenario import SECRET_VARIABLES, Gotcha, Json, ResponseCheck, ScenarioStep

LINE_WIDTH = 118
MAX_VALUE_LENGTH = 160
"""The maximum length of a value; longer values are cut."""
CONTROL_TOKEN_OPTION = '-H "X-Mock-Control-Token: $CONTROL_TOKEN"'  # noqa: S105 - a command line option
JSON_OPTION = "-H 'content-type: application/json'"
SURPRISE_PREFIX = ">>>"


def format_heading(gotcha: Gotcha) -> Iterator[str]:
    """Yield the lines that introduce a gotcha."""
    yield f"# {gotcha.id}  {gotcha.title}"
    yield f"# Rules: {', '.join(gotcha.rules)}"
    yield f"# Documentation: {' and '.join(gotcha.generations)}"
    yield from _format_comment(f"What a naive client does: {gotcha.naive_behaviour}")
    yield ""


def format_solution(gotcha: Gotcha) -> Iterator[str]:
    """Yield the lines that explain what happens and what to do instead."""
    yield from _format_comment(f"What happens: {gotcha.actual_behaviour}")
    yield from _format_comment(f"The right way: {gotcha.solution}")
    yield ""


def format_request(
    number: int, step: ScenarioStep, used_variables: frozenset[str], with_control_token: bool
) -> Iterator[str]:
    """Yield the lines of one request: its description and its commands.

    `used_variables` are the variables that other steps use. With `with_control_token`, requests to the control API send
    a control token.
    """
    yield from _format_comment(f"{number}. {step.description}")
    yield from format_commands(step, used_variables, with_control_token=with_control_token)


def format_response(played: PlayedStep) -> Iterator[str]:
    """Yield the lines of one response: the observed values, then the failed checks or the surprise."""
    for line in format_observations(played):
        yield f"#    {line}"
    for difference in played.differences:
        yield from _format_comment(f"!!! Not reproduced: {difference}")
    if played.step.surprise and not played.differences:
        yield from _format_comment(f"{SURPRISE_PREFIX} {played.step.surprise}")
    yield ""


def format_observations(played: PlayedStep) -> list[str]:
    """Return the status and the observed values of a response."""
    return [str(played.status), *(_format_observation(each) for each in played.observations)]


def format_expected(step: ScenarioStep, variables: Variables) -> list[str]:
    """Return the expected status and values of the response of a step."""
    return [str(step.status), *(_format_expectation(check, variables) for check in step.checks)]


def format_commands(
    step: ScenarioStep,
    used_variables: Iterable[str],
    variables: Variables | None = None,
    *,
    with_control_token: bool = False,
) -> list[str]:
    """Return the shell commands of a step. Values that the step captures for `used_variables` become shell variables.

    Variables in `variables` are replaced by their values, unless they are secret. With `with_control_token`, requests
    to the control API send a control token.
    """
    public_variables = {name: value for name, value in (variables or {}).items() if name not in SECRET_VARIABLES}
    line = " ".join(_curl_arguments(step, public_variables, with_control_token=with_control_token))
    captures = [(name, selector) for name, selector in step.captures if name in set(used_variables)]
    if not captures:
        return [line]
    lines = [f"ANSWER=$({line})"]
    for name, selector in captures:
        print_value = f"import json,sys; print(json.load(sys.stdin){_python_subscripts(selector)})"
        lines.append(f"""{name}=$(echo "$ANSWER" | python3 -c '{print_value}')""")
    return lines


def collect_variables(steps: Iterable[ScenarioStep]) -> frozenset[str]:
    """Return the variables that the requests of the steps use."""
    return frozenset(name for step in steps for name in step.used_variables)


def _curl_arguments(step: ScenarioStep, variables: Variables, *, with_control_token: bool) -> Iterator[str]:
    yield "curl -s"
    headers_matter = any(check.kind in ("header", "no header") for check in step.checks)
    if headers_matter:
        yield "-i"
    elif step.status != 200 and not step.captures:
        yield "-w ' %{http_code}\\n'"
    if "[" in step.query:
        yield "-g"
    if step.method != "GET":
        yield f"-X {step.method}"
    query = f"?{step.query}" if step.query else ""
    yield _quote_for_shell(
        f"${step.api}{player.substitute(step.path + query, variables)}", step.used_variables | {step.api}
    )
    if step.api == "MOCK":
        yield from [CONTROL_TOKEN_OPTION] if with_control_token else []
    elif step.token_variable is not None:
        yield f'-H "Authorization: Bearer ${step.token_variable}"'
    for name, value in step.headers:
        yield f"-H {_quote_for_shell(f'{name}: {value}', step.used_variables)}"
    if step.body is not None:
        body = json.dumps(player.substitute(step.body, variables), ensure_ascii=False, separators=(",", ":"))
        yield f"{JSON_OPTION} -d {_quote_for_shell(body, step.used_variables)}"


def _quote_for_shell(text: str, names: Iterable[str]) -> str:
    """Quote the text for a shell so that only the named variables are expanded."""
    if not any(f"${name}" in text for name in names):
        return shlex.quote(text) if shlex.quote(text) != text else f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'


def _python_subscripts(selector: str) -> str:
    return "".join(f'["{part}"]' if not part.startswith("[") else part for part in _split_selector(selector))


def _split_selector(selector: str) -> list[str]:
    return [part for part in selector.replace("[", ".[").split(".") if part]


def _format_observation(observation: Observation) -> str:
    check, value = observation.check, observation.value
    if check.kind == "no header":
        return f"no header {check.selector}"
    if check.kind == "header":
        return f"{check.selector}: {value}"
    comparison = {"as": ", as before", "unlike": ", not as before"}.get(check.kind, "")
    return f"{check.selector} = {_shorten(value)}{comparison}"


def _format_expectation(check: ResponseCheck, variables: Variables) -> str:
    if check.kind not in ("as", "unlike"):
        return _format_observation(Observation(check, check.value))
    name, relation = str(check.value), "as" if check.kind == "as" else "other than"
    before = f", {_shorten(variables[name])}" if name in variables else ""
    return f"{check.selector} {relation} before{before}"


def _shorten(value: Json) -> str:
    whole = json.dumps(value, ensure_ascii=False)
    return whole if len(whole) <= MAX_VALUE_LENGTH else f"{whole[:MAX_VALUE_LENGTH]}…"


def _format_comment(text: str) -> Iterator[str]:
    for line in wrap(text, LINE_WIDTH - 2, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"
