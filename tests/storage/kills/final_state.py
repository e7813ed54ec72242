"""Reads the state of the workspaces over HTTP, as a checker needs it."""

from typing import Any

from tests.storage.kills import writers
from tests.storage.kills.client import Client

PAGE = 200


def settle(client: Client) -> None:
    """Freeze the clock, and let the pending jobs end."""
    assert client.call("freeze", "PUT", "/_mock/clock", {}, {"mode": "frozen"})["outcome"] == "ok"
    client.call("read clock", "GET", "/_mock/clock", {}, writes=False)
    assert client.call("run until idle", "POST", "/_mock/clock/run-until-idle", {})["outcome"] == "ok"


def read_state(client: Client) -> dict[str, Any]:
    """Return the state of the client's workspace. The client signs in with a new token if its own has expired."""

    def get(path: str) -> Any:
        answer = client.call("read", "GET", path, {"path": path}, writes=False)
        assert answer["outcome"] == "ok", answer
        return answer["got"]

    kept = client.workspace != writers.FRESH
    events = (*writers.EVENTS, writers.PROBE_EVENT) if kept else writers.EVENTS
    packages = writers.PACKAGES if kept else ("pkg_556",)
    token_status = client.call("read", "GET", "/api/v3/partners/", {"path": "partners"}, writes=False)["status"]
    if token_status == 401:
        client.sign_in()
    status = get("/_mock/status")
    state = {
        "seed": status["seed"],
        "created_at": status["created_at"],
        "now": get("/_mock/clock")["now"],
        "jobs": get("/_mock/jobs"),
        "results": {
            event: get(f"/api/v3/campaign_results/?eid={event}&partner_id={writers.PARTNER}") for event in events
        },
        "packages": get(f"{writers.BUILDERS}/"),
        "settings": {package: get(f"{writers.BUILDERS}/{package}/backhaul_evaluation_details") for package in packages},
        "evaluations": {package: get(f"{writers.BUILDERS}/{package}/backhaul_evaluation") for package in packages},
    }
    if kept:
        explained = get(f"/_mock/explain/event/{writers.PROBE_EVENT}?limit={PAGE}")["rows"]["items"]
        state["runs"] = [_describe_run(row) for row in explained if row["row"]["source"] == "automated"]
    state["is_reset"], state["is_frozen"] = not kept, client.workspace != writers.DEFAULT
    if client.workspace == writers.QUIET:
        state["first_token_is_valid"] = token_status == 200
    return state


def _describe_run(row: dict[str, Any]) -> dict[str, Any]:
    run = row["run"] or {}
    return {
        "created_at": row["row"]["created_at"],
        "due": run.get("due"),
        "previous_run": run.get("previous_run"),
        "counted": run.get("counted"),
    }
