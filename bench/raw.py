"""The limit: a raw ASGI application that answers kept bytes, on uvicorn with the options of our server.

    python -m bench.raw PORT ANSWERS

ANSWERS is a JSON file that `documents.answers_of` writes. A PUT's body is received before it is answered.
"""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn


def build_app(responses: dict[str, Any]) -> Any:
    """The application; its answers are by method and path."""
    messages = {tuple(key.split(" ")): _messages(response) for key, response in responses.items()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "PUT":
            while (await receive()).get("more_body"):
                pass
        start, body = messages[scope["method"], scope["path"]]
        await send(start)
        await send(body)

    return app


def _messages(response: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    headers = [(name.encode(), value.encode()) for name, value in response["headers"]]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    return start, {"type": "http.response.body", "body": response["body"].encode()}


def main() -> None:
    """Serve until stopped."""
    port, path = sys.argv[1:]
    app = build_app(json.loads(Path(path).read_text()))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        date_header=False,
        ws="none",
    )


if __name__ == "__main__":
    main()
