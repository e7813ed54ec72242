"""Seeded chance; no other file may draw any."""

from random import Random as Chance  # noqa: TID251 - the sample world is drawn here, from its seed

__all__ = ["Chance", "random_stream"]


def random_stream(seed: int, name: str) -> Chance:
    """Chance that depends on the seed and the name alone: what one name draws moves nothing of another's."""
    return Chance(f"{seed}:{name}")  # noqa: S311 - a sample, not a secret
