"""Checks of the answers: ids, tokens, errors, and that all servers agree."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.storage.kills.evidence import Evidence, Finding, History, Operation


def check_ids(evidence: Evidence) -> Finding:
    """No id was given twice: of results, packages, requests and tokens. A reset restarts the ids of records."""
    finding = Finding()
    tokens = [each["got"]["jti"] for each in evidence.operations if each["op"] == "sign in" and each["outcome"] == "ok"]
    _count_ids(finding, "token", tokens)
    for history in evidence.histories():
        requests = [each["request_id"] for each in history.operations if each.get("request_id")]
        _count_ids(finding, f"{history.workspace}: request", requests)
        if not history.state["is_reset"]:
            _count_ids(finding, f"{history.workspace}: record", _record_ids(history))
    return finding


def _record_ids(history: History) -> Iterator[str]:
    """Yield the id of each record that was acknowledged or is there: once, unless two records have it."""
    added = {(each["got"]["id"], each["sent"]["purchase"]) for each in history.acknowledged("add result")}
    created = {(each["got"]["id"], each["sent"]["title"]) for each in history.acknowledged("create package")}
    rows = {(row["id"], row["purchase"]) for rows in history.state["results"].values() for row in rows}
    packages = {(package["id"], package["title"]) for package in history.state["packages"]}
    yield from (record for record, _ in [*(added | rows), *(created | packages)])


def _count_ids(finding: Finding, noun: str, ids: Iterable[str]) -> None:
    counts = Counter(ids)
    finding.checked += counts.total()
    finding.faults += [f"{noun} id {each} was given {count} times" for each, count in counts.items() if count > 1]


def check_tokens(evidence: Evidence) -> Finding:
    """A token stays valid as long as it has not expired and the workspace was not reset."""
    finding = Finding()
    for history in evidence.kept_histories():
        asked = [each for each in history.operations if each["op"] != "sign in" and each["outcome"] != "unknown"]
        finding.checked += len(asked)
        refused = [each for each in asked if each["status"] == 401 and each["got"] != "TOKEN_EXPIRED"]
        finding.faults += [f"{history.workspace}: a valid token was refused: {each['got']}" for each in refused]
        if not history.state.get("first_token_is_valid", True):
            finding.faults.append(f"{history.workspace}: the first token is not valid any more")
    return finding


def check_answers(evidence: Evidence) -> Finding:
    """No answer of 500 or more, but 503 while the database is away; each error has the platform's body and an id.

    There is no traceback in the servers' logs.
    """
    finding = Finding(checked=len(evidence.operations))
    allowed = {503} if evidence.database_kills else set[int]()
    bad = Counter(
        _name(each) for each in evidence.operations if each["status"] >= 500 and each["status"] not in allowed
    )
    bare = Counter(_name(each) for each in evidence.operations if each["status"] >= 400 and not _has_error_body(each))
    finding.faults += [f"{count} answers of {name}" for name, count in bad.items()]
    finding.faults += [f"{count} answers without the platform's error body: {name}" for name, count in bare.items()]
    if "Traceback" in evidence.log:
        finding.faults.append(f"a traceback in the log: {evidence.log[evidence.log.index('Traceback') :][:4000]}")
    return finding


def _name(operation: Operation) -> str:
    return f"{operation['status']} to {operation['op']}"


def _has_error_body(operation: Operation) -> bool:
    return bool(operation["got"] and operation["request_id"])


def check_agreement(evidence: Evidence) -> Finding:
    """All servers show the same state, and it is the same after all of them were killed and started again."""
    finding = Finding()
    for reading, states in evidence.readings.items():
        for workspace, state in evidence.states.items():
            for name, value in state.items():
                finding.checked += 1
                if states[workspace][name] != value:
                    finding.faults.append(f"{workspace}: {name} differs: {reading}")
    return finding
