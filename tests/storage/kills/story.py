"""A small log of operations and the state with which it ended, for the tests of the checks."""

from typing import Any

from tests.storage.kills.evidence import Evidence

PACKAGE = "pkg_probe_1"
FIRST_RUN, SECOND_RUN, THIRD_RUN = (f"2026-09-0{day}T08:00:00Z" for day in (1, 2, 3))
CREATED, MOVED = "2026-09-01T07:00:00Z", "2026-09-02T07:00:00Z"


def settings(email_sent_date: str, days: int) -> dict[str, Any]:
    return {"email_sent_date": email_sent_date, "backhaul_evaluation_attribution_window": days}


OLD, NEW = settings("2026-01-01", 2), settings("2026-01-03", 1)
OLD_RESULT, NEW_RESULT = [{"purchase": 2, "items": 1 + 2}], [{"purchase": 1, "items": 3}]


def run_job(due: str, state: str) -> dict[str, Any]:
    return {"kind": "attribution_run", "subject": "platform", "due": due, "state": state, "generation": 0}


def manual(identity: str, number: int, event: str = "evt_a") -> dict[str, Any]:
    return {"id": identity, "eid": event, "purchase": number, "source": "manual", "created_at": CREATED}


def automated(identity: str, count: int, at: str) -> dict[str, Any]:
    return {"id": identity, "eid": "evt_probe", "purchase": count, "source": "automated", "created_at": at}


class Story:
    """What clients did, and how it ended: in `kept`, a workspace that was never reset, and in `fresh`."""

    def __init__(self) -> None:
        self.operations: list[dict[str, Any]] = []
        self.log, self.database_kills = "2026-09-01T07:00:00Z INFO started", 0
        self._act_in_kept()
        self._act_in_fresh()
        self.states = {"kept": kept_state(), "fresh": fresh_state()}
        self.readings: dict[str, Any] = {"server 1": self.states}

    @property
    def kept(self) -> dict[str, Any]:
        return self.states["kept"]

    @property
    def fresh(self) -> dict[str, Any]:
        return self.states["fresh"]

    def add(self, name: str, sent: dict[str, Any], got: Any, workspace: str = "kept", **other: Any) -> dict[str, Any]:
        """Add an operation that began after the others had ended."""
        begin = max((each["end"] for each in self.operations), default=0) + 1
        identity = f"req-{begin}"
        operation = {"op": name, "workspace": workspace, "sent": sent, "got": got, "begin": begin, "end": begin + 1}
        operation |= {"outcome": "ok", "status": 200, "request_id": identity, "writes": True, **other}
        self.operations.append(operation)
        return operation

    def lose_answer(self, name: str, sent: dict[str, Any], workspace: str = "kept") -> None:
        """Add an operation whose server was killed before it answered."""
        self.add(name, sent, None, workspace, outcome="unknown", status=0, request_id=None)

    def add_old_package(self, status: str) -> None:
        """Add a package that was created before everything else, more than four weeks before the end."""
        got = {"id": "pkg_0", "created_at": "2026-08-05T05:59:59Z"}
        self.add("create package", {"title": "package 0"}, got).update(begin=-1, end=0)
        self.kept["packages"].append({"id": "pkg_0", "title": "package 0", "status": status})

    def find(self, name: str, number: int = 0, workspace: str = "kept") -> dict[str, Any]:
        return [each for each in self.operations if (each["op"], each["workspace"]) == (name, workspace)][number]

    def evidence(self) -> Evidence:
        return Evidence(self.operations, self.states, self.readings, self.database_kills, self.log)

    def _act_in_kept(self) -> None:
        for token in ("token-1", "token-2"):
            self.add("sign in", {}, {"token": token, "jti": token})
        for number in (1, 2):
            got = {"id": f"cr_{number}", "created_at": CREATED}
            self.add("add result", {"event": "evt_a", "purchase": number}, got)
        self.lose_answer("add result", {"event": "evt_a", "purchase": 3})
        self.add("delete result", {"id": "cr_2"}, None, status=204)
        self.add("list results", {"event": "evt_a"}, ["cr_1"])
        self.add("create package", {"title": "package 1"}, {"id": "pkg_1", "created_at": CREATED})
        self.add("put settings", {"package": PACKAGE, "settings": OLD}, {})
        self.add("read evaluation", {"package": PACKAGE}, OLD_RESULT)
        self.add("put settings", {"package": PACKAGE, "settings": NEW}, {})
        for result in ([], NEW_RESULT):
            self.add("read evaluation", {"package": PACKAGE}, result)
        self.add("read clock", {}, {"now": CREATED})
        self.add("sell", {"from": CREATED}, {})
        self.add("read clock", {}, {"now": CREATED})
        self.add("move", {"seconds": 86_400}, {"now": MOVED})
        self.add("read clock", {}, {"now": MOVED})

    def _act_in_fresh(self) -> None:
        for seed, number in ((4, 10), (5, 11)):
            self.add("reset", {"seed": seed}, {}, "fresh")
            got = {"id": "cr_1", "created_at": CREATED}
            self.add("add result", {"event": "evt_a", "purchase": number}, got, "fresh")
            self.add("put settings", {"package": "pkg_556", "settings": settings("2026-01-01", seed)}, {}, "fresh")


def kept_state() -> dict[str, Any]:
    evaluation = {"kind": "evaluation", "subject": PACKAGE, "due": CREATED, "state": "done", "generation": 2}
    return {
        "seed": 1,
        "created_at": CREATED,
        "now": MOVED,
        "jobs": [evaluation, run_job(FIRST_RUN, "done"), run_job(SECOND_RUN, "pending")],
        "results": {"evt_a": [manual("cr_1", 1)], "evt_probe": [automated("cr_9", 1, FIRST_RUN)]},
        "packages": [{"id": "pkg_1", "title": "package 1", "status": "DONE"}],
        "settings": {PACKAGE: NEW},
        "evaluations": {PACKAGE: NEW_RESULT},
        "runs": [{"created_at": FIRST_RUN, "due": FIRST_RUN, "previous_run": "2026-08-31T08:00:00Z", "counted": 1}],
        "is_reset": False,
        "is_frozen": True,
        "first_token_is_valid": True,
    }


def fresh_state() -> dict[str, Any]:
    return {
        "seed": 5,
        "created_at": CREATED,
        "now": CREATED,
        "jobs": [run_job(FIRST_RUN, "pending")],
        "results": {"evt_a": [manual("cr_1", 11)]},
        "packages": [],
        "settings": {"pkg_556": settings("2026-01-01", 5)},
        "evaluations": {"pkg_556": []},
        "is_reset": True,
        "is_frozen": True,
    }
