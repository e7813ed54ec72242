"""Hashes of passwords that users have chosen.

The passwords of a world are test data of its configuration, and stay as they are. A password that somebody types while
the mock runs may be a real one by mistake, so only its hash is kept, and only the hash is in a snapshot.

The hash is PBKDF2 with few iterations, about as much work as a tenth of a signature. A slow hash would be better
against somebody who has a snapshot, but everybody may sign in without a token, the tests of a client sign in often, and
the server does nothing else meanwhile. The salt is derived from ids instead of drawn, so that the same calls give the
same snapshot; it still differs for each password that is set.
"""

import hashlib
import re

ITERATIONS = 1_000
SCHEME = "pbkdf2-sha256-1000"
HASH_FORM = re.compile(rf"{SCHEME}\$[0-9a-f]{{32}}\$[0-9a-f]{{64}}")
"""The scheme, which names the number of iterations, then the salt and the hash."""
DECOY_HASH = f"{SCHEME}${'0' * 32}${'0' * 64}"
"""The hash of no known password. It is used if there is no hash, so that each check takes the same time."""


def derive_salt(*parts: str) -> str:
    """Return the salt for a password that is set once under these names."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def hash_password(password: str, salt: str) -> str:
    """Return the hash of a password, together with its salt."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), ITERATIONS)
    return f"{SCHEME}${salt}${digest.hex()}"


def hash_like(password: str, other_hash: str) -> str:
    """Return the hash of a password with the salt of another hash. Both are equal if the passwords are."""
    return hash_password(password, other_hash.split("$")[1])
