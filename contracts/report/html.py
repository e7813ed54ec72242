"""The run as one page that needs nothing else: its verdict, its facts, and every rule with its evidence."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from contracts.report import summary
from contracts.report.markup import Element, element, prose
from contracts.report.rule_section import badge, rule_section
from contracts.report.sanitizer import cut, line
from contracts.report.summary import Conclusion, inspected, many, reason
from contracts.results.result import Result, RuleResult
from contracts.spec.rules import Area, Catalogue
from contracts.spec.verdicts import Verdict

STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")
NEAR = (Verdict.FAIL, Verdict.ERROR, Verdict.OBSERVATION, Verdict.KNOWN)
"""Verdicts whose rules are named at the top."""


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the page."""
    found = summary.concluded(result, catalogue)
    page = element("html", _head(found), element("body", *_body(result, found)), lang="en")
    text = ElementTree.tostring(page, encoding="unicode", method="html")
    file.write_text(f"<!DOCTYPE html>\n{text}\n", encoding="utf-8")


def _head(found: Conclusion) -> Element:
    style, script = STYLE.read_text(encoding="utf-8"), SCRIPT.read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}"
    viewport = element("meta", name="viewport", content="width=device-width, initial-scale=1")
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        viewport,
        element("meta", name="color-scheme", content="light dark"),
        element("title", cut(f"Contracts: {found.sentence}", 120)),
        element("style", style),
        element("script", script),
    )


def _digest(text: str) -> str:
    """What lets the page's own style or script in, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _body(result: Result, found: Conclusion) -> list[Element]:
    state = {0: "pass", 1: "fail"}.get(found.exit_code, "error")
    return [
        element(
            "header",
            element("p", "Does this deployment keep the platform's rules?", class_="question"),
            element("h1", found.sentence),
            element("p", f"{inspected(result.run)}, exit code {found.exit_code}"),
            class_=f"verdict-{state}",
        ),
        element("main", *_summary(result, found), *_rules(found)),
    ]


def _summary(result: Result, found: Conclusion) -> list[Element]:
    parts = [element("section", element("h2", "Rules by verdict"), _counts(found), id="counts")]
    near = [judged for verdict in NEAR for judged in found.having(verdict)]
    if near:
        parts.append(element("section", element("h2", "To look at first"), _links(near)))
    for heading, texts in (
        ("Why the run ended early", [result.ended] if result.ended else []),
        ("Expectations that do not hold", result.stale),
        ("Written and not undone", result.run.undone),
    ):
        if texts:
            listed = element("ul", *(element("li", line(text)) for text in texts))
            parts.append(element("section", element("h2", heading), listed, class_="warning"))
    return [*parts, element("section", element("h2", "The run"), _facts(result))]


def _counts(found: Conclusion) -> Element:
    rows = [
        element(
            "tr",
            element("td", str(count), class_="number"),
            element("th", badge(verdict), scope="row"),
            element("td", summary.MEANINGS[verdict]),
            data_counts=verdict.name.lower(),
        )
        for verdict, count in found.counts().items()
    ]
    return element("table", element("caption", many(len(found.rules), "rule")), element("tbody", *rows))


def _links(near: Sequence[RuleResult]) -> Element:
    return element(
        "ul",
        *(
            element(
                "li",
                element("span", badge(judged.verdict)),
                element("a", judged.rule.id, href=f"#{judged.rule.id}"),
                element("span", cut(reason(judged), 200)),
            )
            for judged in near
        ),
        class_="near",
    )


def _facts(result: Result) -> Element:
    run = result.run
    rate = f", {run.requests / run.seconds:,.1f} a second" if run.seconds > 0 else ""
    facts = [
        ("Target", inspected(run)),
        ("Profile", f"{run.profile}, strict" if run.strict else run.profile),
        ("Seed", str(run.seed)),
        ("Run id", run.run_id),
        ("Start", run.start),
        ("End", f"{run.end}, after {run.seconds:,.1f} s"),
        ("Requests", f"{run.requests:,}{rate}"),
        ("Contracts run", f"{len({(each.contract, each.case) for each in result.outcomes}):,}"),
        ("Rules asked about", ", ".join(result.selected) or "all"),
        ("Suite", f"wavetank {run.suite}"),
        ("openapi.yaml, SHA-256", f"`{run.document}`"),
        ("Catalogue, SHA-256", f"`{run.catalogue}`"),
        ("Not undone", many(len(run.undone), "write") + ", named above" if run.undone else "nothing reported"),
    ]
    pairs = [(element("dt", name), element("dd", *prose(line(value)))) for name, value in facts]
    return element("dl", *(part for pair in pairs for part in pair))


def _rules(found: Conclusion) -> list[Element]:
    sections = []
    for area in Area:
        rules = [rule_section(judged) for judged in found.rules if judged.rule.area is area]
        if rules:
            heading = element("h2", str(area).replace("-", " ").capitalize())
            sections.append(element("section", heading, *rules, class_="area"))
    return [element("div", *sections, id="rules")]
