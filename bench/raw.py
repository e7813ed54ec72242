"""The upper limit: a raw ASGI application that sends stored bytes, on uvicorn with our server's options.

python -m bench.raw PORT RESPONSES

RESPONSES is a JSON file with the result of `documents.raw_responses`. The body of a PUT is received before the response
is sent.
"""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn


def build_app(responses: dict[str, Any]) -> Any:
    """Return the application, which finds its responses by method and path."""
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
    """Serve until the process is stopped."""
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
