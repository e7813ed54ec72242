"""The committed copy of the control API's document is the document that a server serves."""

import json

from tests.control import document_copy


def test_the_copy_is_the_document_that_a_server_serves() -> None:
    copy, served = document_copy.FILE.read_text(encoding="utf-8"), document_copy.format_document()
    assert json.loads(copy) == json.loads(served), "run .venv/bin/python -m tests.control.document_copy"
    assert copy == served
