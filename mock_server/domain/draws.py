"""Numbers that look random and depend only on what they are drawn for: the same seed and subject give the same."""

import hashlib


def draw_integer(least: int, most: int, *subject: object) -> int:
    """Return an integer from `least` to `most`, both included, that is a function of the subject."""
    text = ":".join(map(str, subject)).encode()
    digest = hashlib.blake2b(text, digest_size=16).digest()
    return least + int.from_bytes(digest, "big") % (most - least + 1)
