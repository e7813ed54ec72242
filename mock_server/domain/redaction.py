"""What may not be kept of a request and its answer: passwords, tokens, sessions, codes."""

import json
import re
from functools import lru_cache
from typing import Any

HIDDEN = "…"
"""What stands in a secret's place."""
IN_QUERY = b"%E2%80%A6"
"""The same, URL-encoded."""
TOLD_OF_SIGN_IN = frozenset(
    {
        "username",
        "ExpiresIn",
        "TokenType",
        "Challenge",
        "message",
        "error_code",
        "error_subcode",
        "code",
        "field",
    }
)
"""The members of bodies under /auth whose values are kept: any other may be a secret, under whatever name."""
ASKED_OF_SIGN_IN = frozenset({"username"})
"""Those of a request: under `code`, which a refusal has, a client may send what it should call `mfa_token`."""
WORDS = (b"pass", b"pwd", b"token", b"secret", b"session", b"mfa", b"credential", b"apikey", b"api_key")
"""What the name of a secret holds, in small letters."""
NAMES = b"|".join(WORDS)
SECRET = re.compile(NAMES.decode(), re.IGNORECASE)
SECRET_IN_QUERY = re.compile(rb"(^|&)([^=&]*(?:" + NAMES + rb"|%)[^=&]*)=[^&]*", re.IGNORECASE)
SECRET_HEADER = re.compile(NAMES + rb"|auth|cookie|key", re.IGNORECASE)
JWT = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def text(content: bytes) -> bytes:
    """The text without any token of RFC 7515's compact form, wherever it stands."""
    return JWT.sub(HIDDEN.encode(), content) if b"eyJ" in content else content


def query(query_string: bytes) -> bytes:
    """The query string without the values of keys that name a secret, or that are themselves encoded."""
    if not _may_hold(query_string, b"%", b"eyJ"):
        return query_string
    return JWT.sub(IN_QUERY, SECRET_IN_QUERY.sub(rb"\1\2=" + IN_QUERY, query_string))


@lru_cache(1024)
def is_secret(header: bytes) -> bool:
    """Whether a request header of that name may hold a secret."""
    return SECRET_HEADER.search(header) is not None


def header(name: bytes, value: bytes) -> bytes:
    """What is kept of a request header that may hold a secret: of `Authorization` its scheme."""
    scheme, space, _ = value.partition(b" ")
    return scheme + space + HIDDEN.encode() if name == b"authorization" and space else HIDDEN.encode()


def body(content: bytes, *, of_sign_in: bool, told: frozenset[str] = TOLD_OF_SIGN_IN) -> bytes:
    """The body without its secrets; keys stay. Where it may hold any and cannot be read, nothing of it is kept.

    Of a sign-in's the members that are `told` keep their values.
    """
    if not content or not (of_sign_in or _may_hold(content, b"\\u")):
        return text(content)
    try:
        value = json.loads(content)
        cleaned = _without(value, told if of_sign_in else None)
    except (ValueError, RecursionError):
        return HIDDEN.encode()
    if cleaned == value and not of_sign_in:
        return text(content)
    return text(json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))


def _may_hold(content: bytes, *marks: bytes) -> bool:
    """Whether it is worth a look: each request is asked, and hardly any holds a secret here."""
    lowered = content.lower()
    return any(word in lowered for word in WORDS) or any(mark in content for mark in marks)


def _without(value: Any, told: frozenset[str] | None) -> Any:
    if isinstance(value, dict):
        return {key: _member(key, member, told) for key, member in value.items()}
    if isinstance(value, list):
        return [_without(member, told) for member in value]
    return value if told is None else HIDDEN


def _member(key: str, member: Any, told: frozenset[str] | None) -> Any:
    is_told = SECRET.search(key) is None if told is None else key in told
    if member is None or isinstance(member, bool):
        return member
    if isinstance(member, dict | list) and (is_told or told is not None):
        return _without(member, told)
    return member if is_told else HIDDEN
