"""Runs schemathesis (`st run`) in its own process."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from contracts.errors import ContractsError
from contracts.schemathesis_runner import findings
from contracts.schemathesis_runner.command import RunSettings
from contracts.schemathesis_runner.findings import RunReport
from contracts.schemathesis_runner.fuzz_context import FuzzContext
from contracts.spec import openapi
from contracts.spec.openapi import OpenApiSpec
from contracts.target import connections
from contracts.target.clock import machine_timestamp
from contracts.target.exchange_log import ExchangeLog
from contracts.target.stop_requests import STOP_REQUESTS

RUN_TIMEOUT_SECONDS = 1_800
"""The maximum duration of a run, in seconds. The longest run of the thorough profile takes a tenth of it."""
MAX_OUTPUT_SHOWN = 4_000


class EngineError(ContractsError):
    """Schemathesis did not complete. This says nothing about the target."""


class EngineProcess:
    """A running schemathesis process, with a temporary folder of its own. A request to stop leaves neither of them."""

    def __init__(
        self,
        settings: RunSettings,
        context: FuzzContext,
        seed: int,
        api_spec: OpenApiSpec,
        hypothesis_home: str = "",
    ) -> None:
        """`hypothesis_home` is the folder for Hypothesis's own files; if it is empty, they go to the temporary one."""
        self._api_spec, self._hypothesis_home = api_spec, hypothesis_home
        self._resources = ExitStack()
        try:
            with STOP_REQUESTS.deferred():
                self._folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="contracts-")))
                self._process = self._start(settings, context, seed)
                self._resources.callback(self._process.wait)
                self._resources.callback(self._process.kill)
        except BaseException:
            self.close()
            raise

    def _start(self, settings: RunSettings, context: FuzzContext, seed: int) -> subprocess.Popen[bytes]:
        config = self._folder / "schemathesis.toml"
        config.write_text(settings.to_toml(), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
        command += [
            str(self._write_document(context)),
            "--url",
            context.base_url,
            "--seed",
            str(seed),
            "--no-color",
            "--no-shrink",
        ]
        command += ["--report-json-path", str(self._summary_file), "--report-ndjson-path", str(self._events_file)]
        with self._output_file.open("wb") as output:
            # S603: every argument is a constant of the suite, or the address that the suite was given.
            return subprocess.Popen(  # noqa: S603
                [*command, *settings.to_arguments()],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_build_environment(context, self._hypothesis_home),
                cwd=self._folder,
            )

    def _write_document(self, context: FuzzContext) -> Path:
        """Write the document for the generation that the target follows, so that only its values are drawn."""
        file = self._folder / "openapi.json"
        document = openapi.select_documentation(self._api_spec.document, context.documentation)
        file.write_text(json.dumps(document, default=str), encoding="utf-8")
        return file

    @property
    def _summary_file(self) -> Path:
        return self._folder / "summary.json"

    @property
    def _events_file(self) -> Path:
        return self._folder / "events.ndjson"

    @property
    def _output_file(self) -> Path:
        """The process's output, which is shown in errors. The findings are read from the reports instead."""
        return self._folder / "output.txt"

    def wait_for_report(self) -> RunReport:
        """Wait for the process and read its report. Raises EngineError and TimeoutExpired."""
        self._process.wait(RUN_TIMEOUT_SECONDS)
        output = self._output_file.read_text(encoding="utf-8", errors="backslashreplace")[-MAX_OUTPUT_SHOWN:]
        try:
            run_report = findings.read_report(self._summary_file, self._events_file, self._api_spec)
        except (OSError, ValueError) as error:
            raise EngineError(f"schemathesis wrote no report: {error}\n{output}") from error
        if run_report.engine_error:
            raise EngineError(f"{run_report.engine_error}\n{output}")
        return run_report

    def log_exchanges(self, exchange_log: ExchangeLog) -> None:
        """Add all exchanges of the finished process to the log of the run."""
        for recorder in findings.read_scenarios(self._events_file):
            for interaction in recorder.get("interactions", {}).values():
                call, response = findings.parse_call(interaction), interaction.get("response") or {}
                start = machine_timestamp(float(interaction["timestamp"]))
                exchange_log.add(call.request, call.answer, start, float(response.get("elapsed", 0)))

    def close(self) -> None:
        """Stop the process and delete its folder."""
        self._resources.close()


def _build_environment(context: FuzzContext, hypothesis_home: str) -> dict[str, str]:
    """Return the environment: the caller's without SCHEMATHESIS variables, with the suite on PYTHONPATH.

    NETRC is set, because a password for the target in the user's own .netrc file would replace the token.
    """
    inherited = connections.inherit_environment(os.environ, context.base_url) | {"NETRC": os.devnull}
    inherited = {name: value for name, value in inherited.items() if not name.startswith("SCHEMATHESIS")}
    root = str(Path(__file__).resolve().parent.parent.parent)
    paths = [root, *filter(None, [inherited.get("PYTHONPATH")])]
    home = {"HYPOTHESIS_STORAGE_DIRECTORY": hypothesis_home} if hypothesis_home else {}
    return {**inherited, **context.to_environment(), **home, "PYTHONPATH": os.pathsep.join(paths)}
