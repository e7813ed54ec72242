"""The reports of a run: screen, HTML, Markdown, JUnit, SARIF and badge. All of them are built from the same result."""

from pathlib import Path

from contracts.report import badge, html, junit, markdown, sarif, terminal
from contracts.results.result import Result
from contracts.spec.rules import Catalogue

WRITER_BY_FILE_NAME = {
    "junit.xml": junit.write,
    "report.html": html.write,
    "results.sarif": sarif.write,
    "summary.md": markdown.write,
    "badge.svg": badge.write,
}


def write_all(result: Result, catalogue: Catalogue, folder: Path) -> list[Path]:
    """Write every report into the folder, which is created if necessary. Return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    result_file, summary_file = folder / "result.json", folder / "summary.txt"
    result.write(result_file, catalogue)
    summary_file.write_text(terminal.format_summary(result, catalogue) + "\n", encoding="utf-8")
    for name, write in WRITER_BY_FILE_NAME.items():
        write(result, catalogue, folder / name)
    return [result_file, summary_file, *(folder / name for name in WRITER_BY_FILE_NAME)]
