"""What schemathesis is asked to send: which phases, how much, on whose behalf, with which ids."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Phase = Literal["examples", "coverage", "fuzzing", "stateful"]
HOOKS_MODULE = "contracts.schemathesis_runner.hooks"
UNKNOWN_PARTNER = "partner-id-nobody"
"""A partner that does not exist."""
READS_PER_MINUTE = 540
"""A tenth under the documented guidance (RATE-01), which other contracts' reads share."""

BASE_CONFIGURATION = """\
hooks = "{hooks}"
headers = {{ Authorization = "Bearer ${{WAVETANK_ACCESS_TOKEN}}"{pinned} }}

# Nothing is carried over from run to run: a seed says it all.
[cache]
enabled = false

[generation]
database = "none"

[warnings]
# Not missing_auth: the two challenges answer 401 to every Session that is made up.
# A wrong token is told by what was reached.
fail-on = ["validation_mismatch", "unused_openapi_auth"]

# Data that breaks the schema must be refused with one of the documented refusals, and by nothing else.
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "415"]

# Data that fits the schema may meet a missing object or the wrong state; what else is refused, a hook must explain.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409"]

[phases.stateful]
link-calibration = false
max-steps = 12

# Explicit links only: inferred ones make schemathesis 4.32 end this phase early, and green.
[phases.stateful.inference]
algorithms = []
"""
READS_ONLY_CONFIGURATION = """
# Including GET alone does not keep schemathesis from probing the other methods.
[phases.coverage]
unexpected-methods = []
"""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One run of schemathesis. `examples` are requests for each operation, or walks where the phase is `stateful`.

    `known` are ids that exist, by the parameter that takes them (`path.eid`); `partners` are the partners that the
    header names, pinned where it is one. `must_reach` are the operations that have to let a request through before
    silence means anything. `most_requests` is how many requests it makes at most, where that is counted.
    """

    phases: Sequence[Phase]
    max_examples: int
    partners: Sequence[str]
    required_operations: frozenset[str]
    known_ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reads_only: bool = False
    max_requests: int = 0

    @property
    def is_random(self) -> bool:
        """Whether another seed may reach more."""
        return "fuzzing" in self.phases or "stateful" in self.phases

    def to_arguments(self) -> list[str]:
        """The order as options of `st run`."""
        arguments = ["--phases", ",".join(self.phases), "--max-examples", str(self.max_examples)]
        if "stateful" in self.phases:
            arguments += ["--mode", "positive"]
        if self.reads_only:
            arguments += ["--include-method", "GET", "--rate-limit", f"{READS_PER_MINUTE}/m"]
        return arguments

    def to_toml(self) -> str:
        """The order as schemathesis's configuration; secrets stay in the environment."""
        dictionaries = dict(self.known_ids)
        partner_header = ""
        if len(self.partners) == 1:
            partner_header = f', "X-Preferred-Partner-Id" = {_quote(self.partners[0])}'
        else:
            dictionaries["header.X-Preferred-Partner-Id"] = self.partners
        return (
            BASE_CONFIGURATION.format(hooks=HOOKS_MODULE, pinned=partner_header)
            + (READS_ONLY_CONFIGURATION if self.reads_only else "")
            + _format_dictionaries(dictionaries)
        )


def _format_dictionaries(values_by_parameter: Mapping[str, Sequence[str]]) -> str:
    listed = [
        (f"known{number}", name, values) for number, (name, values) in enumerate(values_by_parameter.items()) if values
    ]
    tables = [f"\n[dictionaries.{key}]\nvalues = [{', '.join(map(_quote, values))}]\n" for key, _, values in listed]
    bindings = [f'"{name}" = {{ dictionary = "{key}" }}\n' for key, name, _ in listed]
    return "".join(tables) + ("\n[parameters]\n" + "".join(bindings) if bindings else "")


def _quote(text: str) -> str:
    """A TOML string. Schemathesis expands `${NAME}` in it, and takes `$${` for a literal one."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")
