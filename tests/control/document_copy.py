"""Writes `clients/control-openapi.json`, the copy of the control API's document from which clients are generated.

Run: .venv/bin/python -m tests.control.document_copy
"""

import json
from pathlib import Path

from tests.builders import a_workspace
from tests.mock_harness import Client

FILE = Path(__file__).resolve().parent.parent.parent / "clients" / "control-openapi.json"


def format_document() -> str:
    """Return the text of the file: the document that the default workspace serves."""
    document = Client(a_workspace()).control("GET", "/openapi.json").json()
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(format_document(), encoding="utf-8")
