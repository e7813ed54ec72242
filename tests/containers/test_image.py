"""The image's entry point and health check run as its user, in a read-only root, without a container engine."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers import clean_root, dockerfile
from tests.containers.clean_root import Container
from tests.docs.pages import ROOT
from tests.storage.replicas import free_port

BUILD, FINAL = dockerfile.read()
NEEDS_ROOT = pytest.mark.skipif(bool(clean_root.missing_reason()), reason=clean_root.missing_reason() or "-")


def read_start_message(container: Container) -> str:
    """Return the lines that the server prints at its start, until that with the secrets."""
    assert container.process.stdout is not None
    lines = list[str]()
    for line in container.process.stdout:
        lines.append(line)
        if line.startswith("Secrets"):
            return "".join(lines)
    assert container.process.stderr is not None
    raise AssertionError("".join(lines) + container.process.stderr.read())


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Container, str]]:
    script = clean_root.checkout_script([BUILD, FINAL])
    base = tmp_path_factory.mktemp("image") / "overlay"
    with clean_root.running_container(base, script, MOCK_SERVER_PORT=str(free_port())) as container:
        yield container, read_start_message(container)
        assert container.stop() == 0


@NEEDS_ROOT
def test_the_start_message_names_the_files_with_the_secrets(started: tuple[Container, str]) -> None:
    container, message = started
    folder = "/var/lib/wavetank/secrets"
    assert f"Secrets   {folder}/control-token and {folder}/sample-password" in message
    listed = container.execute("stat", "-c", "%a %u %n", f"{folder}/control-token", f"{folder}/sample-password")
    assert listed.stdout.split()[:2] == ["600", "10001"]
    assert container.execute("cat", f"{folder}/control-token").stdout.strip() not in message


@NEEDS_ROOT
def test_the_health_check_succeeds(started: tuple[Container, str]) -> None:
    container, _ = started
    checked = container.execute(*FINAL.words("HEALTHCHECK"))
    assert (checked.returncode, checked.stdout[:5]) == (0, "live:"), checked.stderr


@NEEDS_ROOT
def test_the_commands_in_the_container_need_no_token(started: tuple[Container, str]) -> None:
    container, _ = started
    clock = container.execute("wavetank", "clock", "--json")
    assert json.loads(clock.stdout)["mode"] == "running", clock.stderr
    assert container.execute("wavetank", "token").stdout.startswith("eyJ")


@NEEDS_ROOT
def test_it_runs_as_another_user_who_can_write_to_the_volume_only(started: tuple[Container, str]) -> None:
    container, _ = started
    assert container.execute("id", "-u").stdout == "10001\n"
    for folder in ("/", "/tmp", "/opt", "/var/lib"):  # compose.yaml and the manifests mount /tmp
        assert container.execute("touch", f"{folder}/file").returncode != 0, folder
    assert container.execute("touch", "/var/lib/wavetank/file").returncode == 0


@NEEDS_ROOT
@pytest.mark.soak
def test_all_steps_of_the_dockerfile_run(tmp_path: Path) -> None:
    script = clean_root.build_script([BUILD, FINAL])
    with clean_root.running_container(tmp_path / "overlay", script, MOCK_SERVER_PORT=str(free_port())) as container:
        read_start_message(container)
        assert container.execute(*FINAL.words("HEALTHCHECK")).returncode == 0
        module = container.execute("/opt/wavetank/bin/python", "-c", "import mock_server; print(mock_server.__file__)")
        assert module.stdout.startswith("/opt/wavetank/lib/"), module.stderr
        assert container.execute("wavetank", "serve", "--database-url", "postgresql://localhost:1/x").returncode == 2
        assert container.stop() == 0


def test_all_that_the_wheel_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", "openapi.yaml", "constraints.txt", wheel["hooks"]["custom"]["path"]}
    needed |= {project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"]}
    copied = {source for sources, _ in BUILD.copied() for source in sources}
    assert copied == needed


def test_the_build_context_is_what_is_copied() -> None:
    copied = {source for sources, _ in BUILD.copied() for source in sources}
    names = {path.name for path in ROOT.iterdir()}
    assert {name for name in names if dockerfile.is_in_context(ROOT / name)} == copied


def test_the_extras_of_the_image_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extras,) = (text.partition("=")[2].split(",") for text in BUILD.texts("ARG"))
    assert set(extras) <= set(project["optional-dependencies"])


def test_the_image_is_not_run_by_root_and_has_no_secret() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", FINAL.last("USER"))
    assert not {"MOCK_SERVER_CONTROL_TOKEN", "MOCK_SERVER_SAMPLE_PASSWORD"} & set(FINAL.environment())


def test_the_variables_of_the_image_are_flags() -> None:
    from mock_server import settings_flags

    environment = {name: value for name, value in FINAL.environment().items() if name.startswith("MOCK_SERVER_")}
    settings = settings_flags.read_environment(environment)
    assert (settings.host, settings.port, str(settings.secrets_dir)) == ("0.0.0.0", 8080, "/var/lib/wavetank/secrets")
    assert FINAL.last("EXPOSE") == str(settings.port)
    assert Path(FINAL.last("VOLUME")) in Path(str(settings.secrets_dir)).parents
    assert os.sep in FINAL.last("WORKDIR")
