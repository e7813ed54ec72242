"""`contracts` in an environment with proxies, certificates and passwords that are not meant for the target."""

from pathlib import Path

import pytest

from tests.contracts import suite_process

UNUSED_PROXY = "http://127.0.0.1:9"


def test_nothing_of_the_environment_spoils_a_run_on_loopback(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    (tmp_path / "netrc").chmod(0o600)
    settings = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"), UNUSED_PROXY)
    settings |= {"all_proxy": "socks5://127.0.0.1:9", "NO_PROXY": "[::1],fd00::/8", "SSL_CERT_FILE": "/nowhere"}
    settings |= {"NETRC": str(tmp_path / "netrc")}
    options = ("--rule", "ERR-02", "--kind", "schema", "--profile", "smoke")
    with suite_process.running_mock() as origin:
        tried = suite_process.run_contracts(tmp_path, origin, *options, **settings)
    assert (tried.code, tried.verdicts) == (0, {"ERR-02": "pass"}), tried.out + tried.err


@pytest.mark.parametrize(
    ("url", "variable", "value"),
    [
        ("http://platform.example", "ALL_PROXY", "socks5://127.0.0.1:9"),
        ("https://127.0.0.1", "SSL_CERT_FILE", "/nowhere/ca.pem"),
    ],
)
@pytest.mark.parametrize("command", ["run", "cleanup"])
def test_a_variable_that_spoils_connections_is_named_in_one_line(
    command: str, url: str, variable: str, value: str, tmp_path: Path
) -> None:
    arguments = ["run", "--base-url", f"{url}/api/v3"]
    if command == "cleanup":
        header = f'{{"ledger": "wavetank-ledger-1", "run": "r", "at": "now", "target": "{url}", "users": {{}}}}'
        write = '{"write": 1, "operation": "createPackage", "call": "POST", "undo": {"kind": "none"}}'
        (tmp_path / "contracts-ledger").mkdir()
        (tmp_path / "contracts-ledger" / "r.jsonl").write_text(f"{header}\n{write}\n")
        arguments = ["cleanup", "--run", "r"]
    tried = suite_process.run_command(tmp_path, *arguments, **{variable: value})
    assert (tried.code, tried.out, tried.err.count("\n")) == (2, "", 1)
    assert tried.err.startswith(f"contracts: {variable}")


def test_a_proxy_that_does_not_answer_is_named(tmp_path: Path) -> None:
    tried = suite_process.run_contracts(tmp_path, "http://platform.example", http_proxy=UNUSED_PROXY)
    assert tried.code == 3
    assert "(through the proxy set in http_proxy)" in tried.out
