"""Seeded randomness. No other module may use randomness."""

from random import Random as Chance  # noqa: TID251 - the only place, always seeded

__all__ = ["Chance", "random_stream"]


def random_stream(seed: int, name: str) -> Chance:
    """Return a generator that depends only on the seed and the name. Generators do not affect each other."""
    return Chance(f"{seed}:{name}")  # noqa: S311 - a sample, not a secret
