"""The time of the simulated machines, and of the database."""

EPOCH_SECONDS = 1_790_000_000.0
TICK = 1e-4
"""How much later each reading of the database's clock is."""


class Machine:
    """The time of the machines. It passes only when the simulation says so, and by `step` at each look at it."""

    def __init__(self) -> None:
        self.seconds = self.step = 0.0
        self._readings = 0

    def monotonic(self) -> float:
        """Return the monotonic seconds of the machine whose server runs."""
        self.seconds += self.step
        return self.seconds

    def database_seconds(self) -> float:
        """Return what the clock of the database shows, in seconds since 1970."""
        self._readings += 1
        return EPOCH_SECONDS + self.seconds + self._readings * TICK


MACHINE = Machine()
