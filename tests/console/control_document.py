"""The control API's document, from which the console's types are generated, and the list of the platform's operations.

`python -m tests.console.control_document` writes them to `mock_server/console/app/control.json` and
`src/types/operations.ts`. Then run `npm run types` in that folder.
"""

import json
from pathlib import Path
from typing import Any

from mock_server.control import document, router
from mock_server.platform_api import router as platform

FILE = Path(document.__file__).parents[1] / "console" / "app" / "control.json"
OPERATIONS = FILE.parent / "src" / "types" / "operations.ts"
OPERATIONS_HEAD = """\
/** The platform's operations: the operationId, the method and the path. Generated; do not edit. */
export const OPERATIONS: readonly (readonly [id: string, method: string, path: string])[] = [
"""


def build() -> dict[str, Any]:
    """Build the document without examples, which have no effect on types."""
    whole = document.build_document((*router.WORKSPACE_ROUTERS, *router.SERVER_ROUTERS))
    plain: dict[str, Any] = _without_examples(whole)
    return plain


def write_operations() -> str:
    """Return the source of the list of the platform's operations."""
    known = platform.build_router().documented_operations
    rows = sorted(f'  ["{each.operation_id}", "{each.method}", "{each.path}"],\n' for each in known)
    return f"{OPERATIONS_HEAD}{''.join(rows)}];\n"


def _without_examples(value: Any, *, of_properties: bool = False) -> Any:
    """Return the value without the examples of schemas; a property may have this name."""
    if isinstance(value, dict):
        dropped = () if of_properties else ("example", "examples")
        kept = {key: inner for key, inner in value.items() if key not in dropped}
        return {key: _without_examples(inner, of_properties=key == "properties") for key, inner in kept.items()}
    return [_without_examples(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    OPERATIONS.write_text(write_operations(), encoding="utf-8")
