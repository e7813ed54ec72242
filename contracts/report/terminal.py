"""The first screen after a run: what was inspected, what is broken and how to see it again, the verdict last."""

import shlex
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.report import summary as conclusion
from contracts.report.progress import Progress
from contracts.report.sanitizer import cut, line, sentence
from contracts.report.summary import Conclusion, inspected, many, reason, title
from contracts.results.result import Outcome, Result, RuleResult
from contracts.spec.rules import Area, Catalogue
from contracts.spec.verdicts import Verdict

__all__ = ["Progress", "summary"]

COLOURS = {
    Verdict.FAIL: "1;31",
    Verdict.ERROR: "1;35",
    Verdict.BLOCKED: "33",
    Verdict.INCONCLUSIVE: "33",
    Verdict.OBSERVATION: "36",
    Verdict.KNOWN: "33",
    Verdict.PASS: "32",
    Verdict.NOT_APPLICABLE: "2",
}
KINDS = {"example": "worked cases", "law": "laws", "machine": "random walks", "schema": "drawn requests"}
"""The kinds of contract, in words."""
MOST_SHOWN = 3
"""How many of a rule's broken contracts are named here; the page has them all."""


def summary(
    result: Result, catalogue: Catalogue, *, width: int = 80, colour: bool = False, folder: Path | None = None
) -> str:
    """The whole screen, without a newline at its end. `folder` is where the other reports are, if anywhere."""
    found, page = conclusion.concluded(result, catalogue), _Page(width, colour)
    lines = [*_head(result, page), *_counts(found, page), *_broken(found, page)]
    lines += _each(found.having(Verdict.ERROR), "errors of the suite", page)
    lines += _items(result.stale, "expectations that do not hold", page)
    lines += _each(found.having(Verdict.OBSERVATION), "observations", page)
    lines += _each(found.having(Verdict.KNOWN), "known", page)
    lines += _grouped(found.having(Verdict.INCONCLUSIVE), "inconclusive", page)
    lines += _grouped(found.having(Verdict.BLOCKED), "blocked", page)
    lines += _items(result.run.undone, "written and not undone", page)
    lines += _passed(found, page)
    lines += _grouped(found.having(Verdict.NOT_APPLICABLE), "not applicable", page)
    return "\n".join([*lines, *_foot(result, found, page, folder)])


class _Page:
    """Where lines end, and whether they have colours."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width, self.colour = max(width, 40), colour

    def painted(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text

    def heading(self, text: str, verdict: Verdict | None = None) -> list[str]:
        return ["", self.painted(text.upper(), COLOURS[verdict] if verdict else "1")]

    def item(self, label: str, text: str, indent: int = 2) -> list[str]:
        """A label, and a text that is wrapped beside it."""
        first = f"{' ' * indent}{label}"
        return self._wrapped(text, first, " " * len(first))

    def block(self, text: str, indent: int = 2) -> list[str]:
        return self._wrapped(text, " " * indent, " " * indent)

    def _wrapped(self, text: str, first: str, then: str) -> list[str]:
        return textwrap.wrap(
            line(text), self.width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
        )


def _head(result: Result, page: _Page) -> list[str]:
    run = result.run
    rate = f", {run.requests / run.seconds:,.1f} a second" if run.requests and run.seconds > 0 else ""
    facts = [
        ("Target", inspected(run)),
        ("Run", f"profile {run.profile}, seed {run.seed}, id {run.run_id}{', strict' if run.strict else ''}"),
        ("Suite", f"wavetank {run.suite}, at {run.end}"),
        ("Took", f"{_length(run.seconds)}, {many(run.requests, 'request')}{rate}"),
        ("Spent on", _by_kind(result.outcomes)),
    ]
    title_line = page.painted("Does this deployment keep the platform's rules?", "1")
    return [title_line, "", *(row for label, text in facts if text for row in page.item(f"{label:10}", text, 0))]


def _by_kind(outcomes: Iterable[Outcome]) -> str:
    spent: dict[str, float] = {}
    for outcome in outcomes:
        spent[outcome.kind] = spent.get(outcome.kind, 0.0) + outcome.seconds
    longest = sorted(spent.items(), key=lambda kind: -kind[1])
    return ", ".join(f"{KINDS.get(kind, kind)} {_length(seconds)}" for kind, seconds in longest)


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _counts(found: Conclusion, page: _Page) -> list[str]:
    lines = page.heading(f"{many(len(found.rules), 'rule')}")
    for verdict, count in found.counts().items():
        told = f"{count:4} {conclusion.NAMES[verdict]:14}"
        lines.append(f"{page.painted(told, COLOURS[verdict])}  {cut(conclusion.MEANINGS[verdict], page.width - 22)}")
    return lines


def _broken(found: Conclusion, page: _Page) -> list[str]:
    broken = found.having(Verdict.FAIL)
    lines = page.heading(f"broken: {many(len(broken), 'rule')}", Verdict.FAIL) if broken else []
    for number, judged in enumerate(broken):
        lines += [""] if number else []
        lines += _broken_rule(judged, page)
    return lines


def _broken_rule(judged: RuleResult, page: _Page) -> list[str]:
    rule = judged.rule
    failed = [outcome for outcome in judged.outcomes if outcome.verdict is Verdict.FAIL]
    tried = {outcome.contract for outcome in judged.outcomes}
    count = f"{len({outcome.contract for outcome in failed})} of {many(len(tried), 'contract')}"
    lines = [page.painted(f"  {rule.id}  {rule.level}, {rule.basis}", COLOURS[Verdict.FAIL])]
    lines += page.block(sentence(rule.claim), 4)
    lines += page.item("Why       ", reason(judged), 4)
    for label, text in (("Expected  ", failed[0].expected), ("Seen      ", failed[0].seen)):
        lines += page.item(label, cut(text, 2 * (page.width - 14)), 4) if text else []
    lines += page.item("Failed    ", f"{count}: {_named(failed)}", 4)
    capsule = next((outcome.capsule for outcome in failed if outcome.capsule), "")
    if capsule:
        lines.append(f"    Capsule   {line(capsule)}")
        lines.append(f"    Again     contracts replay {shlex.quote(line(capsule))}")
    return lines


def _named(failed: Sequence[Outcome]) -> str:
    names = list(dict.fromkeys(title(outcome) for outcome in failed))
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _each(rules: Sequence[RuleResult], heading: str, page: _Page) -> list[str]:
    lines = page.heading(heading, rules[0].verdict) if rules else []
    for judged in rules:
        lines += page.item(f"{judged.rule.id:8}  ", reason(judged))
    return lines


def _items(texts: Sequence[str], heading: str, page: _Page) -> list[str]:
    lines = page.heading(heading) if texts else []
    return lines + [row for text in texts for row in page.item("- ", text)]


def _grouped(rules: Sequence[RuleResult], heading: str, page: _Page) -> list[str]:
    """Rules by the reason that they share."""
    lines = page.heading(heading, rules[0].verdict) if rules else []
    groups: dict[str, list[str]] = {}
    for judged in rules:
        groups.setdefault(reason(judged), []).append(judged.rule.id)
    for why, ids in groups.items():
        lines += page.block(why)
        lines += page.block(" ".join(ids), 4)
    return lines


def _passed(found: Conclusion, page: _Page) -> list[str]:
    passed = found.having(Verdict.PASS)
    lines = page.heading("pass", Verdict.PASS) if passed else []
    for area in Area:
        ids = [judged.rule.id for judged in passed if judged.rule.area is area]
        lines += page.item(f"{area:19}", " ".join(ids)) if ids else []
    return lines


def _foot(result: Result, found: Conclusion, page: _Page, folder: Path | None) -> list[str]:
    lines = page.heading("the run ended early") + page.block(result.ended) if result.ended else []
    if folder is not None:
        lines += ["", line(f"Every rule with its evidence: {folder / 'report.html'}")]
    code = f" (exit code {found.exit_code})"
    style = {0: "1;32", 1: "1;31"}.get(found.exit_code, "1;33")
    return [*lines, "", page.painted(cut(found.sentence, page.width - len(code)) + code, style)]
