"""Changes of passwords, which a run cannot undo: whose password an answer to a challenge would change."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.spec.verdicts import NotApplicableError
from contracts.target.client import Intent, json_or_none
from contracts.target.target import TargetOptions

KIND = "new password"
OPERATION = "answerNewPasswordChallenge"


class ChallengedUsers:
    """Remembers to which user each `Session` of the run belongs."""

    def __init__(self, target: TargetOptions) -> None:
        self._target = target
        self._name_by_session: dict[str, str] = {}

    def remember(self, intent: Intent, answer: httpx2.Response) -> None:
        """Remember the `Session` that a sign-in, or the answer to another challenge, has opened."""
        sent: Any = intent.body if isinstance(intent.body, Mapping) else {}
        answered = json_or_none(answer)
        opened = answered.get("Session") if isinstance(answered, dict) else None
        username = sent.get("username") or self._name_by_session.get(str(sent.get("Session")))
        if isinstance(opened, str) and isinstance(username, str):
            self._name_by_session[opened] = username

    def prepare_note(self, parsed_call: ParsedCall) -> dict[str, Any]:
        """Return the ledger's note if the call may change a password; empty if not.

        The note contains the user's number, because a `Session` may contain the user's name. The call cannot change a
        password if nobody's sign-in opened the `Session`, or if the user has this password already. Raises
        NotApplicableError for a user whose password the run may not change.
        """
        body = parsed_call.body if parsed_call.operation == OPERATION else None
        username = self._name_by_session.get(str(body.get("Session"))) if isinstance(body, Mapping) else None
        if username is None or not isinstance(body, Mapping):
            return {}
        names = [person.username for person in self._target.new_password_users]
        if username in names:
            return {"kind": KIND, "user": names.index(username)}
        other = self._target.second_factor_user
        if other is not None and (username, body.get("new_password")) == (other.username, other.password):
            return {}
        raise NotApplicableError(f"would change the password of {username}, which --new-password-user does not name")


def list_changed(contents: LedgerContents) -> Iterator[str]:
    """Yield a line for each user whose password the run has changed, or may have changed."""
    changes = [entry for entry in contents.entries_undone_by(KIND) if entry.is_undecided]
    for number in dict.fromkeys(int(entry.undo["user"]) for entry in changes):
        username = contents.header["new_password_users"][number]
        yield f"{username} has another password for good: set a new one, or delete the user"
