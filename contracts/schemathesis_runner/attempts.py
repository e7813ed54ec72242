"""One order, tried until it has reached enough to mean something."""

from collections.abc import Callable
from contextlib import closing

from contracts.schemathesis_runner import test_world
from contracts.schemathesis_runner.command import Order
from contracts.schemathesis_runner.findings import Report
from contracts.schemathesis_runner.process import Running
from contracts.schemathesis_runner.rule_mapping import OPEN
from contracts.schemathesis_runner.test_world import Stage
from contracts.spec.markers import Profile
from contracts.spec.verdicts import Blocked, Inconclusive
from contracts.target.deployment import Deployment
from contracts.target.session import Inspection

Plan = Callable[[Stage, Profile], Order]
FURTHER = (0, 10, 20)
"""What is added to the seed, where a run that leaves things to chance has reached too little before.

Schemathesis 4.32 ends the stateful phase early, and green, when a replay meets what an earlier step has deleted.
"""


class Trial:
    """One order in one world, begun at once: schemathesis is on its way while the suite does something else.

    Raises Blocked where nobody can sign in, or too few requests are left.
    """

    def __init__(self, plan: Plan, world: Deployment, inspection: Inspection) -> None:
        self._world, self._inspection = world, inspection
        self._stage = test_world.set_up(world, inspection.target.control_token)
        self._order = plan(self._stage, inspection.target.profile)
        left = inspection.target.requests - inspection.total.count
        if not world.held and left < self._order.most_requests:
            needed = self._order.most_requests
            raise Blocked(f"needs up to {needed} requests, and {max(left, 0)} are left: --requests")
        self._first: Running | None = self._begun(inspection.target.seed)

    def report(self) -> Report:
        """What schemathesis finds in this world. Raises Blocked, Inconclusive and EngineBroke."""
        return until_reached(self._order, self._attempt, self._inspection.target.seed, held=self._world.held)

    def close(self) -> None:
        """End what nobody waited for."""
        if self._first is not None:
            self._first.close()

    def _begun(self, seed: int) -> Running:
        return Running(self._order, self._stage, seed, self._world.promises)

    def _attempt(self, seed: int) -> Report:
        first, self._first = self._first, None
        with closing(first or self._begun(seed)) as running:
            found = running.found()
        self._inspection.total.count += found.requests
        return found


def tried(plan: Plan, world: Deployment, inspection: Inspection) -> Report:
    """What schemathesis finds in this world. Raises Blocked, Inconclusive and EngineBroke."""
    with closing(Trial(plan, world, inspection)) as trial:
        return trial.report()


def until_reached(order: Order, attempt: Callable[[int], Report], seed: int, *, held: bool) -> Report:
    """The first report that means something; `held` says that everything there is to reach is the suite's own.

    Raises Inconclusive where chance may be to blame, Blocked where it is not, or where nothing is reached.
    """
    unreached = order.must_reach
    for further in FURTHER if order.by_chance else FURTHER[:1]:
        found = attempt(seed + further)
        unreached = order.must_reach - found.reached
        if found.findings or not unreached:
            return found
        if not found.reached - OPEN:
            raise Blocked("the target lets no request of a signed-in user through")
    told = f"no {order.phases[-1]} request got through to {', '.join(sorted(unreached))}"
    if order.by_chance or not held:
        raise Inconclusive(told)
    raise Blocked(told)
