"""`WavetankContainer` asks the engine for the image with its settings, waits for the mock, and knows its address."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests import plain_http
from tests.containers.engine_stub import Engine, running_engine
from tests.docs.pages import ROOT
from tests.mock_harness import running_app

FOLDER = ROOT / "clients" / "testcontainers"
pytestmark = pytest.mark.skipif(
    find_spec("testcontainers") is None, reason="needs testcontainers, which .ci/run installs"
)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    settings = Settings(host="0.0.0.0", control_token="t0ken", sample_password="pa55word")
    with running_app(app.create_app(settings)) as origin, running_engine(urlsplit(origin).port or 0) as (stub, host):
        monkeypatch.setenv("DOCKER_HOST", host)
        monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
        monkeypatch.syspath_prepend(str(FOLDER))
        from testcontainers.core.config import testcontainers_config

        monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
        yield stub
    sys.modules.pop("wavetank_container", None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_container_starts_and_is_used(engine: Engine) -> None:
    from wavetank_container import WavetankContainer  # type: ignore[import-not-found]  # it is no package

    with WavetankContainer(control_token="t0ken", sample_password="pa55word").with_env("MOCK_SERVER_SEED", "7") as mock:
        signed_in = plain_http.post(
            f"{mock.get_base_url()}/auth",
            json={"username": "partner@acme.example", "password": mock.sample_password},
            trust_env=False,
        )
        headers = {"x-mock-control-token": mock.control_token}
        clock = plain_http.get(f"{mock.get_url()}/_mock/clock", headers=headers, trust_env=False)
    assert (signed_in.status_code, clock.status_code) == (200, 200)
    (created,) = engine.created
    assert created["Image"] == "wavetank:local"
    assert "8080/tcp" in created["ExposedPorts"]
    expected = {"MOCK_SERVER_CONTROL_TOKEN=t0ken", "MOCK_SERVER_SAMPLE_PASSWORD=pa55word", "MOCK_SERVER_SEED=7"}
    assert expected <= set(created["Env"])
    assert engine.calls[-1].startswith("DELETE ")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_each_container_has_secrets_of_its_own(engine: Engine) -> None:
    from wavetank_container import WavetankContainer

    first, second = WavetankContainer(), WavetankContainer()
    assert len({first.control_token, first.sample_password, second.control_token, second.sample_password}) == 4
