"""Derives the `sub` of users whose world does not define one."""

import hashlib


def derive_subject(username: str) -> str:
    """Return an id in the form of a UUID, which is always the same for a username. See: AUTH-03."""
    digits = hashlib.blake2b(username.encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
