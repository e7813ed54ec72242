"""The memory that a server needs to refuse or to restore a large snapshot is a small multiple of its size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.control.snapshots.test_snapshots import save_snapshot
from tests.example_requests import a_client

MEBIBYTE = 2**20
SIZE = 12 * MEBIBYTE
CHILD = """
import asyncio, resource, sys
from tests.example_requests import a_client

async def put_file(application, path):
    file = open(path, "rb")
    async def receive():
        part = file.read(65536)
        return {"type": "http.request", "body": part, "more_body": len(part) == 65536}
    sent = []
    async def send(message):
        sent.append(message)
    scope = {"type": "http", "method": "PUT", "path": "/_mock/snapshot", "raw_path": b"/_mock/snapshot",
             "query_string": b"", "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 1)}
    await application(scope, receive, send)
    return sent[0]["status"]

application = a_client().app

async def main():
    await put_file(application, sys.argv[1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = await put_file(application, sys.argv[2])
    print(status, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def small() -> bytes:
    return save_snapshot(a_client()).content


def put_in_child(folder: Path, small: bytes, large: bytes) -> tuple[int, float]:
    """Return the status of the large snapshot, and by how much it raised the peak of memory, as a multiple of it."""
    for name, content in (("small", small), ("large", large)):
        (folder / name).write_bytes(content)
    command = [sys.executable, "-c", CHILD, folder / "small", folder / "large"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    status, peak = map(int, output.split())
    return status, peak / len(large)


NONSENSE = {
    "an unknown member": b'{"a":[%s]}',
    "a known member": b'{"records":[%s]}',
    "a member of a section": b'{"format":"wavetank-snapshot","version":1,"records":{"results":[%s]}}',
    "an array": b"[%s]",
    "counters": b'{"format":"wavetank-snapshot","version":1,"counters":{"a":[%s]}}',
}


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak differs between systems")
@pytest.mark.parametrize("form", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_within_three_times_its_size(form: bytes, small: bytes, tmp_path: Path) -> None:
    status, multiple = put_in_child(tmp_path, small, form % (b'{"b":{}},' * (SIZE // 9) + b"1"))
    assert status == 400
    assert multiple <= 3


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the peak differs between systems")
def test_a_snapshot_is_restored_within_six_times_its_size(small: bytes, tmp_path: Path) -> None:
    document = json.loads(small)
    rows = document["records"]["results"]
    count = SIZE // len(json.dumps(rows[0]))
    rows += [{**rows[0], "id": f"cr_{index}"} for index in range(count)]
    status, multiple = put_in_child(tmp_path, small, json.dumps(document).encode())
    assert status == 200
    assert multiple <= 6
