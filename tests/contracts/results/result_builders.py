"""Results of runs, built by hand for the tests of the reports."""

from dataclasses import replace
from typing import Any

from contracts.results.result import Outcome, Result, Run
from contracts.spec import rules as catalogue
from contracts.spec.verdicts import Verdict

RULES = catalogue.load()
HOSTILE_TEXT = (
    "</pre><script>alert(1)</script> \"'&amp; ]]> \x00\x1b[31m\x85\u202e\ufffe \\ $(rm) é 漢 🌊\r\nnext\tline"
)
"""Text with which a target could try to break out of every kind of document that quotes it."""
RULE_BY_VERDICT = {
    Verdict.FAIL: "BEV-07",
    Verdict.ERROR: "EVT-01",
    Verdict.BLOCKED: "PKG-01",
    Verdict.INTERMITTENT: "PKG-03",
    Verdict.INCONCLUSIVE: "PKG-02",
    Verdict.OBSERVATION: "BASE-08",
    Verdict.KNOWN: "PART-02",
    Verdict.PASS: "AUTH-01",
    Verdict.NOT_APPLICABLE: "JOB-03",
}


def a_run(**changes: Any) -> Run:
    run = Run(
        suite="0.1.0",
        document="a" * 64,
        catalogue="b" * 64,
        target="http://127.0.0.1:8080/api/v3",
        is_our_mock=False,
        profile="standard",
        seed=7,
        strict=False,
        run_id="c0ffee00",
        start="2026-03-02T10:00:00Z",
        end="2026-03-02T10:01:40Z",
        requests=250,
        seconds=100.0,
        documentation="newer",
        documentation_source="reported by the mock's control API",
    )
    return replace(run, **changes)


def an_outcome(verdict: Verdict = Verdict.PASS, *rules: str, **changes: Any) -> Outcome:
    area = RULES.rule((rules or ("AUTH-01",))[0]).area
    outcome = Outcome(
        contract=f"{area}::a_contract_about_it",
        case="",
        kind="example",
        rules=rules or ("AUTH-01",),
        verdict=verdict,
        reason="" if verdict is Verdict.PASS else f"why it is {verdict}",
        seconds=2.0,
        requests=10,
        parts=RULES.list_parts(rules or ("AUTH-01",)),
    )
    return replace(outcome, **changes)


def a_failure(*rules: str, **changes: Any) -> Outcome:
    details = {
        "reason": "the purchase on the last day",
        "expected": "1",
        "seen": "0",
        "calls": ("curl -sS 'http://127.0.0.1:8080/api/v3/events/'  # -> 200",),
        "capsule": "contracts-report/reproducers/last day.json",
    }
    return an_outcome(Verdict.FAIL, *rules, **{**details, **changes})


def one_outcome_per_verdict(**changes: Any) -> list[Outcome]:
    """Return the outcomes of a run in which every verdict occurs, each for one rule."""
    return [
        a_failure(rule, **changes) if verdict is Verdict.FAIL else an_outcome(verdict, rule, **changes)
        for verdict, rule in RULE_BY_VERDICT.items()
    ]


def a_result(*outcomes: Outcome, **changes: Any) -> Result:
    """Return a result that contains only the rules of its outcomes, as after a run with `--rule`."""
    run = changes.pop("run", a_run())
    selected_rules = tuple(rule for rule in RULES.rules if any(rule in outcome.rules for outcome in outcomes))
    return Result(run, outcomes, **{"selected": selected_rules, **changes})


def build_endings() -> dict[str, tuple[Result, int]]:
    """Return a result for each way in which a run can end, with its exit code."""
    passed, failed = an_outcome(Verdict.PASS, "AUTH-01"), a_failure("BEV-07")
    observed = an_outcome(Verdict.OBSERVATION, "BASE-08")
    blocked = an_outcome(Verdict.BLOCKED, "BASE-08")
    strict = a_run(strict=True)
    return {
        "kept": (a_result(passed), 0),
        "kept with a known failure": (a_result(passed, an_outcome(Verdict.KNOWN, "PART-02")), 0),
        "kept with an observation": (a_result(passed, observed), 0),
        "kept with a blocked rule": (a_result(passed, blocked), 0),
        "a strict run with an observation": (a_result(passed, observed, run=strict), 1),
        "a strict run with a blocked rule": (a_result(passed, observed, blocked, run=strict), 1),
        "broken": (a_result(passed, failed), 1),
        "two broken": (a_result(passed, failed, a_failure("BEV-08")), 1),
        "broken, then unreachable": (a_result(passed, failed, ended="the target no longer answers"), 1),
        "unreachable": (a_result(passed, ended="the target no longer answers"), 3),
        "never reached": (Result(a_run(), (), ended="cannot reach it"), 3),
        "nothing applies": (a_result(an_outcome(Verdict.NOT_APPLICABLE, "JOB-03")), 3),
        "all blocked": (a_result(an_outcome(Verdict.BLOCKED, "PKG-01"), an_outcome(Verdict.BLOCKED, "PKG-02")), 3),
        "partly blocked": (a_result(an_outcome(Verdict.PASS, "BASE-08"), blocked), 3),
        "the suite broke": (a_result(passed, an_outcome(Verdict.ERROR, "EVT-01")), 3),
        "stale": (a_result(passed, stale=("AUTH-01, expected broken (owner Ana), is kept now",)), 3),
        "hostile": (
            a_result(
                *one_outcome_per_verdict(reason=HOSTILE_TEXT, seen=HOSTILE_TEXT, case=HOSTILE_TEXT), ended=HOSTILE_TEXT
            ),
            1,
        ),
    }


ENDINGS = build_endings()
