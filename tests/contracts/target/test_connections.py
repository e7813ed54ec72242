"""The suite's connections: directly on loopback, otherwise through the proxies of the environment."""

from collections.abc import Iterator

import certifi
import httpx2
import pytest

from contracts.target import connections
from contracts.target.connections import PROXY_EXTENSION, NetworkSettingError, open_http
from tests.builders import a_workspace
from tests.mock_harness import running_server

UNUSED_PROXY = "http://127.0.0.1:9"
REMOTE_URL = "http://platform.example/api/v3"
NETWORK_VARIABLES = (*connections.PROXY_VARIABLES, "ssl_cert_file", "ssl_cert_dir", "sslkeylogfile")


@pytest.fixture(autouse=True)
def no_network_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the connection settings of the machine that runs the tests."""
    for name in NETWORK_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(a_workspace()) as address:
        yield address


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", [UNUSED_PROXY, "socks5://127.0.0.1:9", "http://[::1"], ids=["http", "socks", "none"])
def test_a_target_on_loopback_is_asked_directly(
    variable: str, value: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with open_http(f"{origin}/api/v3", f"{origin}/_mock") as http:
        assert http.get(f"{origin}/api/v3/status/").status_code == 200


def test_a_control_api_on_loopback_is_asked_directly_beside_a_remote_target(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", UNUSED_PROXY)
    with open_http(REMOTE_URL, f"{origin}/_mock") as http:
        assert http.get(f"{origin}/_mock/status").status_code == 200
        with pytest.raises(httpx2.ConnectError, match="through the proxy set in http_proxy"):
            http.get(REMOTE_URL)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_response_through_a_proxy_names_its_variable(
    variable: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, origin.removeprefix("http://"))
    with open_http(REMOTE_URL) as http:
        assert http.get(REMOTE_URL).extensions[PROXY_EXTENSION] == variable


@pytest.mark.parametrize(
    "excluded", ["platform.example", ".example", "*", "[::1],fd00::/8,10.0.0.0/99,platform.example"]
)
def test_a_target_in_no_proxy_is_asked_directly(excluded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", UNUSED_PROXY)
    monkeypatch.setenv("no_proxy", excluded)
    with open_http(REMOTE_URL) as http, pytest.raises(httpx2.ConnectError) as failed:
        http.get(REMOTE_URL)
    assert "proxy" not in str(failed.value)


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", ["socks5://127.0.0.1:9", "ftp://proxy.example", "http://[::1", "http://proxy:x"])
def test_a_variable_that_holds_no_usable_proxy_is_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(NetworkSettingError, match=f"^{variable} .*proxy"):
        open_http(REMOTE_URL)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"])
def test_a_variable_that_spoils_https_is_named_and_spoils_nothing_else(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable == "SSLKEYLOGFILE":
        monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    monkeypatch.setenv(variable, "/nowhere/at/all")
    with pytest.raises(NetworkSettingError, match=f"^{variable}=/nowhere/at/all cannot be used: "):
        open_http("https://127.0.0.1/api/v3")
    open_http(REMOTE_URL, "http://127.0.0.1/_mock").close()


def test_a_process_inherits_proxies_for_a_remote_target_only() -> None:
    environment = {"http_proxy": "a", "HTTPS_PROXY": "b", "All_Proxy": "c", "no_proxy": "d", "PATH": "e"}
    assert connections.inherit_environment(environment, "http://[::1]:8080/api/v3") == {"PATH": "e"}
    assert connections.inherit_environment(environment, REMOTE_URL) == environment
