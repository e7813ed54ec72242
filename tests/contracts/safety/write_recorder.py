"""A pytest plugin that allows all writes, and records which contract made each and whether it was accepted."""

import json
from pathlib import Path

import httpx2
import hypothesis
import pytest

from contracts.pytest_plugin import hypothesis_profile
from contracts.pytest_plugin.fixtures import TARGET_SESSION
from contracts.safety import call_scope
from contracts.spec.markers import MARK, parse_contract
from contracts.spec.openapi import OpenApiSpec
from contracts.target.client import Client, Intent

FILE_OPTION = "--recorded-writes"
FEW_EXAMPLES = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(FILE_OPTION, dest="recorded_writes", required=True, help="the file in which to save the record")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw only a few examples, because all of them make the same writes."""
    settings = hypothesis.settings.get_profile(hypothesis_profile.PROFILE)
    hypothesis.settings.register_profile(
        hypothesis_profile.PROFILE, hypothesis.settings(settings, max_examples=FEW_EXAMPLES)
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    target_session = session.config.stash[TARGET_SESSION]
    recorder = WriteRecorder(target_session.api_spec, Path(session.config.getoption("recorded_writes")))
    target_session.gate = recorder
    session.config.pluginmanager.register(recorder)


class WriteRecorder:
    """A gate that sees all requests to the target's own data, and a plugin that knows the current contract."""

    def __init__(self, api_spec: OpenApiSpec, file: Path) -> None:
        self._api_spec = api_spec
        self._file = file
        self._contract_id = ""
        self._writes: dict[str, dict[str, set[str]]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep only the contracts that use the target's own data."""
        items[:] = [item for item in items if "deployment" in getattr(item, "fixturenames", ())]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Attribute the writes from now on to this contract: what is started early belongs to none."""
        mark = item.get_closest_marker(MARK)
        assert mark is not None
        self._contract_id = parse_contract(item).id
        record: dict[str, set[str]] = {"declared": set(mark.kwargs["writes"]), "accepted": set(), "refused": set()}
        self._writes.setdefault(self._contract_id, record)

    def pytest_runtest_logfinish(self) -> None:
        self._contract_id = ""

    def pytest_sessionfinish(self) -> None:
        record = {contract: {key: sorted(ids) for key, ids in each.items()} for contract, each in self._writes.items()}
        self._file.write_text(json.dumps(record), encoding="utf-8")

    def before(self, client: Client, intent: Intent) -> None:
        """Allow the request."""

    def after(self, intent: Intent, answer: httpx2.Response) -> None:
        call = call_scope.parse_call(intent, self._api_spec)
        if call.is_write and self._contract_id:
            self._writes[self._contract_id]["accepted" if answer.status_code < 300 else "refused"].add(call.operation)
