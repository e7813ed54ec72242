"""Random interleavings of every operation and of time, each step held against the reference model."""

from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from hypothesis import Phase
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from contracts.pytest_plugin.fixtures import TRANSCRIPT
from contracts.pytest_plugin.reproducer import PROGRAM, Capsule
from contracts.spec.markers import machine
from contracts.stateful import program
from contracts.stateful.runner import Walk
from contracts.target.session import Inspection

WALKS = {"smoke": (1, 12), "standard": (16, 25), "thorough": (60, 40)}
"""How many walks a profile takes, and of how many steps."""
PLACE = st.integers(0, 4)
ANY_MODEL = st.integers(0, 2)
WINDOW = st.sampled_from([1, 2, 3, 30, 365])
SENT = st.sampled_from([None, -2, -1, 0, 1])
SAVE: dict[str, st.SearchStrategy[Any]] = {"window": WINDOW, "model": ANY_MODEL, "sent": SENT}
CREDIT = st.sampled_from(["campaign", "campaign", "organic", "external"])
BLAMED = (
    "AUTH-06",
    "PART-03",
    "PART-05",
    "EVT-04",
    "EVT-05",
    "LAM-01",
    "LAM-02",
    "LAM-03",
    "LAM-04",
    "DRS-02",
    "DRS-03",
    "DRS-04",
    "DRS-05",
    "CR-01",
    "CR-02",
    "CR-03",
    "CR-04",
    "CR-05",
    "JOB-02",
    "JOB-03",
    "JOB-04",
    "PKG-01",
    "PKG-02",
    "PKG-03",
    "PKG-04",
    "PKG-05",
    "PKG-06",
    "PKG-08",
    "PKG-11",
    "PKG-12",
    "PKG-13",
    "DEF-01",
    "DEF-02",
    "BEV-01",
    "BEV-02",
    "BEV-03",
    "BEV-04",
    "BEV-05",
    "BEV-06",
    "BEV-07",
    "BEV-08",
    "BEV-09",
    "META-01",
    "META-02",
    "META-04",
    "META-05",
    "META-06",
    "PERM-01",
    "PERM-02",
    "ING-01",
    "ING-02",
    "ING-03",
    "ING-04",
    "ING-05",
    "ING-06",
    "SED-01",
    "SED-02",
    "SED-03",
    "SED-04",
)


class Walker(RuleBasedStateMachine):
    """Draws the steps; the walk takes them, and the program keeps them."""

    inspection: Inspection

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[dict[str, Any]] = []
        self._opened = self.inspection.sandbox()
        self.world = self._opened.__enter__()
        self.walk = Walk(self.world)

    def teardown(self) -> None:
        """Leave the world."""
        self._opened.__exit__(None, None, None)

    def _take(self, step: str, args: dict[str, Any]) -> None:
        self.steps.append({"step": step, "with": args})
        try:
            self.walk.take(step, args)
        except AssertionError as error:
            error.program = self.steps  # type: ignore[attr-defined] # travels with what it explains
            raise

    @rule(event=PLACE, customer=st.integers(0, 5), day=st.integers(-3, 3), second=st.sampled_from([0, 43200, 86399]),
          tickets=st.integers(1, 4), quarters=st.integers(-40, 400), credits=st.tuples(CREDIT, CREDIT, CREDIT),
          brought_in=st.booleans())  # fmt: skip
    def sell(self, **args: Any) -> None:
        """A sale."""
        self._take("sell", args)

    @rule(package=PLACE, window=WINDOW, model=ANY_MODEL, sent=SENT)
    def save(self, **args: Any) -> None:
        """Settings are saved."""
        self._take("save", args)

    @rule(package=PLACE, saves=st.lists(st.fixed_dictionaries(SAVE), min_size=2, max_size=3), pause=st.integers(0, 2))
    def burst(self, **args: Any) -> None:
        """Settings are saved in a burst."""
        self._take("burst", args)

    @rule(
        package=PLACE,
        save=st.fixed_dictionaries({**SAVE, "window": st.sampled_from([1, 2, 3])}),
        customer=st.integers(0, 4),
        end=st.integers(0, 1),
        off=st.integers(0, 1),
    )
    def edge(self, **args: Any) -> None:
        """An order at an edge of the window."""
        self._take("edge", args)

    @rule(package=PLACE)
    def again(self, **args: Any) -> None:
        """Unchanged settings are saved."""
        self._take("again", args)

    @rule(window=WINDOW, model=ANY_MODEL)
    def set_defaults(self, **args: Any) -> None:
        """Defaults are set."""
        self._take("set_defaults", args)

    @rule(model=ANY_MODEL)
    def set_event_default(self, **args: Any) -> None:
        """The model of new events is set."""
        self._take("set_event_default", args)

    @rule(event=PLACE, model=ANY_MODEL)
    def set_model(self, **args: Any) -> None:
        """An event's model is set."""
        self._take("set_model", args)

    @rule(event=PLACE, others=st.lists(PLACE, max_size=3))
    def set_series(self, **args: Any) -> None:
        """A series is replaced."""
        self._take("set_series", args)

    @rule(event=PLACE, purchase=st.integers(-3, 12), quarters=st.integers(-40, 400))
    def post(self, **args: Any) -> None:
        """An adjustment is entered."""
        self._take("post", args)

    @rule(event=PLACE, start=st.integers(-4, 2), days=st.integers(1, 4), sold=st.integers(-1, 12),
          quarters=st.integers(-1, 400))  # fmt: skip
    def ingest(self, **args: Any) -> None:
        """A summary of transactions is sent."""
        self._take("ingest", args)

    @rule(event=PLACE, day=st.integers(-4, 2), orders=st.integers(-2, 12), quarters=st.integers(-40, 400))
    def edit(self, **args: Any) -> None:
        """A sheet of one day is uploaded."""
        self._take("edit", args)

    @rule(row=PLACE)
    def delete(self, **args: Any) -> None:
        """An adjustment is deleted."""
        self._take("delete", args)

    @rule(event=PLACE)
    def clear(self, **args: Any) -> None:
        """Sales are cleared."""
        self._take("clear", args)

    @rule(together=st.none() | PLACE)
    def add_event(self, **args: Any) -> None:
        """The partner has an event more."""
        self._take("add_event", args)

    @rule(born=st.integers(0, 3))
    def arrange(self, **args: Any) -> None:
        """There is a package more that is built."""
        self._take("arrange", args)

    @rule(events=st.lists(PLACE, min_size=1, max_size=3), title=st.sampled_from(["A", "Herbst 🎷", "x" * 200]))
    def build(self, **args: Any) -> None:
        """A package is ordered."""
        self._take("build", args)

    @rule(packages=st.lists(PLACE, min_size=1, max_size=3))
    def merge(self, **args: Any) -> None:
        """Packages are merged."""
        self._take("merge", args)

    @rule(package=PLACE, days=st.sampled_from([0, 28]))
    def regenerate(self, **args: Any) -> None:
        """A package is built again."""
        self._take("regenerate", args)

    @rule(seconds=st.sampled_from([1, 2, 4, 3599, 3600, 86_400, 28 * 86_400 - 4, 28 * 86_400]))
    def advance(self, **args: Any) -> None:
        """Time passes."""
        self._take("advance", args)

    @rule(short=st.sampled_from([0, 1, 2]))
    def to_the_run(self, **args: Any) -> None:
        """Time passes to the next run."""
        self._take("to_the_run", args)


@machine(*BLAMED, profile="smoke")
def test_a_walk_meets_what_the_model_holds(inspection: Inspection, request: pytest.FixtureRequest) -> None:
    with inspection.sandbox():
        pass  # Raises NotApplicable where there can be none.
    file = request.config.getoption("contracts_capsule")
    if file is not None:
        _walk_again(inspection, request, Capsule.read(Path(file)).program)
        return
    walks, steps = WALKS[inspection.target.profile]
    walker = type("Walker", (Walker,), {"inspection": inspection})
    chosen = hypothesis.settings(
        hypothesis.settings.default, max_examples=walks, stateful_step_count=steps, phases=[Phase.generate]
    )
    try:
        run_state_machine_as_test(hypothesis.seed(inspection.target.seed)(walker), settings=chosen)
    except AssertionError as error:
        raise _told(inspection, request, error, getattr(error, "program", [])) from error


def _told(
    inspection: Inspection, request: pytest.FixtureRequest, error: AssertionError, steps: program.Program
) -> AssertionError:
    """The failure of the shortest program that fails as this one did, with its steps and its calls."""
    first = program.walked(inspection, steps)
    if first is None:
        return error

    def fails(shorter: program.Program) -> bool:
        failure = program.walked(inspection, shorter)
        return failure is not None and failure.kind == first.kind

    short = program.shortest(steps, fails)
    return _kept(request, program.walked(inspection, short) or first, short)


def _walk_again(inspection: Inspection, request: pytest.FixtureRequest, steps: program.Program) -> None:
    failure = program.walked(inspection, steps)
    if failure is not None:
        raise _kept(request, failure, steps)


def _kept(request: pytest.FixtureRequest, failure: program.Failure, steps: program.Program) -> AssertionError:
    """The failure's error; its steps and its calls go where a capsule finds them."""
    request.node.user_properties.append((PROGRAM, list(steps)))
    request.node.stash[TRANSCRIPT] = failure.transcript.without_reads()
    return failure.error
