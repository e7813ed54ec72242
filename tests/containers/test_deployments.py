"""compose.yaml, the manifests, the nginx configuration and the CI files are valid, and agree with the image."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server import app, settings_flags
from mock_server.settings import Settings
from tests import plain_http
from tests.containers import dockerfile
from tests.docs.pages import ROOT
from tests.mock_harness import running_server
from tests.storage import replicas

FINAL = dockerfile.read()[-1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS = ROOT / "deploy" / "kubernetes"
VALIDATED = {
    "compose-spec": ["compose.yaml"],
    "github-actions": [".github/actions/contracts/action.yml", ".github/actions/mock/action.yml"],
    "github-workflows": [".github/workflows/ci.yml"],
    "gitlab-ci": [".gitlab/contracts.yml"],
}
"""Schemas that check-jsonschema contains, and the files that follow them."""
VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")
KUBECTL = shutil.which("kubectl")


def environment_of(service: str) -> dict[str, str]:
    """Return the variables of a service as its server gets them, if the user has set none."""
    own = {name: VARIABLE.sub(r"\1", str(value)) for name, value in COMPOSE["services"][service]["environment"].items()}
    return FINAL.environment() | own


def read_settings(variables: dict[str, str]) -> Settings:
    return settings_flags.read_environment({key: value for key, value in variables.items() if key.startswith("MOCK_")})


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema, of the extra `check`")
@pytest.mark.parametrize("schema", VALIDATED)
def test_a_file_follows_the_schema_of_its_program(schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    command += ["--data-transform", "gitlab-ci"] if schema == "gitlab-ci" else []
    files = [str(ROOT / name) for name in VALIDATED[schema]]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", ["mock", "replica1", "replica2", "replica3"])
def test_a_server_of_compose_has_settings_that_go_together(service: str) -> None:
    settings, content = read_settings(environment_of(service)), COMPOSE["services"][service]
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)
    assert (settings.data is None) == (settings.database_url is not None) == (service != "mock")
    assert (settings.control_token, settings.sample_password) == (None, None)
    (volume,) = content["volumes"]
    assert volume.partition(":")[2] == FINAL.last("VOLUME")
    assert volume.partition(":")[0] in COMPOSE["volumes"]
    assert content["read_only"]
    assert content["cap_drop"] == ["ALL"]
    if settings.data is not None:
        assert Path(FINAL.last("VOLUME")) in settings.data.parents


def test_without_a_profile_only_one_server_starts() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "profiles" not in service] == ["mock"]


def test_every_port_is_open_on_loopback_only() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") and port.endswith(":8080") for port in ports)


def test_the_proxy_knows_every_replica() -> None:
    configuration = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    names = sorted(name for name in COMPOSE["services"] if name.startswith("replica"))
    assert re.findall(r"server (\S+):8080;", configuration) == names
    assert sorted(COMPOSE["services"]["proxy"]["depends_on"]) == names


@pytest.mark.skipif(replicas.NGINX is None, reason="needs nginx, which .ci/run installs")
def test_the_configuration_of_nginx_passes_requests_on(tmp_path: Path) -> None:
    assert replicas.NGINX is not None
    port, text = replicas.free_port(), (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    settings = Settings()
    with running_server(app.create_workspace(settings), settings) as origin:
        text = re.sub(r"replica\d:8080", origin.removeprefix("http://"), text).replace("/tmp/", f"{tmp_path}/")
        text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
        text = f"{'user root;' if os.geteuid() == 0 else ''} daemon off;\n{text}"
        (tmp_path / "nginx.conf").write_text(text)
        command = [replicas.NGINX, "-e", str(tmp_path / "log"), "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                replicas._await_port(port, process, tmp_path / "log")
                response = plain_http.get(f"http://127.0.0.1:{port}/api/v3/status/", trust_env=False)
                assert response.status_code == 200
            finally:
                process.terminate()


def build(name: str) -> list[dict[str, Any]]:
    """Return the objects that `kubectl apply -k` would send."""
    assert KUBECTL is not None
    command = [KUBECTL, "kustomize", str(MANIFESTS / name)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return list(yaml.safe_load_all(built.stdout))


def list_objects(name: str) -> list[dict[str, Any]]:
    """Return the objects in the files of a folder that are not patches."""
    files = sorted((MANIFESTS / name).glob("*.yaml"))
    objects = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    patches = {"deployment.yaml", "no-volume.yaml"} if name == "replicas" else set()
    return [
        each for file, each in zip(files, objects, strict=True) if file.name not in {*patches, "kustomization.yaml"}
    ]


@pytest.mark.skipif(
    find_spec("kubernetes_validate") is None, reason="needs kubernetes-validate, which .ci/run installs"
)
@pytest.mark.parametrize("name", ["server", "replicas"])
def test_the_manifests_follow_the_schemas_of_kubernetes(name: str) -> None:
    import kubernetes_validate

    objects = build(name) if KUBECTL else list_objects(name)
    assert objects
    for each in objects:
        # Without kubectl, the selector that kustomize adds is missing.
        if KUBECTL is None and each["kind"] == "Deployment":
            each["spec"]["selector"] = {"matchLabels": {}}
        kubernetes_validate.validate(each, "1.33", strict=True)


@pytest.mark.parametrize("name", ["server", "replicas"])
def test_every_file_of_a_folder_is_named_by_its_kustomization(name: str) -> None:
    content = yaml.safe_load((MANIFESTS / name / "kustomization.yaml").read_text(encoding="utf-8"))
    named = {*content["resources"], *(patch["path"] for patch in content.get("patches", []))}
    files = {file.name for file in (MANIFESTS / name).glob("*.yaml")} - {"kustomization.yaml"}
    assert named - {"../server"} == files


@pytest.mark.skipif(KUBECTL is None, reason="needs kubectl, whose kustomize merges the patches")
@pytest.mark.parametrize(("name", "count"), [("server", 1), ("replicas", 3)])
def test_the_servers_of_kubernetes_have_settings_that_go_together(name: str, count: int) -> None:
    objects = {each["kind"]: each for each in build(name)}
    spec = objects["Deployment"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value", "postgresql://x@y/z") for each in container["env"]}
    settings = read_settings(FINAL.environment() | given)
    assert spec["replicas"] == count
    assert (settings.data is None) == (settings.database_url is not None) == (count > 1)
    assert ("PersistentVolumeClaim" in objects) == (count == 1)
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {FINAL.last("VOLUME"), "/tmp"}
    pod = spec["template"]["spec"]
    assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == FINAL.last("USER")
    optional = {
        each["name"]: each["valueFrom"]["secretKeyRef"].get("optional")
        for each in container["env"]
        if "valueFrom" in each
    }
    assert optional["MOCK_SERVER_CONTROL_TOKEN"] is (count == 1)
