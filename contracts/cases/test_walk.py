"""The stateful test: random calls and clock moves. After each step, the state is compared with a reference model."""

from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from hypothesis import Phase
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from contracts.pytest_plugin.fixtures import TRANSCRIPT
from contracts.pytest_plugin.reproducer import STEPS_PROPERTY, Reproducer
from contracts.spec import rules as catalogue
from contracts.spec.markers import stateful_test
from contracts.stateful import program
from contracts.stateful.runner import StatefulTest
from contracts.target.session import TargetSession

RUNS_BY_PROFILE = {"smoke": (1, 12), "standard": (16, 25), "thorough": (60, 40)}
"""For each profile, the number of runs and the number of steps in a run."""
INDEX = st.integers(0, 4)
ANY_MODEL = st.integers(0, 2)
WINDOW = st.sampled_from([1, 2, 3, 30, 365])
SENT_DAY = st.sampled_from([None, -2, -1, 0, 1])
SETTINGS: dict[str, st.SearchStrategy[Any]] = {"window": WINDOW, "model": ANY_MODEL, "sent_day": SENT_DAY}
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
    """Draws steps, performs them with a `StatefulTest`, and records them as a program."""

    target_session: TargetSession

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[dict[str, Any]] = []
        self._sandbox_context = self.target_session.sandbox()
        self.stateful_test = StatefulTest(self._sandbox_context.__enter__())

    def teardown(self) -> None:
        """Delete the sandbox."""
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
          from_partner=st.booleans())  # fmt: skip
    def sell(self, **args: Any) -> None:
        """Add a sale."""
        self._perform("sell", args)

    @rule(package=INDEX, window=WINDOW, model=ANY_MODEL, sent_day=SENT_DAY)
    def save_settings(self, **args: Any) -> None:
        """Save a package's settings."""
        self._perform("save_settings", args)

    @rule(
        package=INDEX,
        saves=st.lists(st.fixed_dictionaries(SETTINGS), min_size=2, max_size=3),
        pause=st.integers(0, 2),
    )
    def save_repeatedly(self, **args: Any) -> None:
        """Save settings several times, with short pauses."""
        self._perform("save_repeatedly", args)

    @rule(
        package=INDEX,
        settings=st.fixed_dictionaries({**SETTINGS, "window": st.sampled_from([1, 2, 3])}),
        customer=st.integers(0, 4),
        windows_after_start=st.integers(0, 1),
        seconds_before=st.integers(0, 1),
    )
    def sell_at_window_edge(self, **args: Any) -> None:
        """Add a sale at an edge of a window."""
        self._perform("sell_at_window_edge", args)

    @rule(package=INDEX)
    def save_unchanged(self, **args: Any) -> None:
        """Save unchanged settings."""
        self._perform("save_unchanged", args)

    @rule(window=WINDOW, model=ANY_MODEL)
    def set_defaults(self, **args: Any) -> None:
        """Set the partner's Backhaul defaults."""
        self._perform("set_defaults", args)

    @rule(model=ANY_MODEL)
    def set_default_model(self, **args: Any) -> None:
        """Set the model that new events start with."""
        self._perform("set_default_model", args)

    @rule(event=INDEX, model=ANY_MODEL)
    def set_event_model(self, **args: Any) -> None:
        """Set an event's Lookout model."""
        self._perform("set_event_model", args)

    @rule(event=INDEX, others=st.lists(INDEX, max_size=3))
    def replace_series(self, **args: Any) -> None:
        """Replace an event's series."""
        self._perform("replace_series", args)

    @rule(event=INDEX, purchase=st.integers(-3, 12), quarters=st.integers(-40, 400))
    def add_adjustment(self, **args: Any) -> None:
        """Enter a sales adjustment."""
        self._perform("add_adjustment", args)

    @rule(event=INDEX, start=st.integers(-4, 2), days=st.integers(1, 4), sold=st.integers(-1, 12),
          quarters=st.integers(-1, 400))  # fmt: skip
    def ingest_summary(self, **args: Any) -> None:
        """Send a transaction summary."""
        self._perform("ingest_summary", args)

    @rule(event=INDEX, day=st.integers(-4, 2), orders=st.integers(-2, 12), quarters=st.integers(-40, 400))
    def upload_sheet(self, **args: Any) -> None:
        """Upload a sheet of one day."""
        self._perform("upload_sheet", args)

    @rule(row=INDEX)
    def delete_adjustment(self, **args: Any) -> None:
        """Delete a row."""
        self._perform("delete_adjustment", args)

    @rule(event=INDEX)
    def clear_sales(self, **args: Any) -> None:
        """Clear an event's sales."""
        self._perform("clear_sales", args)

    @rule(series_with=st.none() | INDEX)
    def add_event(self, **args: Any) -> None:
        """Add an event."""
        self._perform("add_event", args)

    @rule(age_days=st.integers(0, 3))
    def add_built_package(self, **args: Any) -> None:
        """Add a package that is already built."""
        self._perform("add_built_package", args)

    @rule(events=st.lists(INDEX, min_size=1, max_size=3), title=st.sampled_from(["A", "Herbst 🎷", "x" * 200]))
    def create_package(self, **args: Any) -> None:
        """Order a package."""
        self._perform("create_package", args)

    @rule(packages=st.lists(INDEX, min_size=1, max_size=3))
    def merge_packages(self, **args: Any) -> None:
        """Merge packages."""
        self._perform("merge_packages", args)

    @rule(package=INDEX, days=st.sampled_from([0, 28]))
    def regenerate_package(self, **args: Any) -> None:
        """Regenerate a package, at once or when it has expired."""
        self._perform("regenerate_package", args)

    @rule(seconds=st.sampled_from([1, 2, 4, 3599, 3600, 86_400, 28 * 86_400 - 4, 28 * 86_400]))
    def advance(self, **args: Any) -> None:
        """Advance the clock."""
        self._perform("advance", args)

    @rule(seconds_before=st.sampled_from([0, 1, 2]))
    def advance_to_run(self, **args: Any) -> None:
        """Advance the clock to the next attribution run."""
        self._perform("advance_to_run", args)


@stateful_test(*catalogue.load(catalogue.DEFAULT_PATH).list_parts(CHECKED_RULES), profile="smoke")
def test_a_walk_meets_what_the_model_holds(target_session: TargetSession, request: pytest.FixtureRequest) -> None:
    with target_session.sandbox():
        pass  # Raises NotApplicableError if the target has no control API.
    file = request.config.getoption("contracts_reproducer")
    if file is not None:
        _replay(target_session, request, Reproducer.load(Path(file)).program)
        return
    runs, steps = RUNS_BY_PROFILE[target_session.target.profile]
    machine_class = type("BoundMachine", (StatefulTestMachine,), {"target_session": target_session})
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
    """Find the shortest program with the same kind of failure. Record its steps and calls, and return the failure."""
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
    """Keep the steps and the calls for the reproducer file, and return the failure's error."""
    request.node.user_properties.append((STEPS_PROPERTY, list(steps)))
    request.node.stash[TRANSCRIPT] = failure.transcript.without_reads()
    return failure.error
