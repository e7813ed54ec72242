"""The addresses on which the server listens, and how the start message shows them."""

import asyncio
import socket
from contextlib import ExitStack
from multiprocessing.reduction import ForkingPickler

import pytest

from mock_server import listening
from mock_server.cli import main
from mock_server.listening import ListenError
from tests import plain_http
from tests.http.server_process import start_server

HAS_IPV6 = len(listening.choose_available(listening.LOCALHOST)) == 2
needs_ipv6 = pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6 loopback address")


def listened_addresses(host: str, port: int = 0) -> list[str]:
    listeners = listening.open_listeners(host, port)
    try:
        return [listener.getsockname()[0] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def read_start(host: str) -> list[str]:
    """Start the server, send a request to each address of its start message, and return the lines of the message."""
    with start_server(flags=("--host", host)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().rstrip() for _ in range(5)]
        addresses = lines[2].removeprefix("Listening ").split(" and ")
        origins = [lines[0].split()[1].removesuffix("/api/v3"), *(f"http://{address}" for address in addresses)]
        assert [plain_http.get(f"{origin}/api/v3/status/").status_code for origin in origins] == [200] * len(origins)
        process.terminate()
    return lines


@needs_ipv6
def test_an_ipv6_address_may_be_in_brackets() -> None:
    lines = read_start("[::1]")
    assert lines[0].startswith("Platform  http://[::1]:")
    assert lines[2].startswith("Listening [::1]:")


@needs_ipv6
def test_localhost_is_both_families_with_one_port() -> None:
    lines = read_start("localhost")
    port = lines[0].split()[1].removesuffix("/api/v3").rpartition(":")[2]
    assert lines[0].startswith(f"Platform  http://localhost:{port}/api/v3")
    assert lines[2] == f"Listening 127.0.0.1:{port} and [::1]:{port}"


def test_an_address_is_itself_alone() -> None:
    assert listened_addresses("127.0.0.1") == ["127.0.0.1"]


def test_a_connection_of_asyncio_does_not_hold_back_small_packets() -> None:
    """A body that follows its head would wait for 40 ms, until the client confirms the head."""

    async def connect() -> int:
        option: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted: socket.socket = writer.get_extra_info("socket")
            option.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listening.open_listeners("127.0.0.1", 0)[0]
        shared = ForkingPickler.loads(ForkingPickler.dumps(listener))  # as a worker gets it
        async with await asyncio.start_server(accept, sock=shared):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            found = await option
            writer.close()
            await writer.wait_closed()
        listener.close()
        return found

    assert asyncio.run(connect())


@needs_ipv6
def test_a_port_that_is_in_use_on_one_address_is_reported_with_it() -> None:
    with ExitStack() as opened:
        taken = opened.enter_context(listening.open_listeners("::1", 0)[0])
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=rf"cannot listen on \[::1\]:{port}: "):
            listening.open_listeners("localhost", port)
        # The socket of the other address was closed again.
        opened.enter_context(listening.open_listeners("127.0.0.1", port)[0])


def test_an_address_that_the_machine_does_not_have_is_left_out_of_several() -> None:
    """Like `::1` on a machine without IPv6: no machine has 192.0.2.1, which is reserved for documentation."""
    known, unknown = listening.LOCALHOST[0], listening.LOCALHOST[0]._replace(host="192.0.2.1")
    assert listening.choose_available([known, unknown]) == [known]
    assert listening.choose_available([unknown]) == [unknown]


@pytest.mark.parametrize("host", ["192.0.2.1", "name.invalid"])
def test_an_address_that_the_machine_does_not_have_is_reported_in_one_line(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["serve", "--port", "0", "--host", host])
    error = capsys.readouterr().err
    assert (ended.value.code, error.count("\n")) == (2, 1)
    assert error.startswith(f"mock-server: cannot listen on {host}")


@pytest.mark.parametrize("host", ["[::1", "::1]", "[127.0.0.1]", "[::1]:8080", "http://localhost", " "])
def test_what_is_no_address_is_rejected(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["serve", "--host", host])
    assert "argument --host: not an address such as 127.0.0.1 or ::1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("platform", "option"),
    [("win32", "SO_EXCLUSIVEADDRUSE"), ("linux", "SO_REUSEADDR"), ("darwin", "SO_REUSEADDR")],
)
def test_no_second_server_takes_the_port_on_windows(platform: str, option: str) -> None:
    """On Windows, SO_REUSEADDR would allow it."""
    assert listening.choose_address_option(platform) == option
