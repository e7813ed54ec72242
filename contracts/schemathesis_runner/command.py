"""The settings of a schemathesis run: phases, number of requests, partners and known ids."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Phase = Literal["examples", "coverage", "fuzzing", "stateful"]
HOOKS_MODULE = "contracts.schemathesis_runner.hooks"
UNKNOWN_PARTNER = "partner-id-nobody"
"""A partner that does not exist."""
READS_PER_MINUTE = 540
"""Ten percent below the documented limit (RATE-01), because other contracts make reads at the same time."""

BASE_CONFIGURATION = """\
hooks = "{hooks}"
headers = {{ Authorization = "Bearer ${{WAVETANK_ACCESS_TOKEN}}"{pinned} }}

# Keep nothing between runs: the seed determines a run.
[cache]
enabled = false

[generation]
database = "none"

[warnings]
# missing_auth is not listed, because the two challenges answer every generated Session with 401.
# A wrong token is detected anyway, because required operations are not reached.
fail-on = ["validation_mismatch", "unused_openapi_auth"]

# Data that violates the schema must get one of the documented refusals.
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "415"]

# Valid data may name an object that is missing or in the wrong state. A hook handles other refusals.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409"]

[phases.stateful]
link-calibration = false
max-steps = 12

# Only explicit links are used: inferred links make schemathesis 4.32 end this phase early, without a failure.
[phases.stateful.inference]
algorithms = []
"""
READS_ONLY_CONFIGURATION = """
# --include-method GET alone does not stop schemathesis from probing other methods.
[phases.coverage]
unexpected-methods = []
"""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of one run. `max_examples` is the number of requests per operation, or of sequences if `stateful`.

    `known_ids` maps parameters such as `path.eid` to existing ids. `partners` are the values of the partner header; if
    there is only one, it is always sent. A report without findings is meaningful only if each of `required_operations`
    accepted a request. `max_requests` limits the requests of a run on the target's own data, and `paced` their rate.
    """

    phases: Sequence[Phase]
    max_examples: int
    partners: Sequence[str]
    required_operations: frozenset[str]
    known_ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reads_only: bool = False
    paced: bool = False
    max_requests: int = 0

    @property
    def is_random(self) -> bool:
        """Whether another seed may reach other operations."""
        return "fuzzing" in self.phases or "stateful" in self.phases

    def to_arguments(self) -> list[str]:
        """Return the settings as options of `st run`."""
        arguments = ["--phases", ",".join(self.phases), "--max-examples", str(self.max_examples)]
        if "stateful" in self.phases:
            arguments += ["--mode", "positive"]
        if self.reads_only:
            arguments += ["--include-method", "GET"]
        if self.paced:
            arguments += ["--rate-limit", f"{READS_PER_MINUTE}/m"]
        return arguments

    def to_toml(self) -> str:
        """Return the settings as schemathesis's configuration. Secrets stay in the environment."""
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
    """Quote a TOML string. In such a string, schemathesis expands `${NAME}`, and reads `$${` as a literal `${`."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")
