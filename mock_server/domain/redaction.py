"""What may not be kept of a request and its answer: passwords, tokens, sessions, codes."""

import json
import re
from functools import lru_cache
from typing import Any

MASK = "…"
"""What stands in a secret's place."""
MASK_IN_QUERY = b"%E2%80%A6"
"""The same, URL-encoded."""
PUBLIC_RESPONSE_MEMBERS = frozenset(
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
PUBLIC_REQUEST_MEMBERS = frozenset({"username"})
"""Those of a request: under `code`, which a refusal has, a client may send what it should call `mfa_token`."""
SECRET_WORDS = (b"pass", b"pwd", b"token", b"secret", b"session", b"mfa", b"credential", b"apikey", b"api_key")
"""What the name of a secret holds, in small letters."""
SECRET_NAMES = b"|".join(SECRET_WORDS)
SECRET_MEMBER = re.compile(SECRET_NAMES.decode(), re.IGNORECASE)
SECRET_IN_QUERY = re.compile(rb"(^|&)([^=&]*(?:" + SECRET_NAMES + rb"|%)[^=&]*)=[^&]*", re.IGNORECASE)
SECRET_HEADER = re.compile(SECRET_NAMES + rb"|auth|cookie|key", re.IGNORECASE)
JWT = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def mask_text(content: bytes) -> bytes:
    """The text without any token of RFC 7515's compact form, wherever it stands."""
    return JWT.sub(MASK.encode(), content) if b"eyJ" in content else content


def mask_query(query_string: bytes) -> bytes:
    """The query string without the values of keys that name a secret, or that are themselves encoded."""
    if not _may_hold_secret(query_string, b"%", b"eyJ"):
        return query_string
    return JWT.sub(MASK_IN_QUERY, SECRET_IN_QUERY.sub(rb"\1\2=" + MASK_IN_QUERY, query_string))


@lru_cache(1024)
def is_secret(header: bytes) -> bool:
    """Whether a request header of that name may hold a secret."""
    return SECRET_HEADER.search(header) is not None


def mask_header(name: bytes, value: bytes) -> bytes:
    """What is kept of a request header that may hold a secret: of `Authorization` its scheme."""
    scheme, space, _ = value.partition(b" ")
    return scheme + space + MASK.encode() if name == b"authorization" and space else MASK.encode()


def mask_body(content: bytes, *, is_sign_in: bool, public_members: frozenset[str] = PUBLIC_RESPONSE_MEMBERS) -> bytes:
    """The body without its secrets; keys stay. Where it may hold any and cannot be read, nothing of it is kept.

    Of a sign-in's the members that are `told` keep their values.
    """
    if not content or not (is_sign_in or _may_hold_secret(content, b"\\u")):
        return mask_text(content)
    try:
        value = json.loads(content)
        masked = _mask_value(value, public_members if is_sign_in else None)
    except (ValueError, RecursionError):
        return MASK.encode()
    if masked == value and not is_sign_in:
        return mask_text(content)
    return mask_text(json.dumps(masked, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"))


def _may_hold_secret(content: bytes, *markers: bytes) -> bool:
    """Whether it is worth a look: each request is asked, and hardly any holds a secret here."""
    lowered = content.lower()
    return any(word in lowered for word in SECRET_WORDS) or any(mark in content for mark in markers)


def _mask_value(value: Any, public_members: frozenset[str] | None) -> Any:
    if isinstance(value, dict):
        return {key: _mask_member(key, member, public_members) for key, member in value.items()}
    if isinstance(value, list):
        return [_mask_value(member, public_members) for member in value]
    return value if public_members is None else MASK


def _mask_member(key: str, member: Any, public_members: frozenset[str] | None) -> Any:
    is_public = SECRET_MEMBER.search(key) is None if public_members is None else key in public_members
    if member is None or isinstance(member, bool):
        return member
    if isinstance(member, dict | list) and (is_public or public_members is not None):
        return _mask_value(member, public_members)
    return member if is_public else MASK
