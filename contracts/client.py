"""The strict client: it refuses any answer that `openapi.yaml` does not promise."""

import json
from collections.abc import Mapping
from urllib.parse import quote

import httpx

from contracts.promises import Promises

Query = Mapping[str, str | int | float | list[str]]


class Client:
    """Calls operations by their id, on behalf of one user and partner.

    `http` carries the base URL, `…/api/v3`. Every answer is checked before it is given back.
    """

    def __init__(self, http: httpx.Client, promises: Promises, headers: Mapping[str, str] | None = None) -> None:
        self._http = http
        self._promises = promises
        self.headers = dict(headers or {})

    def sign_in(self, username: str, password: str, partner_id: str | None = None) -> "Client":
        """A client with the user's token, scoped to the partner where one is named."""
        tokens = self.call("signIn", body={"username": username, "password": password}).json()
        headers = {"Authorization": f"Bearer {tokens['AccessToken']}"}
        if partner_id is not None:
            headers["X-Preferred-Partner-Id"] = partner_id
        return Client(self._http, self._promises, headers)

    def call(
        self,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        body: object = None,
    ) -> httpx.Response:
        """One call. Raises UnpromisedAnswer; a refusal that is promised is an answer like any other."""
        operation = self._promises.operations[operation_id]
        url = operation.path
        for name, value in (path or {}).items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        content = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"content-type": "application/json"}
        answer = self._http.request(
            operation.method,
            url.lstrip("/"),
            params=dict(query or {}),
            headers={**self.headers, **kind},
            content=content,
        )
        operation.check(answer.status_code, answer.headers, answer.json() if answer.content else None)
        return answer
