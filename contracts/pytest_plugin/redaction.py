"""Removes secrets from pytest's own reports: tracebacks, reasons of skips, captured output and internal errors."""

import sys
from collections.abc import Generator

import pytest

from contracts.spec.redactor import REDACTOR


class RedactionPlugin:
    """A pytest plugin that changes a report only if it contains a secret of the run."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Remove secrets from a test's report, after all other plugins have changed it."""
        report = yield
        hide_in_report(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Remove secrets from the report of a module."""
        report = yield
        hide_in_report(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object) -> bool:
        """Print an error of pytest itself, without secrets. The value tells pytest not to print it once more."""
        sys.stderr.write(REDACTOR.hide(f"{excrepr}\n"))
        return True


def hide_in_report(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Remove secrets from a report. A traceback that contains one becomes a plain text."""
    report.sections = REDACTOR.hide_in(report.sections)
    if isinstance(report.longrepr, tuple):
        report.longrepr = REDACTOR.hide_in(report.longrepr)
    elif report.longrepr is not None:
        shown = report.longreprtext
        hidden = REDACTOR.hide(shown)
        if hidden != shown:
            report.longrepr = hidden
