"""Random interleavings of every operation and of time, each step held against the reference model."""

from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from hypothesis import Phase
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from contracts.pytest_plugin.fixtures import TRANSCRIPT
from contracts.pytest_plugin.reproducer import STEPS_PROPERTY, Reproducer
from contracts.spec.markers import stateful_test
from contracts.stateful import program
from contracts.stateful.runner import StatefulTest
from contracts.target.session import TargetSession

RUNS_BY_PROFILE = {"smoke": (1, 12), "standard": (16, 25), "thorough": (60, 40)}
"""How many walks a profile takes, and of how many steps."""
INDEX = st.integers(0, 4)
ANY_MODEL = st.integers(0, 2)
WINDOW = st.sampled_from([1, 2, 3, 30, 365])
SENT = st.sampled_from([None, -2, -1, 0, 1])
SAVE_ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {"window": WINDOW, "model": ANY_MODEL, "sent": SENT}
CREDIT = st.sampled_from(["campaign", "campaign", "organic", "external"])
CHECKED_RULES = (
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


class StatefulTestMachine(RuleBasedStateMachine):
    """Draws the steps; the walk takes them, and the program keeps them."""

    target_session: TargetSession

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[dict[str, Any]] = []
        self._sandbox_context = self.target_session.sandbox()
        self.world = self._sandbox_context.__enter__()
        self.stateful_test = StatefulTest(self.world)

    def teardown(self) -> None:
        """Leave the world."""
        self._sandbox_context.__exit__(None, None, None)

    def _perform(self, step: str, arguments: dict[str, Any]) -> None:
        self.steps.append({"step": step, "with": arguments})
        try:
            self.stateful_test.perform(step, arguments)
        except AssertionError as error:
            error.program = self.steps  # type: ignore[attr-defined] # travels with what it explains
            raise

    @rule(event=INDEX, customer=st.integers(0, 5), day=st.integers(-3, 3), second=st.sampled_from([0, 43200, 86399]),
          tickets=st.integers(1, 4), quarters=st.integers(-40, 400), credits=st.tuples(CREDIT, CREDIT, CREDIT),
          brought_in=st.booleans())  # fmt: skip
    def sell(self, **args: Any) -> None:
        """A sale."""
        self._perform("sell", args)

    @rule(package=INDEX, window=WINDOW, model=ANY_MODEL, sent=SENT)
    def save(self, **args: Any) -> None:
        """Settings are saved."""
        self._perform("save", args)

    @rule(
        package=INDEX,
        saves=st.lists(st.fixed_dictionaries(SAVE_ARGUMENTS), min_size=2, max_size=3),
        pause=st.integers(0, 2),
    )
    def burst(self, **args: Any) -> None:
        """Settings are saved in a burst."""
        self._perform("burst", args)

    @rule(
        package=INDEX,
        save=st.fixed_dictionaries({**SAVE_ARGUMENTS, "window": st.sampled_from([1, 2, 3])}),
        customer=st.integers(0, 4),
        end=st.integers(0, 1),
        off=st.integers(0, 1),
    )
    def edge(self, **args: Any) -> None:
        """An order at an edge of the window."""
        self._perform("edge", args)

    @rule(package=INDEX)
    def again(self, **args: Any) -> None:
        """Unchanged settings are saved."""
        self._perform("again", args)

    @rule(window=WINDOW, model=ANY_MODEL)
    def set_defaults(self, **args: Any) -> None:
        """Defaults are set."""
        self._perform("set_defaults", args)

    @rule(model=ANY_MODEL)
    def set_event_default(self, **args: Any) -> None:
        """The model of new events is set."""
        self._perform("set_event_default", args)

    @rule(event=INDEX, model=ANY_MODEL)
    def set_model(self, **args: Any) -> None:
        """An event's model is set."""
        self._perform("set_model", args)

    @rule(event=INDEX, others=st.lists(INDEX, max_size=3))
    def set_series(self, **args: Any) -> None:
        """A series is replaced."""
        self._perform("set_series", args)

    @rule(event=INDEX, purchase=st.integers(-3, 12), quarters=st.integers(-40, 400))
    def post(self, **args: Any) -> None:
        """An adjustment is entered."""
        self._perform("post", args)

    @rule(event=INDEX, start=st.integers(-4, 2), days=st.integers(1, 4), sold=st.integers(-1, 12),
          quarters=st.integers(-1, 400))  # fmt: skip
    def ingest(self, **args: Any) -> None:
        """A summary of transactions is sent."""
        self._perform("ingest", args)

    @rule(event=INDEX, day=st.integers(-4, 2), orders=st.integers(-2, 12), quarters=st.integers(-40, 400))
    def edit(self, **args: Any) -> None:
        """A sheet of one day is uploaded."""
        self._perform("edit", args)

    @rule(row=INDEX)
    def delete(self, **args: Any) -> None:
        """An adjustment is deleted."""
        self._perform("delete", args)

    @rule(event=INDEX)
    def clear(self, **args: Any) -> None:
        """Sales are cleared."""
        self._perform("clear", args)

    @rule(together=st.none() | INDEX)
    def add_event(self, **args: Any) -> None:
        """The partner has an event more."""
        self._perform("add_event", args)

    @rule(born=st.integers(0, 3))
    def arrange(self, **args: Any) -> None:
        """There is a package more that is built."""
        self._perform("arrange", args)

    @rule(events=st.lists(INDEX, min_size=1, max_size=3), title=st.sampled_from(["A", "Herbst 🎷", "x" * 200]))
    def build(self, **args: Any) -> None:
        """A package is ordered."""
        self._perform("build", args)

    @rule(packages=st.lists(INDEX, min_size=1, max_size=3))
    def merge(self, **args: Any) -> None:
        """Packages are merged."""
        self._perform("merge", args)

    @rule(package=INDEX, days=st.sampled_from([0, 28]))
    def regenerate(self, **args: Any) -> None:
        """A package is built again."""
        self._perform("regenerate", args)

    @rule(seconds=st.sampled_from([1, 2, 4, 3599, 3600, 86_400, 28 * 86_400 - 4, 28 * 86_400]))
    def advance(self, **args: Any) -> None:
        """Time passes."""
        self._perform("advance", args)

    @rule(short=st.sampled_from([0, 1, 2]))
    def to_the_run(self, **args: Any) -> None:
        """Time passes to the next run."""
        self._perform("to_the_run", args)


@stateful_test(*CHECKED_RULES, profile="smoke")
def test_a_walk_meets_what_the_model_holds(target_session: TargetSession, request: pytest.FixtureRequest) -> None:
    with target_session.sandbox():
        pass  # Raises NotApplicableError where there can be none.
    file = request.config.getoption("contracts_reproducer")
    if file is not None:
        _replay(target_session, request, Reproducer.load(Path(file)).program)
        return
    runs, steps = RUNS_BY_PROFILE[target_session.target.profile]
    machine_class = type("Walker", (StatefulTestMachine,), {"target_session": target_session})
    settings = hypothesis.settings(
        hypothesis.settings.default, max_examples=runs, stateful_step_count=steps, phases=[Phase.generate]
    )
    try:
        run_state_machine_as_test(hypothesis.seed(target_session.target.seed)(machine_class), settings=settings)
    except AssertionError as error:
        raise _shrink_failure(target_session, request, error, getattr(error, "program", [])) from error


def _shrink_failure(
    target_session: TargetSession, request: pytest.FixtureRequest, error: AssertionError, steps: program.Program
) -> AssertionError:
    """The failure of the shortest program that fails as this one did, with its steps and its calls."""
    first_failure = program.run_program(target_session, steps)
    if first_failure is None:
        return error

    def fails(shorter: program.Program) -> bool:
        failure = program.run_program(target_session, shorter)
        return failure is not None and failure.kind == first_failure.kind

    shrunk = program.shrink(steps, fails)
    return _record_failure(request, program.run_program(target_session, shrunk) or first_failure, shrunk)


def _replay(target_session: TargetSession, request: pytest.FixtureRequest, steps: program.Program) -> None:
    failure = program.run_program(target_session, steps)
    if failure is not None:
        raise _record_failure(request, failure, steps)


def _record_failure(
    request: pytest.FixtureRequest, failure: program.ProgramFailure, steps: program.Program
) -> AssertionError:
    """The failure's error; its steps and calls are kept for the reproducer."""
    request.node.user_properties.append((STEPS_PROPERTY, list(steps)))
    request.node.stash[TRANSCRIPT] = failure.transcript.without_reads()
    return failure.error
