"""The control API's document, from which the console's types are generated.

`python -m tests.console.control_document` writes it to `mock_server/console/app/control.json`. Then run `npm run types`
in that folder.
"""

import json
from pathlib import Path
from typing import Any

from mock_server.control import document, router

FILE = Path(document.__file__).parents[1] / "console" / "app" / "control.json"


def build() -> dict[str, Any]:
    """Build the document without examples, which have no effect on types."""
    whole = document.build_document((*router.WORKSPACE_ROUTERS, *router.SERVER_ROUTERS))
    plain: dict[str, Any] = _without_examples(whole)
    return plain


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_examples(inner) for key, inner in value.items() if key not in ("example", "examples")}
    return [_without_examples(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
