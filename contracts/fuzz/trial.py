"""One order, tried until it has reached enough to mean something."""

from collections.abc import Callable

from contracts.deployment import Deployment
from contracts.fuzz import engine, stage
from contracts.fuzz.order import Order
from contracts.fuzz.report import Report
from contracts.fuzz.rules import OPEN
from contracts.fuzz.stage import Stage
from contracts.inspection import Inspection
from contracts.marks import Profile
from contracts.verdicts import Blocked, Inconclusive

Plan = Callable[[Stage, Profile], Order]
FURTHER = (0, 10, 20)
"""What is added to the seed, where a run that leaves things to chance has reached too little before.

Schemathesis 4.32 ends the stateful phase early, and green, when a replay meets what an earlier step has deleted.
"""


def tried(plan: Plan, world: Deployment, inspection: Inspection) -> Report:
    """What schemathesis finds in this world. Raises Blocked, Inconclusive and EngineBroke."""
    target = inspection.target
    set_up = stage.set_up(world, target.control_token)
    order = plan(set_up, target.profile)
    left = target.requests - inspection.total.count
    if not world.held and left < order.most_requests:
        raise Blocked(f"needs up to {order.most_requests} requests, and {max(left, 0)} are left: --requests")

    def attempt(seed: int) -> Report:
        found = engine.run(order, set_up, seed, world.promises)
        inspection.total.count += found.requests
        return found

    return until_reached(order, attempt, target.seed, held=world.held)


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
