"""The `sub` of a user whose world names none."""

import hashlib


def derive_subject(username: str) -> str:
    """An id in the form of a UUID, the same for a username at any time. Rule: AUTH-03."""
    digits = hashlib.blake2b(username.encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
