"""The HTML report: one self-contained page with the verdict, the facts of the run, and each rule with its evidence."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from contracts.report.markup import Element, element, parse_code_spans
from contracts.report.overview import build_introduction, build_overview
from contracts.report.rule_section import build_badge, build_rule_section
from contracts.report.sanitizer import to_single_line, truncate
from contracts.report.summary import (
    PARTIAL_NAME,
    RunSummary,
    filter_key,
    format_count,
    format_documentation,
    format_target,
    summarize,
)
from contracts.results.result import Result
from contracts.spec.rules import Area, Catalogue

STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the report as HTML."""
    summary = summarize(result, catalogue)
    write_page(file, f"Contracts: {summary.sentence}", _build_body(result, summary))


def write_page(file: Path, title: str, body: Sequence[Element]) -> None:
    """Write a page with the style and the script of the reports, which needs no other files."""
    page = element("html", _build_head(title), element("body", *body), lang="en")
    text = ElementTree.tostring(page, encoding="unicode", method="html")
    file.write_text(f"<!DOCTYPE html>\n{text}\n", encoding="utf-8")


def _build_head(title: str) -> Element:
    style, script = STYLE.read_text(encoding="utf-8"), SCRIPT.read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src {_source_hash(style)}; script-src {_source_hash(script)}"
    viewport = element("meta", name="viewport", content="width=device-width, initial-scale=1")
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        viewport,
        element("meta", name="color-scheme", content="light dark"),
        element("title", truncate(title, 120)),
        element("style", style),
        element("script", script),
    )


def _source_hash(text: str) -> str:
    """Return the source for the content security policy that allows only this style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _build_body(result: Result, summary: RunSummary) -> list[Element]:
    state = {0: "pass", 1: "fail"}.get(summary.exit_code, "error")
    return [
        element(
            "header",
            element("p", "Does this deployment keep the platform's rules?", class_="question"),
            element("h1", summary.sentence),
            *build_introduction(result),
            element("p", f"exit code {summary.exit_code}"),
            class_=f"verdict-{state}",
        ),
        element("main", *_summary_sections(result, summary), *_rule_sections(summary)),
    ]


def _summary_sections(result: Result, summary: RunSummary) -> list[Element]:
    before = _warning("Why the run ended early", [result.ended] if result.ended else [])
    before += _warning("Known failures that are out of date", result.stale)
    after = _warning("Writes that were not undone", result.run.undone)
    counts = element("section", element("h2", "Rules by verdict"), _counts_table(summary), id="counts")
    facts = element("section", element("h2", "The run"), _fact_list(result))
    return [*before, *build_overview(summary), *after, counts, facts]


def _warning(heading: str, texts: Sequence[str]) -> list[Element]:
    """Build a section with these texts; none if there are no texts."""
    listed = element("ul", *(element("li", to_single_line(text)) for text in texts))
    return [element("section", element("h2", heading), listed, class_="warning")] if texts else []


def _counts_table(summary: RunSummary) -> Element:
    rows = [
        element(
            "tr",
            element("td", str(row.count), class_="number"),
            element("th", build_badge(row.verdict, row.name), scope="row"),
            element("td", row.meaning),
            data_counts=filter_key(row.verdict, row.name == PARTIAL_NAME),
        )
        for row in summary.count_rows()
    ]
    return element("table", element("caption", format_count(len(summary.rules), "rule")), element("tbody", *rows))


def _fact_list(result: Result) -> Element:
    run = result.run
    rate = f", {run.requests / run.seconds:,.1f} a second" if run.seconds > 0 else ""
    facts = [
        ("Target", format_target(run)),
        ("Documentation", format_documentation(run) or "not recorded"),
        ("Profile", f"{run.profile}, strict" if run.strict else run.profile),
        ("Seed", str(run.seed)),
        ("Run id", run.run_id),
        ("Start", run.start),
        ("End", f"{run.end}, after {run.seconds:,.1f} s"),
        ("Requests", f"{run.requests:,}{rate}"),
        ("Contracts run", f"{len({(each.contract, each.case) for each in result.outcomes}):,}"),
        ("Selected rules", ", ".join(result.selected) or "all"),
        ("Suite", f"wavetank {run.suite}"),
        ("openapi.yaml, SHA-256", f"`{run.document}`"),
        ("Catalogue, SHA-256", f"`{run.catalogue}`"),
        ("Not undone", format_count(len(run.undone), "write") + ", listed above" if run.undone else "nothing reported"),
    ]
    pairs = [(element("dt", name), element("dd", *parse_code_spans(to_single_line(value)))) for name, value in facts]
    return element("dl", *(part for pair in pairs for part in pair))


def _rule_sections(summary: RunSummary) -> list[Element]:
    sections = []
    for area in Area:
        rules = [build_rule_section(rule_result) for rule_result in summary.rules if rule_result.rule.area is area]
        if rules:
            heading = element("h2", str(area).replace("-", " ").capitalize())
            sections.append(element("section", heading, *rules, class_="area"))
    return [element("div", *sections, id="rules")]
