"""Masks secrets in requests and responses before these are recorded: passwords, tokens, sessions, codes."""

import json
import re
from functools import lru_cache
from typing import Any

MASK = "…"
"""The text that replaces a secret."""
MASK_IN_QUERY = b"%E2%80%A6"
"""The text that replaces a secret in a query string: the URL-encoded mask."""
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
"""The members of responses under /auth whose values are kept. Any other member may be a secret."""
PUBLIC_REQUEST_MEMBERS = frozenset({"username"})
"""The members of requests under /auth whose values are kept. `code` is left out, because it may be a secret."""
SECRET_WORDS = (b"pass", b"pwd", b"token", b"secret", b"session", b"mfa", b"credential", b"apikey", b"api_key")
"""Texts that occur in the names of secrets, in lower case."""
SECRET_NAMES = b"|".join(SECRET_WORDS)
SECRET_MEMBER = re.compile(SECRET_NAMES.decode(), re.IGNORECASE)
SECRET_KEY = re.compile(SECRET_NAMES + rb"|%", re.IGNORECASE)
"""Matches the key of a query that names a secret, or that is URL-encoded and may therefore name one."""
SECRET_HEADER = re.compile(SECRET_NAMES + rb"|auth|cookie|key", re.IGNORECASE)
TOKEN_START = b"eyJ"
"""How a token in the compact form of RFC 7515 starts."""
JWT = re.compile(rb"(?<![\w-])((?:(?!eyJ)[\w-])*+)eyJ[\w-]++\.[\w-]++\.[\w-]++")
"""Matches a token, and in a group the characters that stand directly before it.

Clients choose the text, so the time must be linear in its length: a match starts only at the first of a run of
characters, and possessive quantifiers (`*+`, `++`) never try a shorter match.
"""
MAX_CACHED_NAME = 64
"""Longer names are not cached, so that clients cannot fill the cache with long names."""
TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."


def mask_text(content: bytes, mask: bytes = MASK.encode()) -> bytes:
    """Mask all tokens in the compact form of RFC 7515."""
    return JWT.sub(rb"\1" + mask, content) if TOKEN_START in content else content


def mask_cut_text(content: bytes) -> bytes:
    """Mask all tokens in the beginning of a longer text, also a token that was cut off."""
    masked = mask_text(content)
    before = masked.rstrip(TOKEN_CHARACTERS)
    start = masked.find(TOKEN_START, len(before))
    return masked if start < 0 else masked[:start] + MASK.encode()


def mask_query(query_string: bytes) -> bytes:
    """Mask the values of query keys that name a secret or are URL-encoded themselves."""
    if not _may_hold_secret(query_string, b"%", TOKEN_START):
        return query_string
    return mask_text(b"&".join(map(_mask_pair, query_string.split(b"&"))), MASK_IN_QUERY)


def _mask_pair(pair: bytes) -> bytes:
    key, equals, _ = pair.partition(b"=")
    return key + equals + MASK_IN_QUERY if equals and SECRET_KEY.search(key) else pair


def is_secret(header: bytes) -> bool:
    """Return whether a request header with this name may contain a secret."""
    return _is_short_secret(header) if len(header) <= MAX_CACHED_NAME else SECRET_HEADER.search(header) is not None


@lru_cache(1024)
def _is_short_secret(header: bytes) -> bool:
    return SECRET_HEADER.search(header) is not None


def mask_header(name: bytes, value: bytes) -> bytes:
    """Mask the value of a request header that may contain a secret. The scheme of `Authorization` is kept."""
    scheme, space, _ = value.partition(b" ")
    return scheme + space + MASK.encode() if name == b"authorization" and space else MASK.encode()


def mask_body(content: bytes, *, is_sign_in: bool, public_members: frozenset[str] = PUBLIC_RESPONSE_MEMBERS) -> bytes:
    """Mask the secrets of a body. Keys are kept.

    In the body of a sign-in, only `public_members` keep their values. A body that may contain secrets and is not valid
    JSON is masked as a whole.
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
    """Return whether the content may contain a secret. This must be fast, because every request is checked."""
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
