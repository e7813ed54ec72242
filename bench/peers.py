"""The servers, each as its users start it: command, first probe, version."""

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import client, documents, install
from bench.cases import CAMPAIGN_RESULTS, NOW
from bench.client import PREFIX
from bench.documents import Answers
from bench.processes import ROOT

OURS = "mock-server"
RAW = "raw ASGI"
Command = Callable[[int, Path, Answers], list[str]]
"""The command for a port, a folder to write input into, and the answers to give."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server. `prefix` stands before the platform's paths; `package` is its npm package, run by `program`."""

    name: str
    command: Command
    how: str
    prefix: str = PREFIX
    package: str = ""
    program: str = ""

    def missing(self) -> str | None:
        """Why it cannot be started, or None."""
        return install.missing(self.package, self.program) if self.package else None

    def version(self) -> str:
        """Its version."""
        if self.package:
            return install.installed(self.package) or "not installed"
        if self.name == OURS:
            return f"{version('wavetank')}, Python {platform.python_version()}"
        return f"uvicorn {version('uvicorn')}"

    def probe(self, port: int) -> str:
        """Get the first data and answer the token for more. Raises NotAnswered."""
        if self.name == OURS:
            return client.sign_in_and_read(port)
        client.ask_case(port, CAMPAIGN_RESULTS, self.prefix, client.PLACEHOLDER)
        return client.PLACEHOLDER


def _ours(port: int, home: Path, answers: Answers) -> list[str]:
    command = Path(sys.executable).parent / "mock-server"
    return [str(command), "serve", "--port", str(port), "--clock", "frozen", "--now", NOW]


def _raw(port: int, home: Path, answers: Answers) -> list[str]:
    path = documents.write(documents.answers_of(answers), home / "raw.json")
    return [sys.executable, "-m", "bench.raw", str(port), str(path)]


def _prism(*flags: str) -> Command:
    def command(port: int, home: Path, answers: Answers) -> list[str]:
        content = documents.openapi_with_examples(answers, ROOT / "openapi.yaml")
        path = documents.write(content, home / "openapi.json")
        return [_npm("prism"), "mock", "-h", "127.0.0.1", "-p", str(port), *flags, str(path)]

    return command


def _mockoon(port: int, home: Path, answers: Answers) -> list[str]:
    path = documents.write(documents.mockoon_environment(answers, port), home / "mockoon.json")
    return [_npm("mockoon-cli"), "start", "--data", str(path), "--disable-log-to-file"]


def _json_server(port: int, home: Path, answers: Answers) -> list[str]:
    database = documents.write(documents.json_server_database(answers), home / f"db-{port}.json")
    routes = documents.write(documents.json_server_routes(), home / "routes.json")
    return [_npm("json-server"), "--quiet", "-H", "127.0.0.1", "-p", str(port), "-r", str(routes), str(database)]


def _wiremock(port: int, home: Path, answers: Answers) -> list[str]:
    root = home / "wiremock"
    documents.write(documents.wiremock_mappings(answers), root / "mappings" / "bench.json")
    jar = next((install.MODULES / "wiremock" / "build").glob("wiremock-standalone-*.jar"))
    flags = ["--bind-address", "127.0.0.1", "--port", str(port), "--root-dir", str(root)]
    return ["java", "-jar", str(jar), *flags, "--no-request-journal", "--disable-request-logging", "--disable-banner"]


def _npm(program: str) -> str:
    return str(install.MODULES / ".bin" / program)


def _hello(port: int, home: Path, answers: Answers) -> list[str]:
    return [str(Path(sys.executable).parent / "uvicorn"), "bench.hello:app", "--port", str(port), "--no-access-log"]


def _node(name: str, package: str, command: Command, how: str, prefix: str = PREFIX) -> Server:
    return Server(name, command, how, prefix, package, "node")


OUR_SERVER = Server(OURS, _ours, "`mock-server serve --clock frozen`, sample world")
RAW_SERVER = Server(RAW, _raw, "uvicorn with our options; the bytes that our server answered")
PRISM, PRISM_LOGGING = "Prism, -v silent", "Prism, as it comes"
MOCKOON, JSON_SERVER = "Mockoon", "json-server"
PEERS = (
    _node(
        PRISM,
        "@stoplight/prism-cli",
        _prism("-v", "silent"),
        "openapi.yaml with our answers as its examples",
        prefix="",
    ),
    _node(PRISM_LOGGING, "@stoplight/prism-cli", _prism(), "the same, with its default log", prefix=""),
    _node(MOCKOON, "@mockoon/cli", _mockoon, "three routes with our answers, templating off, no log file"),
    _node(JSON_SERVER, "json-server", _json_server, "our answers as its database, --quiet; its PUT stores"),
    Server(
        "WireMock",
        _wiremock,
        "three stubs with our answers; request journal and log off",
        package="wiremock",
        program="java",
    ),
)
MUST_BE_BEATEN = (PRISM, PRISM_LOGGING, MOCKOON, JSON_SERVER)
HELLO = "FastAPI hello-world"


class Hello:
    """What our start is measured against; it has no cases."""

    name = HELLO
    command = staticmethod(_hello)

    @staticmethod
    def probe(port: int) -> str:
        """Get the hello. Raises NotAnswered."""
        client.ask(port, "GET", "/")
        return client.PLACEHOLDER
