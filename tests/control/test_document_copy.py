"""The committed copy of the control API's document is the document that a server serves."""

import hashlib
import json

from mock_server.http import openapi
from tests.control import document_copy


def test_the_copy_is_the_document_that_a_server_serves() -> None:
    copy, served = document_copy.FILE.read_text(encoding="utf-8"), document_copy.format_document()
    assert json.loads(copy) == json.loads(served), "run .venv/bin/python -m tests.control.document_copy"
    assert copy == served


def test_the_types_in_typescript_are_generated_from_the_current_documents() -> None:
    """The npm package has them, and the console uses them."""
    file = document_copy.FILE.parent / "typescript" / "src" / "generated" / "documents.json"
    documents = {"control": document_copy.FILE, "platform": openapi.find_document()}
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in documents.items()}
    assert json.loads(file.read_text(encoding="utf-8")) == hashes, "run make console"
