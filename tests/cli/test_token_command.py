"""The command `mock-server token`, run against a server."""

from collections.abc import Iterator

import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.settings import Settings
from tests import plain_http
from tests.builders import START_TIME
from tests.mock_harness import running_server


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Run a server that also has a workspace `mine`; yield its origin."""
    settings = Settings(clock_mode="frozen", now=START_TIME)
    with running_server(app.create_workspace(settings), settings) as address:
        assert plain_http.post(f"{address}/_mock/workspaces", json={"name": "mine"}).status_code == 201
        yield address


@pytest.mark.parametrize(
    ("value", "platform"),
    [
        pytest.param("", "/api/v3", id="a server"),
        pytest.param("/", "/api/v3", id="a server, with a slash"),
        pytest.param("/api/v3", "/api/v3", id="the platform"),
        pytest.param("/api/v3/", "/api/v3", id="the platform, with a slash"),
        pytest.param("/w/mine", "/w/mine/api/v3", id="a workspace"),
        pytest.param("/w/mine/api/v3", "/w/mine/api/v3", id="the platform of a workspace"),
    ],
)
def test_the_token_is_valid_at_the_given_address(
    origin: str, capsys: pytest.CaptureFixture[str], value: str, platform: str
) -> None:
    main.main(["token", "--base-url", f"{origin}{value}"])
    token = capsys.readouterr().out.strip()
    answer = plain_http.get(f"{origin}{platform}/partners/", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text


def test_one_address_in_the_environment_works_for_all_commands(
    origin: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in (origin, f"{origin}/api/v3", f"{origin}/_mock", f"{origin}/w/mine/api/v3", f"{origin}/w/mine/_mock"):
        monkeypatch.setenv("MOCK_SERVER_BASE_URL", address)
        main.main(["workspace", "list"])
        assert f"mine {origin}/w/mine/api/v3" in capsys.readouterr().out
        main.main(["token"])
        assert capsys.readouterr().out.count(".") == 2
        main.main(["explain", "package", "pkg_555"])
        assert capsys.readouterr().out.startswith("pkg_555 at ")


def test_an_error_names_the_url_and_the_reason(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["token", "--base-url", f"{origin}/w/yours"])
    error_output = capsys.readouterr().err
    assert ended.value.code == 2
    assert error_output.startswith(f"mock-server: {origin}/w/yours/api/v3/auth answered 404: ")
    assert "there is no workspace yours" in error_output
