"""The measured servers: the command with which users start each, and how its first response is read."""

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import client, documents, install
from bench.cases import CAMPAIGN_RESULTS, NOW
from bench.client import PREFIX
from bench.documents import ResponseByCase
from bench.processes import ROOT

OUR_NAME = "mock-server"
RAW_NAME = "raw ASGI"
CommandBuilder = Callable[[int, Path, ResponseByCase], list[str]]
"""Returns the command for a port, a folder for input files, and the responses that the server must return."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server.

    `prefix` is the prefix of the platform's paths on the server; `package` is its npm package, which `program` runs.
    """

    name: str
    command: CommandBuilder
    how_started: str
    prefix: str = PREFIX
    package: str = ""
    program: str = ""

    def missing_reason(self) -> str | None:
        """Return why the server cannot be started, or None."""
        return install.missing_reason(self.package, self.program) if self.package else None

    def version(self) -> str:
        """Return the server's version."""
        if self.package:
            return install.installed_version(self.package) or "not installed"
        if self.name == OUR_NAME:
            return f"{version('wavetank')}, Python {platform.python_version()}"
        return f"uvicorn {version('uvicorn')}"

    def probe(self, port: int) -> str:
        """Read data once, and return the token for further requests. Raises RequestFailedError."""
        if self.name == OUR_NAME:
            return client.sign_in_and_read(port)
        client.send_case(port, CAMPAIGN_RESULTS, self.prefix, client.NO_TOKEN)
        return client.NO_TOKEN


def _our_command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
    command = Path(sys.executable).parent / "mock-server"
    return [str(command), "serve", "--port", str(port), "--clock", "frozen", "--now", NOW]


def _raw_command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
    path = documents.write_json(documents.raw_responses(answers), home / "raw.json")
    return [sys.executable, "-m", "bench.raw", str(port), str(path)]


def _prism_command(*flags: str) -> CommandBuilder:
    def command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
        content = documents.openapi_with_examples(answers, ROOT / "openapi.yaml")
        path = documents.write_json(content, home / "openapi.json")
        return [_npm_program("prism"), "mock", "-h", "127.0.0.1", "-p", str(port), *flags, str(path)]

    return command


def _mockoon_command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
    path = documents.write_json(documents.mockoon_environment(answers, port), home / "mockoon.json")
    return [_npm_program("mockoon-cli"), "start", "--data", str(path), "--disable-log-to-file"]


def _json_server_command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
    database = documents.write_json(documents.json_server_database(answers), home / f"db-{port}.json")
    routes = documents.write_json(documents.json_server_routes(), home / "routes.json")
    return [
        _npm_program("json-server"),
        "--quiet",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
        "-r",
        str(routes),
        str(database),
    ]


def _wiremock_command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
    root = home / "wiremock"
    documents.write_json(documents.wiremock_mappings(answers), root / "mappings" / "bench.json")
    jar = next((install.MODULES / "wiremock" / "build").glob("wiremock-standalone-*.jar"))
    flags = ["--bind-address", "127.0.0.1", "--port", str(port), "--root-dir", str(root)]
    return ["java", "-jar", str(jar), *flags, "--no-request-journal", "--disable-request-logging", "--disable-banner"]


def _npm_program(program: str) -> str:
    return str(install.MODULES / ".bin" / program)


def _hello_command(port: int, home: Path, answers: ResponseByCase) -> list[str]:
    return [str(Path(sys.executable).parent / "uvicorn"), "bench.hello:app", "--port", str(port), "--no-access-log"]


def _node_server(name: str, package: str, command: CommandBuilder, how: str, prefix: str = PREFIX) -> Server:
    return Server(name, command, how, prefix, package, "node")


OUR_SERVER = Server(OUR_NAME, _our_command, "`mock-server serve --clock frozen`, sample world")
RAW_SERVER = Server(RAW_NAME, _raw_command, "uvicorn with our options; returns recorded responses of our server")
PRISM, PRISM_WITH_LOG = "Prism, -v silent", "Prism, default log"
MOCKOON, JSON_SERVER = "Mockoon", "json-server"
PEERS = (
    _node_server(
        PRISM,
        "@stoplight/prism-cli",
        _prism_command("-v", "silent"),
        "openapi.yaml with our responses as examples",
        prefix="",
    ),
    _node_server(PRISM_WITH_LOG, "@stoplight/prism-cli", _prism_command(), "the same, with its default log", prefix=""),
    _node_server(
        MOCKOON, "@mockoon/cli", _mockoon_command, "three routes with our responses, templating off, no log file"
    ),
    _node_server(
        JSON_SERVER, "json-server", _json_server_command, "our responses as its database, --quiet; a PUT is stored"
    ),
    Server(
        "WireMock",
        _wiremock_command,
        "three stubs with our responses; request journal and log off",
        package="wiremock",
        program="java",
    ),
)
PEERS_TO_BEAT = (PRISM, PRISM_WITH_LOG, MOCKOON, JSON_SERVER)
HELLO_NAME = "FastAPI hello-world"


class HelloServer:
    """The FastAPI application that is the baseline for the mock's startup time. It has no cases."""

    name = HELLO_NAME
    command = staticmethod(_hello_command)

    @staticmethod
    def probe(port: int) -> str:
        """Read the greeting. Raises RequestFailedError."""
        client.send(port, "GET", "/")
        return client.NO_TOKEN
