"""Writes the list of the platform's operations that the console's forms and filters use.

`python -m tests.console.operations` writes it to `mock_server/console/app/src/types/operations.ts`.
"""

from mock_server.platform_api import router
from tests.console.conftest import APP

FILE = APP / "src" / "types" / "operations.ts"
HEAD = """\
/** The platform's operations: the operationId, the method and the path. Generated; do not edit. */
export const OPERATIONS: readonly (readonly [id: string, method: string, path: string])[] = [
"""


def build() -> str:
    """Return the source of the list."""
    known = router.build_router().documented_operations
    rows = sorted(f'  ["{each.operation_id}", "{each.method}", "{each.path}"],\n' for each in known)
    return f"{HEAD}{''.join(rows)}];\n"


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
